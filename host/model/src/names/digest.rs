//! Digests of contents.

use std::fmt;
use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::InvalidName;

/// The SHA-256 digest of an image, an artifact or a policy: `sha256:` and 64 of `0-9 a-f`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Digest(String);

impl Digest {
    /// Parses a digest.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text, another algorithm included.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        match text.strip_prefix("sha256:") {
            Some(digits) if digits.len() == 64 && digits.chars().all(is_hex) => Ok(Self(text.to_owned())),
            _ => Err(InvalidName::new(
                "digest",
                text,
                "expected `sha256:` and 64 lower-case hexadecimal digits",
            )),
        }
    }

    /// Computes the digest of these bytes.
    #[must_use]
    pub fn sha256(bytes: &[u8]) -> Self {
        let mut text = String::from("sha256:");
        for byte in Sha256::digest(bytes) {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The digest's text, `sha256:` included.
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
