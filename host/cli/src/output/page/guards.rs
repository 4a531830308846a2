//! The guards of a plan, and what they found.

use super::clean::{Cleaner, Text};
use crate::output::plan::{finding_text, review_text};
use model::review::{Finding, GuardReview, Severity};

/// A guard and its review.
pub(super) struct GuardRow {
    pub(super) name: Text,
    pub(super) version: Text,
    pub(super) source: Text,
    pub(super) named_by: Text,
    pub(super) digest: Text,
    pub(super) verdict: Text,
    pub(super) findings: Vec<FindingRow>,
}

/// A finding.
pub(super) struct FindingRow {
    /// The class in the style sheet.
    pub(super) class: &'static str,
    pub(super) word: &'static str,
    pub(super) text: Text,
}

pub(super) fn guard_rows(reviews: &[GuardReview], cleaner: &Cleaner<'_>) -> Vec<GuardRow> {
    let finding = |finding: &Finding| FindingRow {
        class: match finding.severity {
            Severity::Deny => "bad",
            Severity::Warn => "caution",
        },
        word: finding.severity.as_str(),
        text: cleaner.text(finding_text(finding)),
    };
    let row = |review: &GuardReview| GuardRow {
        name: cleaner.text(&review.guard),
        version: cleaner.text(&review.version),
        source: cleaner.text(review.source.to_string()),
        named_by: cleaner.text(&review.named_by),
        digest: cleaner.text(&review.digest),
        verdict: cleaner.text(review_text(review)),
        findings: review.findings.iter().map(finding).collect(),
    };
    reviews.iter().map(row).collect()
}
