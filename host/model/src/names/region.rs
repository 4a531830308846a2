//! AWS regions.

use std::fmt;

use serde::Serialize;

use super::InvalidName;

/// An AWS region, such as `eu-central-1`. Only its form is checked, since AWS adds regions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Region(String);

impl Region {
    /// Parses a region's name.
    ///
    /// # Errors
    /// [`InvalidName`] for a string that is not in the form of a region's name.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        if text.len() <= 32 && text.contains('-') && text.split('-').all(is_word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::new("AWS region", text, "expected a name such as `eu-central-1`"))
        }
    }

    /// The region's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition of AWS that the region is in, as its ARNs name it (the IAM user guide, "Amazon Resource Names").
    #[must_use]
    pub fn partition(&self) -> &'static str {
        match self.0.split_once('-').map_or("", |(area, _)| area) {
            "cn" => "aws-cn",
            _ if self.0.starts_with("us-gov-") => "aws-us-gov",
            _ if self.0.starts_with("us-iso-") => "aws-iso",
            _ if self.0.starts_with("us-isob-") => "aws-iso-b",
            _ if self.0.starts_with("eu-isoe-") => "aws-iso-e",
            _ if self.0.starts_with("us-isof-") => "aws-iso-f",
            "eusc" => "aws-eusc",
            _ => "aws",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_in_one_partition() {
        for (region, partition) in [
            ("eu-central-1", "aws"),
            ("us-east-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(Region::parse(region).unwrap().partition(), partition);
        }
    }
}
