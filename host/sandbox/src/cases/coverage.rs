//! The coverage of a policy by its cases.

use std::collections::BTreeSet;

use serde::Serialize;

use super::answer::Outcome;
use super::run::CaseResult;
use crate::manifest::Manifest;
use model::decision::Decision;

/// The conditions of a policy that its cases cover, as far as the contract describes them: each kind of answer, and
/// each declared setting set and not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The number of conditions.
    pub total: usize,
    /// The conditions that no case covers.
    pub missing: Vec<String>,
}

impl Coverage {
    /// Collects the conditions that the results cover.
    #[must_use]
    pub fn measure(manifest: &Manifest, results: &[CaseResult]) -> Self {
        let mut covered: BTreeSet<String> = BTreeSet::new();
        for result in results {
            covered.extend(match &result.answer.outcome {
                Outcome::Decided(Decision::Skip { .. }) => Some("skip".to_owned()),
                Outcome::Decided(Decision::Deploy(_)) => Some("deploy".to_owned()),
                Outcome::Rejected(_) => Some("error".to_owned()),
                Outcome::Failed(_) => None,
            });
            for setting in &manifest.settings {
                let is_set = result.settings.iter().any(|name| setting.matches(name));
                covered.insert(condition(&setting.name, is_set));
            }
        }
        let mut conditions: Vec<String> = ["skip", "error", "deploy"].map(str::to_owned).to_vec();
        for setting in &manifest.settings {
            conditions.extend([condition(&setting.name, true), condition(&setting.name, false)]);
        }
        let total = conditions.len();
        conditions.retain(|condition| !covered.contains(condition));
        Self { total, missing: conditions }
    }

    /// The covered share in percent, rounded down.
    #[must_use]
    pub fn percent(&self) -> usize {
        (self.total.saturating_sub(self.missing.len()) * 100).checked_div(self.total).unwrap_or(100)
    }
}

fn condition(setting: &str, is_set: bool) -> String {
    format!("{setting} {}", if is_set { "set" } else { "not set" })
}
