//! The message of a run for a webhook of Slack ("Sending messages using incoming webhooks" and "Rich text block" in the
//! documentation of Slack).
//!
//! A stranger chooses the name of a branch, and ECS repeats what a stranger's program prints. In a text of the type
//! `mrkdwn` such a text could be bold, quoted or code, which nothing can escape, and pass for the message itself. The texts
//! of a `rich_text` block have no markup: styles, links and mentions are elements of their own. The field `text`, which
//! notifications show instead of blocks, has the control characters `&`, `<` and `>` ("Formatting text for app surfaces"),
//! which are escaped, and no text of a stranger but the names of targets.

use std::time::Duration;

use serde_json::{Value, json};

use super::notification::{Ending, cut};
use super::{Summary, in_order};
use crate::output::events::duration_text;
use crate::output::phrases::{verdict_detail, verdict_word};
use model::text::printable;

/// The most characters of all lines about targets, steps and errors.
const MAX_LINES: usize = 3000;

/// The most characters of a name, and of a sentence, before they are escaped. A line of the longest ones fits.
const MAX_NAME: usize = 120;
const MAX_SENTENCE: usize = 200;

/// The most targets that a message lists.
const MAX_TARGETS: usize = 20;

/// The most errors that a message lists.
const MAX_ERRORS: usize = 3;

/// The longest address of a page that is a link.
const MAX_URL: usize = 2000;

impl Summary {
    /// The body of a request to a webhook.
    pub(super) fn to_slack(&self, ending: &Ending, elapsed: Duration) -> String {
        let title = format!("ecs-host {}: {}", ending.verb, self.title(ending.exit));
        let mut left = MAX_LINES;
        let mut take = |lines: Vec<Line>| within(lines, &mut left);
        let targets = take(self.slack_targets());
        let next = take(self.next_steps().into_iter().map(|step| Line::of("→ ").clause(step)).collect());
        let errors = take(self.slack_errors());
        let mut elements = vec![section(Line::default().bold(&title))];
        if !targets.is_empty() {
            let items: Vec<Value> = targets.into_iter().map(section).collect();
            elements.push(json!({"type": "rich_text_list", "style": "bullet", "elements": items}));
        }
        elements.extend(joined(next).map(section));
        // As a quotation, which the rest of the message is not.
        elements
            .extend(joined(errors).map(|line| json!({"type": "rich_text_quote", "elements": line.elements})));
        elements.push(section(self.slack_context(ending, elapsed)));
        let message = json!({
            "text": escape(&self.slack_fallback(&title)),
            "mrkdwn": false,
            "link_names": false,
            "unfurl_links": false,
            "unfurl_media": false,
            "blocks": [{"type": "rich_text", "elements": elements}],
        });
        message.to_string()
    }

    /// The title, and the verdicts of the targets.
    fn slack_fallback(&self, title: &str) -> String {
        let targets = in_order(&self.targets).into_iter().take(MAX_TARGETS);
        let lines = targets.map(|target| {
            format!("\n• {} {}", clean(target.name.as_str(), MAX_NAME), verdict_word(&target.verdict))
        });
        std::iter::once(title.to_owned()).chain(lines).collect()
    }

    fn slack_targets(&self) -> Vec<Line> {
        let targets = in_order(&self.targets);
        let omitted = targets.len().saturating_sub(MAX_TARGETS);
        let lines = targets.into_iter().take(MAX_TARGETS).map(|target| {
            let revision = clean(&target.revision, MAX_NAME);
            Line::of(&format!("{} ", clean(target.name.as_str(), MAX_NAME)))
                .bold(verdict_word(&target.verdict))
                .text(&verdict_detail(&target.verdict))
                .text(&format!(" ({revision})"))
        });
        lines.chain((omitted > 0).then(|| Line::of(&format!("… and {omitted} more")))).collect()
    }

    fn slack_errors(&self) -> Vec<Line> {
        let lines = self.errors.iter().take(MAX_ERRORS).flat_map(|error| error.lines().take(10));
        lines.map(Line::of).collect()
    }

