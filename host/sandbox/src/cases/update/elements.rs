//! Removing an element of an array, and inserting one, so that line breaks and comments stay where they are.
//!
//! In the document, what follows a comma on its line precedes the next element, or the closing bracket.

use toml_edit::{Array, RawString, Value};

/// Removes an element, with the comment behind it on its line.
pub(super) fn remove(array: &mut Array, index: usize) {
    let removed = array.remove(index);
    let before = text(removed.decor().prefix());
    let (same_line, _) = split(&before);
    if let Some(next) = array.get_mut(index) {
        let after = text(next.decor().prefix());
        let (_, rest) = split(&after);
        // On one line, the space after the opening bracket is that of the first element.
        let prefix = if rest.is_empty() { before } else { format!("{same_line}{rest}") };
        next.decor_mut().set_prefix(prefix);
    } else if array.trailing_comma() {
        let after = text(Some(array.trailing()));
        let (_, rest) = split(&after);
        array.set_trailing(if rest.is_empty() { after } else { format!("{same_line}{rest}") });
    } else if let Some(last) = index.checked_sub(1).and_then(|last| array.get_mut(last)) {
        let (own, end) = (text(last.decor().suffix()), text(removed.decor().suffix()));
        let same_line = if before.contains('\n') { same_line } else { "" };
        last.decor_mut().set_suffix(format!("{own}{same_line}{end}"));
    }
}

/// Inserts an element in the style of the others.
pub(super) fn insert(array: &mut Array, index: usize, mut value: Value) {
    let style = array.get(index.saturating_sub(1)).or(array.get(0));
    let indent = style.map(|value| text(value.decor().prefix())).unwrap_or_default();
    let new_line = indent.rfind('\n').and_then(|at| indent.get(at..)).map(str::to_owned);
    let is_first = index == 0;
    let is_last = index == array.len();
    let prefix = match (&new_line, is_last) {
        (None, _) if is_first => indent.clone(),
        (None, _) => " ".to_owned(),
        // The comment of the element before is in front of the closing bracket.
        (Some(new_line), true) if array.trailing_comma() => {
            let after = text(Some(array.trailing()));
            let (same_line, rest) = split(&after);
            let (same_line, rest) = (same_line.to_owned(), rest.to_owned());
            array.set_trailing(rest);
            format!("{same_line}{new_line}")
        }
        (Some(new_line), true) => {
            let last = array.len().checked_sub(1).and_then(|last| array.get_mut(last));
            let suffix = last.map(|last| {
                let suffix = text(last.decor().suffix());
                last.decor_mut().set_suffix("");
                suffix
            });
            value.decor_mut().set_suffix(suffix.unwrap_or_default());
            new_line.clone()
        }
        (Some(new_line), false) => {
            let next = array.get_mut(index);
            let same_line = next.map(|next| {
                let before = text(next.decor().prefix());
                let (same_line, rest) = split(&before);
                let (same_line, rest) = (same_line.to_owned(), rest.to_owned());
                next.decor_mut().set_prefix(rest);
                same_line
            });
            format!("{}{new_line}", same_line.unwrap_or_default())
        }
    };
    if new_line.is_none() {
        if let Some(next) = array.get_mut(index).filter(|_| is_first) {
            next.decor_mut().set_prefix(" ");
        } else if is_last && let Some(last) = index.checked_sub(1).and_then(|last| array.get_mut(last)) {
            let suffix = text(last.decor().suffix());
            last.decor_mut().set_suffix("");
            value.decor_mut().set_suffix(suffix);
        }
    }
    value.decor_mut().set_prefix(prefix);
    array.insert_formatted(index, value);
}

/// The part up to the first line break, and the rest.
fn split(text: &str) -> (&str, &str) {
    text.split_at(text.find('\n').unwrap_or(text.len()))
}

fn text(raw: Option<&RawString>) -> String {
    raw.and_then(RawString::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use toml_edit::DocumentMut;

    use super::*;

    fn changed(text: &str, change: impl FnOnce(&mut Array)) -> String {
        let mut document: DocumentMut = format!("a = {text}\n").parse().unwrap();
        change(document["a"].as_array_mut().unwrap());
        let text = document.to_string();
        text.parse::<DocumentMut>().unwrap();
        text.strip_prefix("a = ").unwrap().trim_end().to_owned()
    }

    #[test]
    fn an_inserted_element_has_the_style_of_the_others() {
        for (before, index, after) in [
            ("[1, 2]", 0, "[9, 1, 2]"),
            ("[1, 2]", 1, "[1, 9, 2]"),
            ("[1, 2]", 2, "[1, 2, 9]"),
            ("[ 1, 2 ]", 2, "[ 1, 2, 9 ]"),
            ("[ 1 ]", 0, "[ 9, 1 ]"),
            ("[\n  1, # one\n  2, # two\n]", 1, "[\n  1, # one\n  9,\n  2, # two\n]"),
            ("[\n  1, # one\n  2, # two\n]", 2, "[\n  1, # one\n  2, # two\n  9,\n]"),
            ("[\n  # one\n  1,\n  2\n]", 0, "[\n  9,\n  # one\n  1,\n  2\n]"),
            ("[\n  1,\n  2\n]", 2, "[\n  1,\n  2,\n  9\n]"),
        ] {
            assert_eq!(changed(before, |array| insert(array, index, Value::from(9))), after, "{before}");
        }
    }

    #[test]
    fn a_removed_element_takes_its_own_comment_along() {
        for (before, index, after) in [
            ("[1, 2, 3]", 0, "[2, 3]"),
            ("[1, 2, 3]", 2, "[1, 2]"),
            ("[ 1, 2 ]", 1, "[ 1 ]"),
            ("[\n  1, # one\n  2, # two\n  3, # three\n]", 1, "[\n  1, # one\n  3, # three\n]"),
            ("[\n  1, # one\n  2, # two\n]", 1, "[\n  1, # one\n]"),
            ("[\n  1, # one\n  2, # two\n]", 0, "[\n  2, # two\n]"),
            ("[\n  1,\n  2\n]", 1, "[\n  1\n]"),
        ] {
            assert_eq!(changed(before, |array| remove(array, index)), after, "{before}");
        }
    }
}
