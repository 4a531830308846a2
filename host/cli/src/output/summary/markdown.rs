//! The summary in Markdown, for the page of a CI job.

use super::{Summary, in_order};
use crate::output::markdown::{build_line, escape};
use crate::output::phrases::{verdict_detail, verdict_word};
use model::exit::Exit;
use model::text::printable;

impl Summary {
    /// The summary of a run that ended with this exit code.
    pub(in crate::output) fn to_markdown(&self, exit: Exit) -> String {
        let mut text = format!("### ecs-host: {}\n", self.title(exit));
        if let Some(build) = &self.build {
            let policy = self.policy.as_ref().map(ToString::to_string);
            text += &format!("\n{}\n", build_line(build, policy.as_deref()));
        }
        if let Some(reason) = &self.skip {
            text += &format!("\n{}\n", escape(reason));
        }
        for error in &self.errors {
            text += &format!("\n{}\n", error.lines().map(escape).collect::<Vec<_>>().join("  \n"));
        }
        if !self.targets.is_empty() {
            text += "\n| Target | Verdict | Revision |\n| --- | --- | --- |\n";
            for target in in_order(&self.targets) {
                let detail = escape(&verdict_detail(&target.verdict));
                text += &format!(
                    "| {} | **{}**{detail} | {} |\n",
                    escape(target.name.as_str()),
                    verdict_word(&target.verdict),
                    escape(&target.revision)
                );
            }
        }
        if !self.images.is_empty() {
            text += "\n| Image | Tags | Digest |\n| --- | --- | --- |\n";
            for image in &self.images {
                let tags: Vec<String> = image.tags.iter().map(|tag| escape(tag.as_str())).collect();
                text += &format!(
                    "| {} | {} | `{}` |\n",
                    escape(&image.name),
                    tags.join(", "),
                    image.digest.as_str()
                );
            }
        }
        for step in self.next_steps() {
            text += &format!("\n- {}", escape_clause(step));
        }
        if !self.next_steps().is_empty() {
            text.push('\n');
        }
        let times = self.phases.to_string();
        if !times.is_empty() {
            text += &format!("\n{times}\n");
        }
        text
    }
}

/// A clause whose commands, in backticks, are shown as code.
fn escape_clause(clause: &str) -> String {
    let parts = clause.split('`').enumerate();
    // A part between two backticks contains none, so that it cannot end its code.
    parts
        .map(|(number, part)| if number % 2 == 1 { format!("`{}`", printable(part)) } else { escape(part) })
        .collect()
}
