//! Values that are hardly what was meant.

/// Whether a value is a list without an item: separators, as if the variables between them were not set.
#[must_use]
pub fn is_empty_list(value: &str) -> bool {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | ':');
    value.chars().all(is_separator) && !value.trim().is_empty()
}

/// Whether a value is in quotation marks, as if a shell were to read it. CI systems and files of variables pass them on.
#[must_use]
pub fn is_quoted(value: &str) -> bool {
    ['"', '\''].into_iter().any(|mark| value.len() > 1 && value.starts_with(mark) && value.ends_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_separators_alone_is_an_empty_list() {
        for (value, expected) in [
            (",,,", true),
            (" , ;\n", true),
            ("|", true),
            (" ", false),
            ("a,", false),
            (".", false),
            ("/", false),
        ] {
            assert_eq!(is_empty_list(value), expected, "{value}");
        }
    }

    #[test]
    fn a_value_is_quoted_if_the_same_mark_begins_and_ends_it() {
        for (value, expected) in [
            ("\"a b\"", true),
            ("'a'", true),
            ("\"\"", true),
            ("\"", false),
            ("\"a'", false),
            ("a\"b\"", false),
        ] {
            assert_eq!(is_quoted(value), expected, "{value}");
        }
    }
}
