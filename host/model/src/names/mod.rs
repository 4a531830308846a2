//! The grammars of the names that a deployment is made of.
//!
//! A value of one of these types has been checked once, where it came in, and
//! is valid from there on. The stages share them, so they belong to none.

mod artifact;
mod near;
mod place;
mod repository;
mod resource;
mod revision;

use std::fmt;
use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::text::{CUT, is_unseen, printable};

pub use artifact::Artifact;
pub use near::near;
pub use place::{Place, RoleArn};
pub use repository::{EcrRegistry, Repository};
pub use resource::{EcsResource, short_task_id};
pub use revision::{RevisionName, compared, numbered};

/// A text that is no valid name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no valid {kind}: {rule}", shown(text))]
pub struct InvalidName {
    /// What the text should have been, such as `image tag`.
    pub kind: &'static str,
    /// The text as it came.
    pub text: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

/// The beginning of a text, on one line: what is no name can be of any length.
fn shown(text: &str) -> String {
    const SHOWN: usize = 200;
    let start: String = text.chars().take(SHOWN).collect();
    let rest = if start.len() < text.len() { CUT } else { "" };
    format!("{}{rest}", printable(&start.escape_debug().to_string()))
}

impl InvalidName {
    pub fn new(kind: &'static str, text: &str, rule: &'static str) -> Self {
        Self { kind, text: text.to_owned(), rule }
    }
}

/// The tag of an image: at most 128 of `A-Z a-z 0-9 _ . -`, not starting with
/// `.` or `-` (the OCI distribution specification, "Pulling manifests").
///
/// ```
/// use ecs_host::names::Tag;
/// assert!(Tag::parse("feature-x-1").is_ok());
/// assert!(Tag::parse("feature/x-1").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Tag(String);

impl Tag {
    /// Checks a tag.
    ///
    /// # Errors
    /// [`InvalidName`] where the text breaks the grammar.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let rule = "1 to 128 of A-Z a-z 0-9 _ . -, and neither `.` nor `-` first";
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let valid = text.len() <= 128
            && text.starts_with(word)
            && text.chars().all(|c| word(c) || c == '.' || c == '-');
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidName::new("image tag", text, rule)) }
    }

    /// The tag's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A content digest, `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Digest(String);

impl Digest {
    /// Checks a digest.
    ///
    /// # Errors
    /// [`InvalidName`] where the text is no SHA-256 digest.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        match text.strip_prefix("sha256:") {
            Some(rest) if rest.len() == 64 && rest.chars().all(hex) => Ok(Self(text.to_owned())),
            _ => Err(InvalidName::new("digest", text, "`sha256:` and 64 of 0-9 a-f")),
        }
    }

    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = String::from("sha256:");
        for byte in Sha256::digest(bytes) {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The digest's text, with its `sha256:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An AWS region, such as `eu-central-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Region(String);

impl Region {
    /// Checks a region's shape; whether it exists only AWS knows.
    ///
    /// # Errors
    /// [`InvalidName`] where no region has that shape.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let valid = text.len() <= 32
            && text.contains('-')
            && text
                .split('-')
                .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::new("AWS region", text, "a name such as `eu-central-1`"))
        }
    }

    /// The region's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is a partition of AWS's in an ARN, such as `aws` or `aws-us-gov`.
fn is_partition(text: &str) -> bool {
    text.starts_with("aws") && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// Checks the name of a cluster, a service, a container or a task definition
/// family: letters, digits, `_` and `-`, 255 at most (the ECS API reference,
/// `CreateCluster`, `CreateService`, `RegisterTaskDefinition`).
///
/// # Errors
/// [`InvalidName`] where the text breaks that rule.
pub fn ecs_name(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let valid = !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if valid { Ok(text.to_owned()) } else { Err(InvalidName::new(kind, text, "1 to 255 of A-Z a-z 0-9 _ -")) }
}

/// The part of a task definition's ARN that people know it by: `family:7`.
#[must_use]
pub fn revision(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Checks a path of a build: relative, inside the working directory, and no
/// text that a command line could take for an option.
///
/// # Errors
/// [`InvalidName`] where the path leaves the working directory.
pub fn build_path(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let valid = !text.is_empty()
        && !text.starts_with(['/', '-', '~'])
        && !text.contains("://")
        && !text.contains(|c: char| is_unseen(c) || c == '\\')
        && text.split('/').all(|part| part != "..");
    if valid {
        Ok(text.to_owned())
    } else {
        Err(InvalidName::new(kind, text, "a relative path inside the working directory"))
    }
}

/// Checks an environment variable's name as a container or a build takes it.
///
/// # Errors
/// [`InvalidName`] where the text is no variable's name.
pub fn variable(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let valid = !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if valid {
        Ok(text.to_owned())
    } else {
        Err(InvalidName::new(kind, text, "letters, digits and _, no digit first"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_the_grammar_of_the_registry() {
        for good in ["master", "_x", "1.0-rc.1", "A", &"a".repeat(128)] {
            assert!(Tag::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".x", "-x", "a/b", "a b", "--privileged", "é", "a\n", &"a".repeat(129)] {
            assert!(Tag::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_stays_in_the_working_directory() {
        for good in [".", "web", "./web/api"] {
            assert!(build_path("build context", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/",
            "..",
            "web/../..",
            "-",
            "--privileged",
            "https://h.example/x.git",
            "~",
            "a\nb",
            "a\u{2028}b",
        ] {
            assert!(build_path("build context", bad).is_err(), "{bad}");
        }
    }
}
