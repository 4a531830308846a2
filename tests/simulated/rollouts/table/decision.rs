//! Answers of the policy `echo-policy`.

use serde_json::{Value, json};

use crate::world::{COMMIT, repository};

/// An answer of the policy `echo-policy`: the default image, and these targets.
pub fn to(targets: Value) -> Value {
    let image = json!({
        "name": "todo",
        "repository": repository(),
        "tags": ["master", format!("master-{}", COMMIT)],
    });
    json!({"images": [image], "targets": targets})
}

/// An answer with the only target `main/web`, and more fields of it.
pub fn to_web(more: Value) -> Value {
    to(json!([target("web", more)]))
}

/// A target: a service of the cluster `main`, and more fields of it.
pub fn target(service: &str, more: Value) -> Value {
    let mut target = json!({"cluster": "main", "service": service});
    for (name, value) in more.as_object().into_iter().flatten() {
        target[name] = value.clone();
    }
    target
}
