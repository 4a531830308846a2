//! What is posted to an address that is notified of the end of a run.

use std::time::Duration;

use serde_json::{Value, json};

use super::{JudgedTarget, Summary, in_order};
use crate::output::phrases::{verdict_detail, verdict_word};
use model::exit::Exit;
use model::text::TRUNCATION_MARK;
use model::time::Time;

/// The version of the JSON of a notification. Adding fields keeps it; removing or renaming them raises it.
const SCHEMA: u32 = 1;

/// The most bytes of a notification.
const MAX_SIZE: usize = 128 << 10;

/// The most targets of a notification and the most characters of a text in it. The first that fits is used.
const LIMITS: [(usize, usize); 3] = [(200, 2000), (100, 400), (20, 200)];

/// The most tags of an image.
const MAX_TAGS: usize = 10;

/// How a run ended.
#[derive(Debug)]
pub struct Ending {
    /// The verb.
    pub verb: &'static str,
    /// The exit code.
    pub exit: Exit,
    /// The start of the run.
    pub started_at: Time,
    /// The page of the build at its CI provider.
    pub page: Option<String>,
}

/// What is posted, as JSON.
#[derive(Debug)]
pub struct Notification {
    /// For any address.
    pub json: String,
    /// For a webhook of Slack.
    pub slack: String,
}

impl Summary {
    /// The notification of a run that took `elapsed`. `None` if the policy skipped the build.
    pub(in crate::output) fn to_notification(
        &self,
        ending: &Ending,
        elapsed: Duration,
    ) -> Option<Notification> {
        if self.skip.is_some() && ending.exit == Exit::Success {
            return None;
        }
        let document = |(targets, chars)| self.to_document(ending, elapsed, targets, chars).to_string();
        let mut texts = LIMITS.into_iter().map(document);
        let first = texts.next().unwrap_or_default();
        // The last limits fit, whatever the texts contain.
        let json = if first.len() <= MAX_SIZE {
            first
        } else {
            let mut shorter = texts.collect::<Vec<_>>();
            let last = shorter.pop().unwrap_or_default();
            shorter.into_iter().find(|text| text.len() <= MAX_SIZE).unwrap_or(last)
        };
        Some(Notification { json, slack: self.to_slack(ending, elapsed) })
    }

    fn to_document(&self, ending: &Ending, elapsed: Duration, max_targets: usize, max_chars: usize) -> Value {
        let targets = in_order(&self.targets);
        let build = self.build.as_ref().map(|build| {
            json!({
                "provider": build.provider,
                "repository": build.repository,
                "branch": build.branch,
                "tag": build.tag,
                "commit": build.commit,
                "number": build.number,
                "number_scope": build.number_scope,
                "url": ending.page,
            })
        });
        let policy = self.policy.as_ref();
        let policy = policy.map(|it| json!({"name": it.name, "version": it.version, "digest": it.digest}));
        let images = self.images.iter().take(max_targets).map(|image| {
            let tags: Vec<&str> = image.tags.iter().take(MAX_TAGS).map(|tag| tag.as_str()).collect();
            json!({"image": image.name, "digest": image.digest.as_str(), "tags": tags})
        });
        let mut document = json!({
            "schema": SCHEMA,
            "version": env!("CARGO_PKG_VERSION"),
            "verb": ending.verb,
            "exit_code": ending.exit.code(),
            "outcome": ending.exit.as_str(),
            "summary": self.title(ending.exit),
            "build": build,
            "policy": policy,
            "images": images.collect::<Vec<_>>(),
            "targets": targets.iter().take(max_targets).map(|target| target_document(target)).collect::<Vec<_>>(),
            "omitted_targets": targets.len().saturating_sub(max_targets),
            "errors": self.errors,
            "started_at": ending.started_at,
            "ended_at": ending.started_at.after(elapsed),
            "seconds": (elapsed.as_secs_f64() * 10.0).round() / 10.0,
        });
        shorten(&mut document, max_chars);
        document
    }
}

/// The fields of the event `verdict-reached`, and the verdict as a sentence.
fn target_document(target: &JudgedTarget) -> Value {
    let mut document = serde_json::to_value(&target.verdict).unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        fields.shift_insert(0, "target".to_owned(), json!(target.name));
        fields.insert("task_definition".to_owned(), json!(target.task_definition));
        let text = format!("{}{}", verdict_word(&target.verdict), verdict_detail(&target.verdict));
        fields.insert("text".to_owned(), json!(text));
        fields.insert("next".to_owned(), json!(target.next));
    }
    document
}

/// Cuts every text of a document.
fn shorten(value: &mut Value, max_chars: usize) {
    match value {
        Value::String(text) => *text = cut(text, max_chars),
        Value::Array(values) => values.iter_mut().for_each(|value| shorten(value, max_chars)),
        Value::Object(fields) => fields.values_mut().for_each(|value| shorten(value, max_chars)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The first characters of a text, with a mark if it has more.
pub(super) fn cut(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}{TRUNCATION_MARK}", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
