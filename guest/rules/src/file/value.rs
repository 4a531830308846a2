//! Single values of the file.

use alloc::{borrow::ToOwned, format, string::String};

use toml::de::DeValue;

use crate::problem::quoted;

/// What a value is, in a message. Of a list, it is the first item that is no text.
pub(super) fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.is_empty() => "an empty text".to_owned(),
        DeValue::String(text) if !is_text(text) => "a text with a NUL character".to_owned(),
        DeValue::String(_) => "a text".to_owned(),
        DeValue::Integer(number) => format!("the number {}", quoted(number.as_str()).trim_matches('`')),
        DeValue::Float(number) => format!("the number {}", quoted(number.as_str()).trim_matches('`')),
        DeValue::Boolean(value) => format!("{value}"),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(items) => match items.iter().find(|item| as_text(item.get_ref()).is_none()) {
            Some(item) if item.get_ref().as_array().is_none() => {
                format!("{} in a list", found(item.get_ref()))
            }
            _ => "a list".to_owned(),
        },
        DeValue::Table(_) => "one table".to_owned(),
    }
}

/// A text that is not empty.
pub(super) fn as_text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty() && is_text(text)).map(ToOwned::to_owned)
}

/// Neither a command line nor an environment can contain a NUL character.
pub(super) fn is_text(text: &str) -> bool {
    !text.contains('\0')
}
