//! Where a target is.

use std::fmt;

use serde::Serialize;

use super::{InvalidName, Region, is_partition};

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
///
/// ```
/// use ecs_host::names::RoleArn;
/// let role = RoleArn::parse("arn:aws:iam::210987654321:role/deploy").unwrap();
/// assert_eq!(role.account(), "210987654321");
/// assert!(RoleArn::parse("deploy").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RoleArn(String);

impl RoleArn {
    /// Checks a role's ARN.
    ///
    /// # Errors
    /// [`InvalidName`] where the text is none.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        // The characters of paths and names are those of the IAM API reference, `CreateRole`.
        let word = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let valid = match parts.as_slice() {
            ["arn", partition, "iam", "", account, resource] => {
                is_partition(partition)
                    && account.len() == 12
                    && account.bytes().all(|b| b.is_ascii_digit())
                    && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
                    && resource.chars().all(word)
            }
            _ => false,
        };
        let rule = "an ARN such as `arn:aws:iam::123456789012:role/deploy`";
        if valid && text.len() <= 2048 {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::new("IAM role", text, rule))
        }
    }

    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The role's own name, without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit(['/', ':']).find(|part| !part.is_empty()).unwrap_or_default()
    }

    /// The account that the role is of.
    #[must_use]
    pub fn account(&self) -> &str {
        self.0.split(':').nth(4).unwrap_or_default()
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a target is: its region, and the role that is assumed to get there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The region.
    pub region: Region,
    /// The role; none for the run's own credentials.
    pub role: Option<RoleArn>,
}

impl Place {
    /// What of it differs from a run of this region with its own credentials,
    /// as it stands behind a name: ` in us-east-1 as 210987654321/deploy`.
    ///
    /// ```
    /// use ecs_host::names::{Place, Region, RoleArn};
    /// let own = Region::parse("eu-central-1").unwrap();
    /// let role = RoleArn::parse("arn:aws:iam::210987654321:role/ci/deploy").unwrap();
    /// assert_eq!(Place { region: own.clone(), role: None }.beside(&own), "");
    /// assert_eq!(Place { region: own.clone(), role: Some(role) }.beside(&own), " as 210987654321/deploy");
    /// ```
    #[must_use]
    pub fn beside(&self, own: &Region) -> String {
        let region = (self.region != *own).then(|| format!(" in {}", self.region));
        let role = self.role.as_ref().map(|role| format!(" as {}/{}", role.account(), role.name()));
        [region, role].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_by_its_whole_arn() {
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
