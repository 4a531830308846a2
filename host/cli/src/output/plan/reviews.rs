//! What guards find in a plan, as text.

use std::io::{self, Write};

use super::COLUMNS;
use super::phrases::count;
use crate::output::columns::wrap;
use crate::output::layout::{BAD, CAUTION, FAINT, HEADING, put_line};
use model::review::{Finding, GuardReview, Severity};
use model::text::printable;

/// The number of findings of a guard that the plan shows.
const MAX_FINDINGS: usize = 100;

/// Writes the reviews of all guards.
pub(crate) fn write_reviews(out: &mut impl Write, reviews: &[GuardReview]) -> io::Result<()> {
    for review in reviews {
        let GuardReview { guard, named_by, .. } = review;
        let (version, verdict) = (version_word(review), review_text(review));
        put_line!(
            out,
            "  guard {HEADING}{guard}{HEADING:#}{version}: {verdict} {FAINT}({named_by}){FAINT:#}"
        )?;
        for finding in review.findings.iter().take(MAX_FINDINGS) {
            write_finding(out, finding)?;
        }
        if let Some(more) = review.findings.len().checked_sub(MAX_FINDINGS).filter(|more| *more > 0) {
            put_line!(out, "    … and {more} more, which the plan in JSON has")?;
        }
    }
    Ok(())
}

/// The version with a space before it. A guard states it itself: only a word is printed, which cannot pretend to be the
/// verdict.
fn version_word(review: &GuardReview) -> String {
    let word = review.version.split(|c: char| c.is_whitespace() || c == ':').find(|word| !word.is_empty());
    word.map(|word| format!(" {}", printable(word))).unwrap_or_default()
}

fn write_finding(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    let style = match finding.severity {
        Severity::Deny => BAD,
        Severity::Warn => CAUTION,
    };
    let word = finding.severity.as_str();
    for (number, line) in wrap(&finding_text(finding), COLUMNS - 10).iter().enumerate() {
        if number == 0 {
            put_line!(out, "    {style}{word}{style:#}  {line}")?;
        } else {
            put_line!(out, "          {line}")?;
        }
    }
    Ok(())
}

/// What a guard found, counted: `1 denial, 2 warnings`.
pub(crate) fn review_text(review: &GuardReview) -> String {
    let denials = review.denials().count();
    let parts =
        [count(denials, "denial", "denials"), count(review.findings.len() - denials, "warning", "warnings")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

/// A finding as a sentence with its target and its rule.
pub(crate) fn finding_text(finding: &Finding) -> String {
    let target = finding.target.as_ref().map(|target| format!("{target}: ")).unwrap_or_default();
    format!("{target}{} ({})", finding.message, finding.rule)
}
