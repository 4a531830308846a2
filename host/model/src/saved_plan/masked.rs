//! Values of which parts are masked.

use serde_json::Value;

use crate::secret::MASK;

/// Whether a value is another one with parts masked.
pub(super) fn is_masked(saved: &Value, now: &Value) -> bool {
    match (saved, now) {
        (Value::String(saved), Value::String(now)) => is_masked_text(saved, now),
        (Value::Array(saved), Value::Array(now)) => {
            saved.len() == now.len() && saved.iter().zip(now).all(|(saved, now)| is_masked(saved, now))
        }
        (Value::Object(saved), Value::Object(now)) => {
            let is_same =
                |(name, saved): (&String, &Value)| now.get(name).is_some_and(|now| is_masked(saved, now));
            saved.len() == now.len() && saved.iter().all(is_same)
        }
        (saved, now) => saved == now,
    }
}

/// The same for texts: what is not masked stands in both, in the same order.
fn is_masked_text(saved: &str, now: &str) -> bool {
    let mut parts = saved.split(MASK);
    let Some(mut rest) = parts.next().and_then(|start| now.strip_prefix(start)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_masked_stands_in_both() {
        for (saved, now) in [
            (json!("a"), json!("a")),
            (json!("***"), json!("anything")),
            (json!("a***"), json!("ab")),
            (json!("***c"), json!("abc")),
            (json!("a***c***e"), json!("abcde")),
            (json!(["a", "***"]), json!(["a", "b"])),
            (json!({"name": "A", "value": "x***"}), json!({"name": "A", "value": "xyz"})),
        ] {
            assert!(is_masked(&saved, &now), "{saved} {now}");
        }
        for (saved, now) in [
            (json!("a"), json!("b")),
            (json!("a"), json!("ab")),
            (json!("a***"), json!("ba")),
            (json!("***c"), json!("cd")),
            (json!("a***c***e"), json!("abde")),
            (json!("ab***b"), json!("ab")),
            (json!(["***"]), json!(["a", "b"])),
            (json!({"value": "***"}), json!({"name": "A"})),
            (json!("***"), json!(1)),
        ] {
            assert!(!is_masked(&saved, &now), "{saved} {now}");
        }
    }
}
