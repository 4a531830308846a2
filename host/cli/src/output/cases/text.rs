//! Results for people: one line per case, and the differences below a failed one. An error that fails several cases, such as
//! a mistake in the rules that all of them use, is printed once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{TestReport, join, lines};
use crate::output::kind_heading;
use crate::output::layout::{FAINT, HEADING, write_detail, write_heading};
use crate::output::number::thousands;
use crate::output::wrap::wrap_words;
use model::text::printable;
use sandbox::cases::{Case, CaseResult, Difference, Outcome, UnusedFact};

/// Lines of the component's output that are printed below a failed case.
const LOG_LINES: usize = 10;

/// Errors that fail several cases, and that the summary counts.
const COMMON_ERRORS: usize = 5;

/// Unused facts that are printed.
const UNUSED_FACTS: usize = 20;

/// The width of the text beside a heading.
const WIDTH: usize = 70;

const PASSED: Style = AnsiColor::Green.on_default();
const FAILED: Style = AnsiColor::Red.on_default().bold();
const ACTUAL: Style = AnsiColor::Red.on_default();

pub(super) fn write(out: &mut impl Write, report: &TestReport<'_>) -> io::Result<()> {
    let tested = &report.component;
    let text = format!("{} {}, {}", tested.name, tested.version, tested.source);
    write_heading(out, kind_heading(tested.kind), &text)?;
    let mut file = "";
    let mut errors = Errors::default();
    for (case, result) in &report.results {
        if *case.file != *file {
            file = &case.file;
            writeln!(out, "{HEADING}{}{HEADING:#}", printable(file))?;
        }
        let fuel = thousands(result.fuel);
        if result.has_passed() {
            writeln!(out, "  {PASSED}ok{PASSED:#}      {} {FAINT}({fuel} fuel){FAINT:#}", case.name)?;
            continue;
        }
        writeln!(out, "  {FAILED}FAILED{FAILED:#}  {} {FAINT}({fuel} fuel){FAINT:#}", case.name)?;
        let file = printable(file);
        writeln!(out, "          {file}:{} {FAINT}(- expected, + actual){FAINT:#}", case.line)?;
        for difference in &result.differences {
            writeln!(out, "          {}", printable(&difference.path))?;
            write_side(out, PASSED, '-', &difference.expected)?;
            match errors.first_case(case, result, difference) {
                Some(first) => {
                    write_side(out, ACTUAL, '+', &format!("the same error as in `{first}`"))?;
                }
                None => write_side(out, ACTUAL, '+', &difference.actual)?,
            }
        }
        write_log(out, &result.answer.log)?;
    }
    write_summary(out, report, &errors)
}

/// The errors of the policy that failed cases.
#[derive(Default)]
struct Errors<'r> {
    /// The first case and the number of cases, by the error.
    cases: BTreeMap<&'r str, (&'r str, usize)>,
}

impl<'r> Errors<'r> {
    /// Records a difference. Returns the name of an earlier case that failed by the same error, which it states.
    fn first_case(
        &mut self,
        case: &'r Case,
        result: &'r CaseResult,
        difference: &Difference,
    ) -> Option<&'r str> {
        let (Outcome::Rejected(error) | Outcome::Failed(error)) = &result.answer.outcome else { return None };
        if !difference.actual.ends_with(error.as_str()) {
            return None;
        }
        let (first, count) = self.cases.entry(error).or_insert((&case.name, 0));
        *count += 1;
        (*count > 1).then_some(*first)
    }
}

fn write_side(out: &mut impl Write, style: Style, sign: char, text: &str) -> io::Result<()> {
    lines(text).iter().try_for_each(|line| writeln!(out, "            {style}{sign} {line}{style:#}"))
}

/// Writes the beginning of the policy's output.
fn write_log(out: &mut impl Write, log: &[String]) -> io::Result<()> {
    for line in log.iter().take(LOG_LINES) {
        writeln!(out, "          {FAINT}printed {line}{FAINT:#}")?;
    }
    match log.len().saturating_sub(LOG_LINES) {
        0 => Ok(()),
        more => writeln!(out, "          {FAINT}and {more} more lines{FAINT:#}"),
    }
}

fn write_summary(out: &mut impl Write, report: &TestReport<'_>, errors: &Errors<'_>) -> io::Result<()> {
    let (all, failed) = (report.results.len(), report.failed());
    let style = if failed == 0 { PASSED } else { FAILED };
    let seconds = report.duration.as_secs_f64();
    let count = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    write_heading(
        out,
        "Cases",
        &format!("{style}{} passed{count}{style:#} in {seconds:.2} s", all - failed),
    )?;
    for (first, count) in errors.cases.values().filter(|(_, count)| *count > 1).take(COMMON_ERRORS) {
        write_section_below(out, &format!("{count} of them fail by one error, that of `{first}`"))?;
    }
    if let Some((case, result)) = report.results.iter().max_by_key(|(_, result)| result.fuel) {
        write_heading(out, "Fuel", &format!("at most {}, in `{}`", thousands(result.fuel), case.name))?;
    }
    match (report.missing_outcomes(), report.outcomes.unreached.as_slice()) {
        (Some(missing), _) => write_styled_section(out, "Outcomes", &missing, FAILED)?,
        // The others do not matter, if some are required.
        (None, _) if !report.required_outcomes.is_empty() => {
            write_section(out, "Outcomes", "a case reaches each required one")?;
        }
        (None, []) => write_section(out, "Outcomes", "a case reaches each one")?,
        (None, unreached) => {
            write_section(out, "Outcomes", &format!("no case reaches {}", join(unreached)))?;
        }
    }
    let unused = report.results.iter().flat_map(|(_, result)| &result.unused_settings);
    let unused: BTreeSet<String> = unused.map(|name| printable(name)).collect();
    if !unused.is_empty() {
        let names: Vec<String> = unused.into_iter().collect();
        let kind = report.component.kind;
        let text = format!("settings of cases that the {kind} does not declare, or that look like secrets:");
        write_section(out, "Unused", &format!("{text} {}", names.join(", ")))?;
    }
    write_unused_facts(out, &report.unused_facts)
}

/// Writes the facts that no lookup asked for, one a line.
fn write_unused_facts(out: &mut impl Write, facts: &[(String, UnusedFact)]) -> io::Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    write_section(out, "Unused", "facts that no lookup asked for, so that they test nothing:")?;
    for (file, fact) in facts.iter().take(UNUSED_FACTS) {
        write_detail(out, &format!("{}:{}: {}", printable(file), fact.line, fact.key))?;
    }
    match facts.len().saturating_sub(UNUSED_FACTS) {
        0 => Ok(()),
        more => write_detail(out, &format!("and {more} more")),
    }
}

/// Writes a paragraph beside a heading.
fn write_section(out: &mut impl Write, heading: &str, text: &str) -> io::Result<()> {
    write_styled_section(out, heading, text, Style::new())
}

fn write_styled_section(out: &mut impl Write, heading: &str, text: &str, style: Style) -> io::Result<()> {
    let lines = wrap_words(text, WIDTH);
    let mut lines = lines.iter().map(|line| format!("{style}{line}{style:#}"));
    write_heading(out, heading, &lines.next().unwrap_or_default())?;
    lines.try_for_each(|line| write_detail(out, &line))
}

/// Writes a paragraph below another one.
fn write_section_below(out: &mut impl Write, text: &str) -> io::Result<()> {
    wrap_words(text, WIDTH).iter().try_for_each(|line| write_detail(out, line))
}
