//! Matchers: a table with one of these keys in place of an expected value.

use regex_lite::Regex;
use serde_json::Value;

/// The key of a regular expression.
pub(super) const PATTERN: &str = "matches";

/// What a value has to be, if it is not compared literally.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Matcher<'v> {
    /// A string that the regular expression matches, anywhere in it.
    Matches(&'v str),
    /// A string with this part, or a list with this element, or with each of these.
    Contains(&'v Value),
    /// Not this.
    Not(&'v Value),
    /// A list of these elements in any order.
    Unordered(&'v [Value]),
    /// No value, or a value if it is false.
    Absent(bool),
}

impl<'v> Matcher<'v> {
    /// The matcher that an expected value is; `None` if it is compared literally.
    pub(super) fn of(expected: &'v Value) -> Option<Self> {
        let fields = expected.as_object().filter(|fields| fields.len() == 1)?;
        let (key, value) = fields.iter().next()?;
        Some(match (key.as_str(), value) {
            (PATTERN, Value::String(pattern)) => Self::Matches(pattern),
            ("contains", value) => Self::Contains(value),
            ("not", value) => Self::Not(value),
            ("unordered", Value::Array(values)) => Self::Unordered(values),
            ("absent", Value::Bool(is_absent)) => Self::Absent(*is_absent),
            _ => return None,
        })
    }

    /// The values in it that are compared in their turn.
    fn inner(self) -> Vec<&'v Value> {
        match self {
            Self::Matches(_) | Self::Absent(_) => Vec::new(),
            Self::Contains(value) | Self::Not(value) => vec![value],
            Self::Unordered(values) => values.iter().collect(),
        }
    }
}

/// The elements that a list has to contain: those of a list, or one.
pub(super) fn required_elements(expected: &Value) -> &[Value] {
    match expected {
        Value::Array(values) => values,
        element => std::slice::from_ref(element),
    }
}

/// Whether a string matches a regular expression, anywhere in it.
pub(super) fn is_match(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
}

/// Whether a value is not there: `null`, a list without elements, or a group of options of which none is set.
pub(super) fn is_absent(actual: &Value) -> bool {
    match actual {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.values().all(is_absent),
        _ => false,
    }
}

/// Every pattern in a value that is not a regular expression.
pub(super) fn problems(value: &Value) -> Vec<String> {
    match (Matcher::of(value), value) {
        (Some(Matcher::Matches(pattern)), _) => {
            let error = Regex::new(pattern).err();
            let problem = error.map(|error| format!("invalid regular expression `{pattern}`: {error}"));
            problem.into_iter().collect()
        }
        (Some(matcher), _) => matcher.inner().into_iter().flat_map(problems).collect(),
        (None, Value::Array(values)) => values.iter().flat_map(problems).collect(),
        (None, Value::Object(fields)) => fields.values().flat_map(problems).collect(),
        _ => Vec::new(),
    }
}

/// Pairs each expected element with another actual one that meets it, as far as that is possible. Returns the expected
/// elements and the actual ones that are left.
pub(super) fn pair<'e, 'a>(
    expected: &[&'e Value],
    actual: &'a [Value],
    is_met: impl Fn(&Value, &Value) -> bool,
) -> (Vec<&'e Value>, Vec<&'a Value>) {
    // The expected element of each actual one.
    let mut owners: Vec<Option<usize>> = vec![None; actual.len()];
    let meets: Vec<Vec<usize>> = expected
        .iter()
        .map(|expected| {
            (0..actual.len()).filter(|at| actual.get(*at).is_some_and(|own| is_met(expected, own))).collect()
        })
        .collect();
    let mut missing = Vec::new();
    for (place, element) in expected.iter().copied().enumerate() {
        let mut seen = vec![false; actual.len()];
        if !find_place(place, &meets, &mut owners, &mut seen) {
            missing.push(element);
        }
    }
    let surplus =
        actual.iter().zip(&owners).filter(|(_, owner)| owner.is_none()).map(|(own, _)| own).collect();
    (missing, surplus)
}

/// Gives an actual element to an expected one, where necessary by moving others (an augmenting path).
fn find_place(place: usize, meets: &[Vec<usize>], owners: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for at in meets.get(place).into_iter().flatten().copied() {
        match seen.get_mut(at) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let owner = owners.get(at).copied().flatten();
        if owner.is_none_or(|owner| find_place(owner, meets, owners, seen)) {
            if let Some(owner) = owners.get_mut(at) {
                *owner = Some(place);
            }
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_are_paired_whatever_their_order() {
        let any = |expected: &Value, actual: &Value| expected == "any" || expected == actual;
        let (one, another, twice) = (json!("any"), json!("a"), json!("a"));
        assert_eq!(pair(&[&one, &another], &[json!("a"), json!("b")], any), (vec![], vec![]));
        let actual = [json!("a"), json!("c")];
        let (missing, surplus) = pair(&[&another, &twice], &actual, any);
        assert_eq!((missing, surplus), (vec![&json!("a")], vec![&json!("c")]));
    }

    #[test]
    fn a_group_without_a_value_is_absent() {
        for (value, expected) in [
            (json!(null), true),
            (json!([]), true),
            (json!({"timeout-seconds": null, "tasks": []}), true),
            (json!({"timeout-seconds": 0}), false),
            (json!([{}]), false),
            (json!(""), false),
            (json!(false), false),
        ] {
            assert_eq!(is_absent(&value), expected, "{value}");
        }
    }

    #[test]
    fn another_table_is_no_matcher() {
        for value in
            [json!({}), json!({"matches": 5}), json!({"matches": "a", "not": "b"}), json!({"name": "a"})]
        {
            assert_eq!(Matcher::of(&value), None, "{value}");
        }
        assert_eq!(Matcher::of(&json!({"absent": true})), Some(Matcher::Absent(true)));
    }
}
