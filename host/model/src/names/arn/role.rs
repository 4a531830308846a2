//! The ARN of an IAM role.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Arn;
use crate::names::InvalidName;

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
///
/// ```
/// use ecs_host_model::names::RoleArn;
///
/// let role = RoleArn::parse("arn:aws:iam::210987654321:role/ci/deploy")?;
/// assert_eq!((role.account(), role.name()), ("210987654321", "deploy"));
/// assert!(RoleArn::parse("deploy").is_err());
/// # Ok::<(), ecs_host_model::names::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleArn {
    text: String,
    account: String,
    name: String,
}

impl RoleArn {
    /// Parses a role's ARN.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        // The characters and the length are those of the IAM API reference, `CreateRole`.
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
        let parts = || {
            let Arn { service: "iam", region: "", account, resource, .. } = Arn::split(text)? else {
                return None;
            };
            let path = resource.strip_prefix("role/")?;
            let is_valid = account.len() == 12
                && account.bytes().all(|b| b.is_ascii_digit())
                && path.chars().all(is_allowed)
                && text.len() <= 2048;
            let name = path.rsplit('/').find(|part| !part.is_empty())?;
            is_valid.then(|| Self {
                text: text.to_owned(),
                account: account.to_owned(),
                name: name.to_owned(),
            })
        };
        let rule = "expected an ARN such as `arn:aws:iam::123456789012:role/deploy`";
        parts().ok_or_else(|| InvalidName::new("IAM role", text, rule))
    }

    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The role's name without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The twelve digits of the role's account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for RoleArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_arn_of_a_role_is_accepted() {
        for good in ["arn:aws:iam::123456789012:role/deploy", "arn:aws-cn:iam::123456789012:role/ci/deploy@x"]
        {
            assert!(RoleArn::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "deploy",
            "arn:aws:iam::123456789012:user/deploy",
            "arn:aws:iam::1:role/deploy",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam:eu-west-1:123456789012:role/deploy",
            "arn:aws:iam::123456789012:role/de ploy\n",
            "arn:aws\rcn:iam::123456789012:role/deploy",
        ] {
            assert!(RoleArn::parse(bad).is_err(), "{bad}");
        }
    }
}
