//! The marks of one-off tasks, by which a later run of the same build finds them.

use super::target::TargetPlan;
use crate::decision::OneOffTask;
use crate::names::Digest;

/// The number of hexadecimal digits of a mark.
const DIGITS: usize = 32;

impl TargetPlan {
    /// The mark of a task before the update: the same in every run of this build with this target and task.
    #[must_use]
    pub fn mark_before(&self, task: &OneOffTask) -> String {
        // As `is_same_repository` compares them.
        let repository = self.stamp.repository.as_ref().map(|repository| repository.to_ascii_lowercase());
        let number = self.stamp.number.map(|number| number.to_string());
        let build = [
            repository.as_deref().unwrap_or_default(),
            &self.stamp.commit,
            number.as_deref().unwrap_or_default(),
        ];
        self.mark("before", &build, task)
    }

    /// The mark of a task after the rollout of this deployment: the same in every run with this target and task.
    #[must_use]
    pub fn mark_after(&self, deployment: &str, task: &OneOffTask) -> String {
        self.mark("after", &[deployment], task)
    }

    fn mark(&self, when: &str, of: &[&str], task: &OneOffTask) -> String {
        let destination = self.destination.to_string();
        let own = [when, &destination, &task.name, &task.container];
        let command = task.command.iter().map(String::as_str);
        let environment = task.environment.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        // Names of variables and values are pairs, so an `=` separates them from the words of the command.
        let environment = environment.flat_map(|part| ["=", part]);
        let mut text = String::new();
        for part in own.into_iter().chain(of.iter().copied()).chain(command).chain(environment) {
            // The length separates the parts.
            text.push_str(&format!("{}:{part}", part.len()));
        }
        let digest = Digest::sha256(text.as_bytes());
        let digits = digest.as_str().trim_start_matches("sha256:").chars().take(DIGITS);
        digits.collect()
    }
}
