//! What a saved plan must be so that it shows what it does: without secrets, and short enough to be printed.

use serde_json::{Value, json};

use super::{MAX_TEXT, SavedPlan, differences};
use crate::build::check_time;
use crate::plan::{Change, Step};
use crate::secret::json::redact_document;

/// The longest `--timeout`, in seconds.
const MAX_TIMEOUT: u32 = 86_400;

/// The fields in which a policy can write any text. Elsewhere are names and places, which a secret of the job may be equal to.
const FREE: [&str; 4] = ["environment", "command", "arguments", "labels"];

impl SavedPlan {
    /// Checks what the types do not. `document` is the file.
    pub(super) fn check(&self, document: &Value) -> Result<(), String> {
        check_time(self.saved_at).map_err(|rule| format!("its time is invalid: {rule}"))?;
        if self.build.started_at != self.saved_at {
            return Err("its build did not start when it was saved".to_owned());
        }
        let options = &self.options;
        let is_positive = |number: Option<usize>| number != Some(0);
        let is_time = options.timeout_seconds.is_none_or(|seconds| (1..=MAX_TIMEOUT).contains(&seconds));
        if !(is_positive(options.max_parallel) && is_positive(options.keep) && is_time) {
            return Err("one of its options has a value that the flag does not accept".to_owned());
        }
        // Whatever is masked is carried out unseen.
        let secrets = find_secrets(&json!({"decision": document.get("decision")}));
        if let Some(path) = secrets.first() {
            return Err(format!("it contains a secret in `{path}`"));
        }
        if let Some(path) = find_long(document).first() {
            return Err(format!("`{path}` is longer than {MAX_TEXT} characters"));
        }
        let reviews = self.plan.reviews.iter();
        let reviewed: Vec<String> =
            reviews.map(|review| format!("{}@{}", review.guard, review.digest)).collect();
        if reviewed != self.plan.build.guards {
            return Err("its reviews are not those of its guards".to_owned());
        }
        Ok(())
    }
}

/// The paths of what is a secret by its name or its form.
pub(super) fn find_secrets(document: &Value) -> Vec<String> {
    let mut masked = document.clone();
    redact_document(&mut masked);
    paths(&differences(document, &masked))
}

/// The paths of what the host knows as a secret by value, where any text may be.
pub(super) fn find_known_secrets(document: &Value, mask: impl Fn(&mut Value)) -> Vec<String> {
    let mut masked = document.clone();
    mask(&mut masked);
    let changes = differences(document, &masked);
    let is_free = |step: &Step| matches!(step, Step::Field(name) if FREE.contains(&name.as_str()));
    let changes = changes.iter().filter(|change| change.path.steps().iter().any(is_free));
    changes.map(|change| change.path.to_string()).collect()
}

/// The same in the values that the new revisions of a plan have.
pub(super) fn find_known_secrets_of_plan(plan: &Value, mask: impl Fn(&mut Value)) -> Vec<String> {
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for change in list(plan, "targets").iter().flat_map(|target| list(target, "changes")) {
        let path = change.get("path").and_then(Value::as_str).unwrap_or_default();
        // A path that leads into such a field, or to what contains one.
        let field = if FREE.iter().any(|name| path.contains(name)) { "command" } else { "after" };
        let after = json!({field: change.get("after")});
        if !find_known_secrets(&after, &mask).is_empty() {
            found.push(path.to_owned());
        }
    }
    found
}

/// Masks what is shown of a plan and not carried out: sentences, and the values that the new revisions replace.
pub(super) fn mask_shown(plan: &mut Value, mask: impl Fn(&mut Value)) {
    let Some(fields) = plan.as_object_mut() else { return };
    for field in ["unread", "reviews"] {
        fields.get_mut(field).into_iter().for_each(&mask);
    }
    let targets = fields.get_mut("targets").and_then(Value::as_array_mut);
    for target in targets.into_iter().flatten() {
        target.get_mut("warnings").into_iter().for_each(&mask);
        let changes = target.get_mut("changes").and_then(Value::as_array_mut);
        changes.into_iter().flatten().filter_map(|change| change.get_mut("before")).for_each(&mask);
    }
}

/// The paths of texts and commands that are too long to be printed whole.
pub(super) fn find_long(document: &Value) -> Vec<String> {
    let mut short = document.clone();
    shorten(&mut short, false);
    paths(&differences(document, &short))
}

/// Clears what is too long. A list of texts that is one value, such as a command, is printed as one line.
fn shorten(value: &mut Value, is_one_value: bool) {
    match value {
        Value::String(text) if text.chars().count() > MAX_TEXT => text.clear(),
        Value::Array(elements) => {
            let length = |text: &str| text.chars().count() + 4;
            let line: usize = elements.iter().filter_map(Value::as_str).map(length).sum();
            if is_one_value && line > MAX_TEXT {
                elements.clear();
            }
            elements.iter_mut().for_each(|element| shorten(element, is_one_value));
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_one_value = is_one_value || ["command", "before", "after"].contains(&name.as_str());
                shorten(value, is_one_value);
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn paths(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| change.path.to_string()).collect()
}
