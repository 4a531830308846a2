//! Results for people: a line a case, and below a failed one how it differs.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Results, lines};
use crate::output::terminal::{FAINT, HEADING, head, wrapped};
use model::text::printable;

/// How many lines that a policy printed are shown of a case that failed.
const PRINTED: usize = 10;

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
            writeln!(out, "{HEADING}{}{HEADING:#}", printable(file))?;
        }
        let fuel = thousands(ran.fuel);
        if ran.differences.is_empty() {
            writeln!(out, "  {PASSED}ok{PASSED:#}      {} {FAINT}({fuel} fuel){FAINT:#}", case.name)?;
            continue;
        }
        writeln!(out, "  {FAILED}FAILED{FAILED:#}  {} {FAINT}({fuel} fuel){FAINT:#}", case.name)?;
        let file = printable(file);
        writeln!(out, "          {file}:{} {FAINT}(- expected, + answered){FAINT:#}", case.line)?;
        for difference in &ran.differences {
            writeln!(out, "          {}", printable(&difference.at))?;
            side(out, PASSED, '-', &difference.expected)?;
            side(out, ANSWERED, '+', &difference.answered)?;
        }
        printed(out, &ran.seen.log)?;
    }
    summary(out, results)
}

fn side(out: &mut impl Write, style: Style, sign: char, text: &str) -> io::Result<()> {
    lines(text).iter().try_for_each(|line| writeln!(out, "            {style}{sign} {line}{style:#}"))
}

/// The beginning of what the policy printed: how people look for a mistake in it.
fn printed(out: &mut impl Write, log: &[String]) -> io::Result<()> {
    for line in log.iter().take(PRINTED) {
        writeln!(out, "          {FAINT}printed {line}{FAINT:#}")?;
    }
    match log.len().saturating_sub(PRINTED) {
        0 => Ok(()),
        more => writeln!(out, "          {FAINT}and {more} more lines{FAINT:#}"),
    }
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
    let unseen: BTreeSet<&String> = results.cases.iter().flat_map(|(_, ran)| &ran.unseen).collect();
    if !unseen.is_empty() {
        let unseen: Vec<String> = unseen.into_iter().map(|name| printable(name)).collect();
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
