//! The values of a diff as people read them. The exact ones are in the JSON of the plan.

use serde_json::Value;

use model::text::{is_invisible, printable};

/// The digits of a digest that are shown.
const DIGEST_DIGITS: usize = 12;

/// The characters around a difference that are shown, at least, of what two values have in common.
const CONTEXT: usize = 16;

/// What replaces what two values have in common.
const OMITTED: &str = "…";

/// The text of a value without objects: a string without quotes, unless it would be ambiguous.
pub(super) fn value_text(value: &Value) -> String {
    let is_plain = |text: &str| !text.is_empty() && text.trim() == text && !text.contains(is_invisible);
    match value {
        Value::String(text) if is_plain(text) => printable(text),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(Value::to_string).collect();
            printable(&format!("[{}]", elements.join(", ")))
        }
        other => printable(&other.to_string()),
    }
}

/// A text in which digests have their first digits only.
pub(in crate::output) fn shorten_digests(text: &str) -> String {
    const PREFIX: &str = "sha256:";
    const LENGTH: usize = 64;
    let mut shortened = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(PREFIX) {
        shortened.push_str(before);
        shortened.push_str(PREFIX);
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        let (shown, end) = if digits == LENGTH { (DIGEST_DIGITS, LENGTH) } else { (0, 0) };
        shortened.push_str(after.get(..shown).unwrap_or_default());
        shortened.push_str(if shown > 0 { OMITTED } else { "" });
        rest = after.get(end..).unwrap_or_default();
    }
    shortened.push_str(rest);
    shortened
}

/// Both values with short digests, unless the difference would be lost.
pub(super) fn shorten_pair(before: &str, after: &str) -> (String, String) {
    let (short_before, short_after) = (shorten_digests(before), shorten_digests(after));
    if short_before == short_after {
        return (before.to_owned(), after.to_owned());
    }
    (short_before, short_after)
}

/// Both values without most of what they have in common at their start and at their end. What differs stays whole.
pub(super) fn omit_common(before: &str, after: &str) -> (String, String) {
    if before == after {
        return (before.to_owned(), after.to_owned());
    }
    let common = |one: &mut dyn Iterator<Item = char>, other: &mut dyn Iterator<Item = char>| {
        one.zip(other).take_while(|(one, other)| one == other).count()
    };
    let start = common(&mut before.chars(), &mut after.chars());
    let shortest = before.chars().count().min(after.chars().count());
    let end = common(&mut before.chars().rev(), &mut after.chars().rev()).min(shortest - start);
    let omit = |text: &str| {
        let characters: Vec<char> = text.chars().collect();
        let from = context_start(&characters, start);
        let until = characters.len() - end.saturating_sub(CONTEXT);
        let middle: String = characters.get(from..until).unwrap_or_default().iter().collect();
        let omitted = |count: usize| if count > OMITTED.len() { OMITTED } else { "" };
        match (from, characters.len() - until) {
            // Nothing is gained.
            (from, rest) if from + rest <= CONTEXT => text.to_owned(),
            (from, rest) => format!("{}{middle}{}", omitted(from), omitted(rest)),
        }
    };
    (omit(before), omit(after))
}

/// Where the context before a difference begins: at the last slash of a path, if that is near.
fn context_start(characters: &[char], difference: usize) -> usize {
    const MAX_PATH: usize = 40;
    let common = characters.get(..difference).unwrap_or_default();
    let slash = common.iter().rposition(|c| *c == '/');
    match slash.filter(|slash| difference - slash <= MAX_PATH) {
        Some(slash) => slash,
        None => difference.saturating_sub(CONTEXT),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_has_quotes_only_where_it_would_be_ambiguous() {
        for (value, text) in [
            (json!("a b"), "a b"),
            (json!(""), "\"\""),
            (json!(" a"), "\" a\""),
            (json!("a\nb"), r#""a\nb""#),
            (json!(true), "true"),
            (json!(["serve", "--port=80"]), r#"["serve", "--port=80"]"#),
            (json!([]), "[]"),
            (json!({}), "{}"),
        ] {
            assert_eq!(value_text(&value), text);
        }
    }

    #[test]
    fn a_digest_is_shortened_unless_the_difference_would_be_lost() {
        let digest = |digit: char| format!("r@sha256:{}", digit.to_string().repeat(64));
        assert_eq!(shorten_digests(&digest('a')), "r@sha256:aaaaaaaaaaaa…");
        assert_eq!(shorten_digests("sha256:POLICY sha256:ab"), "sha256:POLICY sha256:ab");
        let (before, after) =
            (digest('a'), digest('a').replace(&"a".repeat(64), &format!("{}b", "a".repeat(63))));
        assert_eq!(shorten_pair(&before, &after), (before.clone(), after.clone()));
        assert_eq!(shorten_pair(&before, &digest('b')).1, "r@sha256:bbbbbbbbbbbb…");
    }

    #[test]
    fn what_differs_is_never_omitted() {
        let arn = |account: &str, name: &str| {
            format!("arn:aws:secretsmanager:eu-west-1:{account}:secret:{name}-AbCdEf:password::")
        };
        let (before, after) = omit_common(&arn("123456789012", "db"), &arn("210987654321", "db"));
        assert_eq!(before, "…nager:eu-west-1:123456789012:secret:db-AbCdE…");
        assert_eq!(after, "…nager:eu-west-1:210987654321:secret:db-AbCdE…");
        let image = |tag: &str| format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web{tag}");
        let (before, after) = omit_common(&image(":master"), &image("@<digest of the push>"));
        assert_eq!((before.as_str(), after.as_str()), ("…/web:master", "…/web@<digest of the push>"));
        // A host that differs stays.
        let (before, after) = omit_common("good.example/web:1", "evil.example/web:1");
        assert_eq!((before.as_str(), after.as_str()), ("good.example/web:1", "evil.example/web:1"));
        assert_eq!(omit_common("same", "same"), ("same".to_owned(), "same".to_owned()));
        assert_eq!(omit_common("aaa", "aaaa"), ("aaa".to_owned(), "aaaa".to_owned()));
    }
}
