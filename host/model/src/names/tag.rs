//! Tags of images.

use serde::Serialize;

use super::InvalidName;

/// The tag of an image: at most 128 of `A-Z a-z 0-9 _ . -`, and neither `.` nor `-` first
/// (the OCI distribution specification, "Pulling manifests").
///
/// ```
/// use ecs_host_model::names::Tag;
///
/// assert!(Tag::parse("feature-x-1").is_ok());
/// assert!(Tag::parse("feature/x-1").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tag(String);

impl Tag {
    /// Parses a tag.
    ///
    /// # Errors
    /// [`InvalidName`] if the text breaks the grammar.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_valid = text.len() <= 128
            && text.starts_with(is_word)
            && text.chars().all(|c| is_word(c) || c == '.' || c == '-');
        let rule = "expected 1 to 128 letters, digits, _ . or -, and neither . nor - first";
        if is_valid { Ok(Self(text.to_owned())) } else { Err(InvalidName::new("image tag", text, rule)) }
    }

    /// The tag's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_follows_the_grammar_of_the_registry() {
        for good in ["master", "_x", "1.0-rc.1", "A", &"a".repeat(128)] {
            assert!(Tag::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".x", "-x", "a/b", "a b", "--privileged", "é", "a\n", &"a".repeat(129)] {
            assert!(Tag::parse(bad).is_err(), "{bad}");
        }
    }
}
