//! What of a policy's decisions no case exercises.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Ran;
use super::run::Answer;
use crate::Manifest;
use model::decision::Decision;

/// The ways that a policy's decisions can go, as far as its contract tells:
/// each kind of answer, and each declared setting set and not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// How many ways there are.
    pub all: usize,
    /// Those that no case went.
    pub missing: Vec<String>,
}

impl Coverage {
    /// What these cases covered of a policy.
    #[must_use]
    pub fn of(manifest: &Manifest, ran: &[Ran]) -> Self {
        let mut gone: BTreeSet<String> = BTreeSet::new();
        for case in ran {
            gone.extend(match &case.seen.answer {
                Answer::Decided(Decision::Skip { .. }) => Some("skip".to_owned()),
                Answer::Decided(Decision::Deploy(_)) => Some("deploy".to_owned()),
                Answer::Rejected(_) => Some("error".to_owned()),
                Answer::Trapped(_) => None,
            });
            for setting in &manifest.settings {
                let is_set = case.given.iter().any(|name| setting.matches(name));
                gone.insert(way(&setting.name, is_set));
            }
        }
        let mut ways: Vec<String> = ["skip", "error", "deploy"].map(str::to_owned).to_vec();
        for setting in &manifest.settings {
            ways.extend([way(&setting.name, true), way(&setting.name, false)]);
        }
        let all = ways.len();
        ways.retain(|way| !gone.contains(way));
        Self { all, missing: ways }
    }

    /// The share that is covered, in whole percent, rounded down.
    #[must_use]
    pub fn percent(&self) -> usize {
        (self.all.saturating_sub(self.missing.len()) * 100).checked_div(self.all).unwrap_or(100)
    }
}

fn way(setting: &str, is_set: bool) -> String {
    format!("{setting} {}", if is_set { "set" } else { "not set" })
}
