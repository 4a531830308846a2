//! The ARN of an IAM role.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Arn, EcsScope};
use crate::names::InvalidName;

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
///
/// ```
/// use ecs_host_model::names::RoleArn;
///
/// let role = RoleArn::parse("arn:aws:iam::210987654321:role/ci/deploy")?;
/// assert_eq!((role.account(), role.path(), role.name()), ("210987654321", "/ci/", "deploy"));
/// assert!(RoleArn::parse("deploy").is_err());
/// # Ok::<(), ecs_host_model::names::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleArn {
    text: String,
    account: String,
    path: String,
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
            let resource = resource.strip_prefix("role/")?;
            let (folders, name) = resource.rsplit_once('/').unwrap_or(("", resource));
            let is_valid = account.len() == 12
                && account.bytes().all(|b| b.is_ascii_digit())
                && resource.chars().all(is_allowed)
                && !resource.starts_with('/')
                && !name.is_empty()
                && text.len() <= 2048;
            let path = if folders.is_empty() { "/".to_owned() } else { format!("/{folders}/") };
            is_valid.then(|| Self {
                text: text.to_owned(),
                account: account.to_owned(),
                path,
                name: name.to_owned(),
            })
        };
        parts().ok_or_else(|| invalid(text))
    }

    /// Parses the role of a task definition: its ARN, or its name, which is that of a role without a path in the account
    /// of the task definition (the ECS API reference, `RegisterTaskDefinition`).
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse_in(scope: &EcsScope, text: &str) -> Result<Self, InvalidName> {
        if text.starts_with("arn:") {
            return Self::parse(text);
        }
        let arn = format!("arn:{}:iam::{}:role/{text}", scope.partition, scope.account);
        Self::parse(&arn).ok().filter(|role| role.name == text).ok_or_else(|| invalid(text))
    }

    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The role's path, as `CreateRole` of IAM accepts it: `/` for a role without one, `/ci/` for `role/ci/deploy`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
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

fn invalid(text: &str) -> InvalidName {
    InvalidName::new("IAM role", text, "expected an ARN such as `arn:aws:iam::123456789012:role/deploy`")
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
    use crate::names::TaskDefinitionArn;

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
            "arn:aws:iam::123456789012:role/ci/",
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam:eu-west-1:123456789012:role/deploy",
            "arn:aws:iam::123456789012:role/de ploy\n",
            "arn:aws\rcn:iam::123456789012:role/deploy",
        ] {
            assert!(RoleArn::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_role_of_a_task_definition_may_be_its_name() {
        let arn = "arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/web:1";
        let scope = TaskDefinitionArn::parse(arn).unwrap().scope().clone();
        let role = RoleArn::parse_in(&scope, "web").unwrap();
        assert_eq!(role.as_str(), "arn:aws-cn:iam::123456789012:role/web");
        assert_eq!(RoleArn::parse_in(&scope, role.as_str()), Ok(role));
        for text in ["", "*", "web*", "a/web", "arn:aws:iam::123456789012:role/*"] {
            assert!(RoleArn::parse_in(&scope, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_begins_and_ends_with_a_slash() {
        for (resource, path, name) in
            [("deploy", "/", "deploy"), ("ci/deploy", "/ci/", "deploy"), ("a/b/deploy", "/a/b/", "deploy")]
        {
            let role = RoleArn::parse(&format!("arn:aws:iam::123456789012:role/{resource}")).unwrap();
            assert_eq!((role.path(), role.name()), (path, name));
        }
    }
}
