//! Results for people: a line a case, and below a failed one how it differs.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Results;
use crate::report::terminal::{FAINT, HEADING, head, wrapped};

const PASSED: Style = AnsiColor::Green.on_default();
const FAILED: Style = AnsiColor::Red.on_default().bold();
const ANSWERED: Style = AnsiColor::Red.on_default();

pub(super) fn write(out: &mut impl Write, results: &Results<'_>) -> io::Result<()> {
    let tested = &results.policy;
    head(out, "Policy", &format!("{} {}, {}", tested.name, tested.version, tested.source))?;
    let mut file = "";
    for (case, ran) in &results.cases {
        if *case.file != *file {
            file = &case.file;
            writeln!(out, "{HEADING}{file}{HEADING:#}")?;
        }
        let fuel = thousands(ran.fuel);
        if ran.differences.is_empty() {
            writeln!(out, "  {PASSED}ok{PASSED:#}      {} {FAINT}({fuel} fuel){FAINT:#}", case.name)?;
            continue;
        }
        writeln!(out, "  {FAILED}FAILED{FAILED:#}  {} {FAINT}({fuel} fuel){FAINT:#}", case.name)?;
        writeln!(out, "          {}:{} {FAINT}(- expected, + answered){FAINT:#}", case.file, case.line)?;
        for difference in &ran.differences {
            writeln!(out, "          {}", difference.at)?;
            lines(out, PASSED, '-', &difference.expected)?;
            lines(out, ANSWERED, '+', &difference.answered)?;
        }
    }
    summary(out, results)
}

fn lines(out: &mut impl Write, style: Style, sign: char, text: &str) -> io::Result<()> {
    for line in text.lines().chain(text.is_empty().then_some("\"\"")) {
        writeln!(out, "            {style}{sign} {line}{style:#}")?;
    }
    Ok(())
}

fn summary(out: &mut impl Write, results: &Results<'_>) -> io::Result<()> {
    let (all, failed) = (results.cases.len(), results.failed());
    let style = if failed == 0 { PASSED } else { FAILED };
    let took = results.took.as_secs_f64();
    let count = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    head(out, "Cases", &format!("{style}{} passed{count}{style:#} in {took:.2} s", all - failed))?;
    if let Some((case, ran)) = results.cases.iter().max_by_key(|(_, ran)| ran.fuel) {
        head(out, "Fuel", &format!("{} at most, in `{}`", thousands(ran.fuel), case.name))?;
    }
    let coverage = &results.coverage;
    let covered = coverage.all - coverage.missing.len();
    head(out, "Coverage", &format!("{covered} of {} ways ({} %)", coverage.all, coverage.percent()))?;
    if !coverage.missing.is_empty() {
        paragraph(out, &format!("no case: {}", coverage.missing.join(", ")))?;
    }
    if let Some(shortfall) = results.shortfall() {
        paragraph(out, &format!("{FAILED}{shortfall}{FAILED:#}"))?;
    }
    let unseen: BTreeSet<&str> =
        results.cases.iter().flat_map(|(_, ran)| &ran.unseen).map(String::as_str).collect();
    if !unseen.is_empty() {
        let unseen: Vec<&str> = unseen.into_iter().collect();
        head(out, "Unseen", "set in cases, and not given to the policy, which doesn't")?;
        paragraph(out, &format!("declare them or may not have secrets: {}", unseen.join(", ")))?;
    }
    Ok(())
}

fn paragraph(out: &mut impl Write, text: &str) -> io::Result<()> {
    wrapped(text, 70).iter().try_for_each(|line| writeln!(out, "          {line}"))
}

/// A number with its thousands apart: `41,233`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
