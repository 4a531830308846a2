//! The summary in Markdown, for the page of a CI job.

use super::{Summary, in_order};
use crate::output::phrases::{verdict_detail, verdict_word};
use model::exit::Exit;
use model::text::printable;

impl Summary {
    /// The summary of a run that ended with this exit code.
    pub(in crate::output) fn to_markdown(&self, exit: Exit) -> String {
        let mut text = format!("### ecs-host: {}\n", self.title(exit));
        if let Some(build) = &self.build {
            let number = build.number.map(|number| format!(" (build {number})")).unwrap_or_default();
            let repository =
                build.repository.as_deref().map(|name| format!(" of {}", escape(name))).unwrap_or_default();
            let policy = self
                .policy
                .as_ref()
                .map(|policy| format!(", policy {}", escape(&policy.to_string())))
                .unwrap_or_default();
            text += &format!(
                "\nBuild of {} at `{}`{repository}{number}{policy}\n",
                escape(&build.branch),
                build.short_commit()
            );
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

/// A text that Markdown shows as it is: no markup, no HTML, no link and no mention of an account, at the start of a line,
/// too. A comment separates what a filter of the page would take for a mention or an address.
fn escape(text: &str) -> String {
    let text = printable(text);
    let start = text.chars().next().filter(|first| first.is_ascii_digit() || "-+=".contains(*first));
    let rest = start.map_or(text.as_str(), |first| text.get(first.len_utf8()..).unwrap_or_default());
    let start = start.map(|first| format!("&#{};", u32::from(first))).unwrap_or_default();
    rest.chars().fold(start, |mut escaped, character| {
        match character {
            '@' => escaped += "@<!-- -->",
            '.' if escaped.to_ascii_lowercase().ends_with("www") => escaped += "<!-- -->.",
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | ':' | '#' | '!' | '$' => {
                escaped += &format!("&#{};", u32::from(character));
            }
            _ => escaped.push(character),
        }
        escaped
    })
}
