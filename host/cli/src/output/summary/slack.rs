//! The message of a run for a webhook of Slack ("Sending messages using incoming webhooks" and "Reference: blocks" in the
//! documentation of Slack).
//!
//! A stranger chooses the name of a branch, and ECS repeats what a stranger's program prints. Slack's markup begins with
//! `<`, in links, mentions and `<!channel>` alike: it is escaped, and a text object that is `verbatim` turns neither
//! addresses nor names into links.

use std::time::Duration;

use serde_json::{Value, json};

use super::notification::{Ending, cut};
use super::{Summary, in_order};
use crate::output::events::duration_text;
use crate::output::phrases::{verdict_detail, verdict_word};
use model::text::printable;

/// The most characters of the text of a section ("Section block").
const MAX_SECTION: usize = 3000;

/// The most characters of a name, and of a sentence, before they are escaped. A line of the longest ones fits into a
/// section.
const MAX_NAME: usize = 120;
const MAX_SENTENCE: usize = 300;

/// The most targets that a message lists.
const MAX_TARGETS: usize = 20;

/// The most errors that a message lists.
const MAX_ERRORS: usize = 3;

impl Summary {
    /// The body of a request to a webhook.
    pub(super) fn to_slack(&self, ending: &Ending, elapsed: Duration) -> String {
        let title = format!("*ecs-host {}: {}*", ending.verb, escape(&self.title(ending.exit), MAX_NAME));
        let mut blocks = vec![section(&title)];
        let next = self.next_steps().into_iter().map(|step| format!("→ {}", escape(step, MAX_SENTENCE)));
        let lines: Vec<String> = self.slack_targets().chain(next).chain(self.slack_errors()).collect();
        if !lines.is_empty() {
            blocks.push(section(&join_within(&lines, MAX_SECTION)));
        }
        let context = self.slack_context(ending, elapsed);
        blocks.push(json!({"type": "context", "elements": [text(&context)]}));
        // What a notification shows, which does not show blocks.
        let fallback = [title.trim_matches('*')].into_iter().chain(lines.iter().map(String::as_str));
        let fallback = join_within(&fallback.map(str::to_owned).collect::<Vec<_>>(), MAX_SECTION);
        let message = json!({
            "text": fallback.replace('*', ""),
            "mrkdwn": false,
            "link_names": false,
            "unfurl_links": false,
            "unfurl_media": false,
            "blocks": blocks,
        });
        message.to_string()
    }

    fn slack_targets(&self) -> impl Iterator<Item = String> {
        let targets = in_order(&self.targets);
        let omitted = targets.len().saturating_sub(MAX_TARGETS);
        let lines = targets.into_iter().take(MAX_TARGETS).map(|target| {
            let (word, detail) = (verdict_word(&target.verdict), verdict_detail(&target.verdict));
            let detail = escape(&detail, MAX_SENTENCE);
            let [name, revision] =
                [target.name.as_str(), &target.revision].map(|text| escape(text, MAX_NAME));
            format!("• {name} *{word}*{detail} ({revision})")
        });
        lines.chain((omitted > 0).then(|| format!("… and {omitted} more")))
    }

    fn slack_errors(&self) -> impl Iterator<Item = String> {
        let lines = self.errors.iter().take(MAX_ERRORS).flat_map(|error| error.lines().take(10));
        // As a quotation: its markup cannot pass for the title.
        lines.map(|line| format!("&gt; {}", escape(line, MAX_SENTENCE)))
    }

    /// The build, the policy and the time.
    fn slack_context(&self, ending: &Ending, elapsed: Duration) -> String {
        let build = self.build.as_ref().map(|build| {
            let repository = build.repository.as_deref().map(|name| format!("{}, ", escape(name, MAX_NAME)));
            let branch = escape(&build.branch, MAX_NAME);
            format!("{}{branch} at {}", repository.unwrap_or_default(), build.short_commit())
        });
        let number = self.build.as_ref().and_then(|build| build.number);
        let name = number.map_or_else(|| "build".to_owned(), |number| format!("build {number}"));
        // The provider sets the address. What would end the link is no part of one.
        let page = ending.page.as_deref().filter(|page| !page.contains(['<', '>', '|']));
        let page = page.map(|page| format!("<{}|{name}>", page.replace('&', "&amp;")));
        let page = page.or(number.map(|_| name));
        let policy =
            self.policy.as_ref().map(|policy| format!("policy {}", escape(&policy.to_string(), MAX_NAME)));
        let time = Some(duration_text(elapsed));
        let parts: Vec<String> = [build, page, policy, time].into_iter().flatten().collect();
        cut(&parts.join(" · "), MAX_SECTION)
    }
}

fn section(content: &str) -> Value {
    json!({"type": "section", "text": text(content)})
}

fn text(content: &str) -> Value {
    json!({"type": "mrkdwn", "text": content, "verbatim": true})
}

/// A text that Slack shows as it is. It is cut before it is escaped, so that no entity is cut.
fn escape(text: &str, max_chars: usize) -> String {
    printable(&cut(text, max_chars)).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// As many lines as fit, and a mark if there are more.
fn join_within(lines: &[String], max_chars: usize) -> String {
    let mut joined = String::new();
    for line in lines {
        // Two characters for the line break and the mark.
        if joined.chars().count() + line.chars().count() + 2 > max_chars {
            joined.push_str("\n…");
            break;
        }
        if !joined.is_empty() {
            joined.push('\n');
        }
        joined.push_str(line);
    }
    joined
}
