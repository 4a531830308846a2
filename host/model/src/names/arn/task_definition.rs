//! The ARN of a revision of a task definition.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

use super::{EcsScope, split_ecs};
use crate::names::{InvalidName, Region, parse_ecs_name};

/// The ARN of a revision of a task definition:
/// `arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:NUMBER`.
///
/// ```
/// use ecs_host_model::names::TaskDefinitionArn;
///
/// let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:9";
/// let arn = TaskDefinitionArn::parse(arn)?;
/// assert_eq!((arn.family(), arn.number(), arn.account()), ("web", 9, "123456789012"));
/// assert_eq!(arn.revision(), "web:9");
/// assert!(TaskDefinitionArn::parse("web:9").is_err());
/// # Ok::<(), ecs_host_model::names::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskDefinitionArn {
    scope: EcsScope,
    family: String,
    number: u32,
}

impl TaskDefinitionArn {
    /// Parses the ARN of one revision.
    ///
    /// # Errors
    /// [`InvalidName`] for anything else, the ARN of a family without a revision included.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let parts = || {
            let (scope, resource) = split_ecs(text)?;
            let (family, number) = resource.strip_prefix("task-definition/")?.split_once(':')?;
            let family = parse_ecs_name("task definition family", family).ok()?;
            Some(Self { scope, family, number: parse_number(number)? })
        };
        let rule = "expected an ARN such as `arn:aws:ecs:eu-central-1:123456789012:task-definition/web:7`";
        parts().ok_or_else(|| InvalidName::new("task definition ARN", text, rule))
    }

    /// Its partition, region and account.
    #[must_use]
    pub fn scope(&self) -> &EcsScope {
        &self.scope
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.scope.region
    }

    /// The account's digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.scope.account
    }

    /// The family.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The number of the revision within its family, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The short form for people, `family:number`. The ECS console and the AWS CLI use it, too.
    #[must_use]
    pub fn revision(&self) -> String {
        format!("{}:{}", self.family, self.number)
    }

    /// Another revision of the same family, region and account.
    #[must_use]
    pub fn with_number(&self, number: u32) -> Self {
        Self { number, ..self.clone() }
    }

    /// How the numbers of two revisions compare; `None` for two families.
    #[must_use]
    pub fn compare_revisions(&self, other: &Self) -> Option<Ordering> {
        let is_same_family = self.scope == other.scope && self.family == other.family;
        is_same_family.then(|| self.number.cmp(&other.number))
    }
}

impl fmt::Display for TaskDefinitionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:task-definition/{}:{}", self.scope, self.family, self.number)
    }
}

impl Serialize for TaskDefinitionArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The number of a revision: decimal digits, from 1.
pub(in crate::names) fn parse_number(text: &str) -> Option<u32> {
    let is_decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|number| is_decimal && *number > 0)
}

/// The short form, `family:7`, of a task definition's ARN as an API returned it. A text that is
/// no ARN is returned as it is, so that a message can show it.
#[must_use]
pub fn short_revision(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// [`TaskDefinitionArn::compare_revisions`] of two ARNs as an API returned them; `None` if
/// either of them is invalid.
///
/// ```
/// use ecs_host_model::names::compare_revisions;
///
/// let arn = |name: &str| format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}");
/// assert!(compare_revisions(&arn("web:10"), &arn("web:9")).is_some_and(|order| order.is_gt()));
/// assert_eq!(compare_revisions(&arn("web:10"), &arn("api:9")), None);
/// ```
#[must_use]
pub fn compare_revisions(one: &str, other: &str) -> Option<Ordering> {
    let [one, other] = [one, other].map(|arn| TaskDefinitionArn::parse(arn).ok());
    one?.compare_revisions(&other?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_formatted_as_it_was_read() {
        for arn in [
            "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7",
            "arn:aws-us-gov:ecs:us-gov-west-1:123456789012:task-definition/a_b-C:4294967295",
        ] {
            assert_eq!(TaskDefinitionArn::parse(arn).unwrap().to_string(), arn);
        }
    }

    #[test]
    fn another_resource_or_an_invalid_number_is_rejected() {
        for arn in [
            "",
            "web:7",
            "arn:aws:ecs:eu-west-1:1:task/web:7",
            "arn:aws:ecs:eu-west-1:1:task-definition/web",
            "arn:aws:ecs:eu-west-1:1:task-definition/web:0",
            "arn:aws:ecs:eu-west-1:1:task-definition/web:+7",
            "arn:aws:ecs:eu-west-1:1:task-definition/web:4294967296",
            "arn:aws:ecs:eu-west-1:1:task-definition/a/web:7",
            "arn:aws:ecs:eu-west-1::task-definition/web:7",
            "arn:aws:ecs::1:task-definition/web:7",
            "arn:aws:iam:eu-west-1:1:task-definition/web:7",
            "arn:a\nws:ecs:eu-west-1:1:task-definition/web:7",
        ] {
            assert!(TaskDefinitionArn::parse(arn).is_err(), "{arn}");
        }
    }

    #[test]
    fn revisions_of_two_accounts_have_no_order() {
        let arn = |account| format!("arn:aws:ecs:eu-west-1:{account}:task-definition/web:7");
        assert_eq!(compare_revisions(&arn(1), &arn(1)), Some(Ordering::Equal));
        assert_eq!(compare_revisions(&arn(1), &arn(2)), None);
        assert_eq!(compare_revisions("web:7", "web:8"), None);
    }
}