    /// The build, the policy and the time.
    fn slack_context(&self, ending: &Ending, elapsed: Duration) -> Line {
        let mut parts = Vec::new();
        if let Some(build) = &self.build {
            parts.extend(build.repository.as_deref().map(|name| Line::of(&clean(name, MAX_NAME))));
            let branch = clean(&build.branch, MAX_NAME);
            parts.push(Line::of(&format!("{branch} at {}", build.short_commit())));
        }
        let number = self.build.as_ref().and_then(|build| build.number);
        let name = number.map_or_else(|| "build".to_owned(), |number| format!("build {number}"));
        // The provider sets the address. Slack rejects a message with an invalid one.
        let page = ending.page.as_deref().filter(|page| is_page(page));
        let link = page.map(|page| Line::default().link(page, &name));
        parts.extend(link.or(number.map(|_| Line::of(&name))));
        let policy = self.policy.as_ref().map(|policy| clean(&policy.to_string(), MAX_NAME));
        parts.extend(policy.map(|policy| Line::of(&format!("policy {policy}"))));
        parts.push(Line::of(&duration_text(elapsed)));
        join(parts, " · ")
    }
}

/// A line as elements of rich text. Slack rejects an empty one.
#[derive(Debug, Default)]
struct Line {
    elements: Vec<Value>,
    chars: usize,
}

impl Line {
    fn of(text: &str) -> Self {
        Self::default().text(text)
    }

    /// Adds a text of at most [`MAX_SENTENCE`] characters.
    fn text(self, text: &str) -> Self {
        let text = clean(text, MAX_SENTENCE);
        self.push(text.chars().count(), json!({"type": "text", "text": text}))
    }

    fn bold(self, text: &str) -> Self {
        self.styled(text, &json!({"bold": true}))
    }

    /// Adds a clause whose commands, in backticks, are shown as code.
    fn clause(self, clause: &str) -> Self {
        clause.split('`').enumerate().fold(self, |line, (number, part)| match number % 2 {
            1 => line.styled(part, &json!({"code": true})),
            _ => line.text(part),
        })
    }

    fn styled(self, text: &str, style: &Value) -> Self {
        let text = clean(text, MAX_SENTENCE);
        self.push(text.chars().count(), json!({"type": "text", "text": text, "style": style}))
    }

    fn link(self, url: &str, text: &str) -> Self {
        self.push(text.chars().count(), json!({"type": "link", "url": url, "text": text}))
    }

    fn push(mut self, chars: usize, element: Value) -> Self {
        if chars > 0 {
            self.elements.push(element);
            self.chars += chars;
        }
        self
    }
}

fn section(line: Line) -> Value {
    json!({"type": "rich_text_section", "elements": line.elements})
}

/// Lines in one, with a text between them.
fn join(lines: Vec<Line>, separator: &str) -> Line {
    let mut joined = Line::default();
    for line in lines {
        if joined.chars > 0 {
            joined = joined.push(separator.chars().count(), json!({"type": "text", "text": separator}));
        }
        joined.elements.extend(line.elements);
        joined.chars += line.chars;
    }
    joined
}

/// Lines below each other; `None` if there is none.
fn joined(lines: Vec<Line>) -> Option<Line> {
    (!lines.is_empty()).then(|| join(lines, "\n"))
}

/// As many lines as fit, without empty ones, and a mark if there are more.
fn within(lines: Vec<Line>, left: &mut usize) -> Vec<Line> {
    let mut fitting = Vec::new();
    for line in lines.into_iter().filter(|line| line.chars > 0) {
        let Some(rest) = left.checked_sub(line.chars) else {
            fitting.push(Line::of("…"));
            break;
        };
        *left = rest;
        fitting.push(line);
    }
    fitting
}

/// A text on one line of at most `max_chars` characters, and more if some are escaped.
fn clean(text: &str, max_chars: usize) -> String {
    printable(&cut(text, max_chars))
}

/// Escapes the control characters of Slack.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn is_page(page: &str) -> bool {
    let is_web = page.starts_with("https://") || page.starts_with("http://");
    is_web && page.len() <= MAX_URL && page.bytes().all(|byte| byte.is_ascii_graphic())
}
