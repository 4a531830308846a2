//! The resources that an IAM policy names.

use super::{Arn, EcsScope, split_scoped};
use crate::decision::{EventRuleName, ScheduleName, ServiceName};
use crate::names::InvalidName;

/// The ARN of a resource in the statement of an IAM policy. `*` and `?` in its names stand for other characters, as IAM
/// reads them (the IAM user guide, "IAM JSON policy elements: Resource").
///
/// ```
/// use ecs_host_model::names::ArnPattern;
///
/// let arn = "arn:aws:ecs:eu-west-1:123456789012:service/shop-*/web";
/// let ArnPattern::Service(scope, name) = ArnPattern::parse(arn)? else { panic!("a service") };
/// assert_eq!((scope.account.as_str(), name.cluster.as_str()), ("123456789012", "shop-*"));
/// assert!(ArnPattern::parse("arn:aws:s3:::bucket").is_err());
/// # Ok::<(), ecs_host_model::names::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArnPattern {
    /// A service of ECS.
    Service(EcsScope, ServiceName),
    /// A cluster of ECS.
    Cluster(EcsScope, String),
    /// A family of task definitions; the number of a revision is left out.
    Family(EcsScope, String),
    /// A repository of Amazon ECR.
    Repository(EcsScope, String),
    /// A log group of CloudWatch.
    LogGroup(EcsScope, String),
    /// A schedule of EventBridge Scheduler.
    Schedule(EcsScope, ScheduleName),
    /// A rule of EventBridge.
    EventRule(EcsScope, EventRuleName),
    /// The ARN of an IAM role.
    Role(String),
}

impl ArnPattern {
    /// Parses an ARN.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text, and for the ARN of another kind of resource.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let rule = "expected the ARN of a service, cluster, task definition, ECR repository, role, log group, \
                    schedule or event rule, with its account, its region and the partition of the region";
        // 2,048 characters are the most of an ARN in IAM.
        let is_valid = text.len() <= 2048 && text.chars().all(is_allowed);
        let parsed = is_valid.then(|| Self::split(text)).flatten();
        parsed.ok_or_else(|| InvalidName::new("ARN", text, rule))
    }

    fn split(text: &str) -> Option<Self> {
        let Arn { service, region, account, resource, .. } = Arn::split(text)?;
        if service == "iam" {
            let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
            let name = resource.strip_prefix("role/").filter(|name| !name.is_empty())?;
            let is_role =
                region.is_empty() && is_account && !name.ends_with('/') && !name.contains([':', '#']);
            return is_role.then(|| Self::Role(text.to_owned()));
        }
        let (scope, resource) = split_scoped(text, service)?;
        if scope.partition != scope.region.partition() || scope.account.len() != 12 {
            return None;
        }
        if service == "logs" {
            let name = resource.strip_prefix("log-group:")?;
            let name = name.strip_suffix(":*").unwrap_or(name);
            return is_name(name, &['/', '.', '#']).then(|| Self::LogGroup(scope, name.to_owned()));
        }
        let (kind, name) = resource.split_once('/')?;
        let simple = |name: &str| is_name(name, &[]).then(|| name.to_owned());
        Some(match (service, kind) {
            ("ecs", "service") => {
                let (cluster, service) = name.split_once('/')?;
                Self::Service(scope, ServiceName { cluster: simple(cluster)?, service: simple(service)? })
            }
            ("ecs", "cluster") => Self::Cluster(scope, simple(name)?),
            ("ecs", "task-definition") => {
                let family = name.split_once(':').map_or(name, |(family, _)| family);
                Self::Family(scope, simple(family)?)
            }
            ("ecr", "repository") => {
                Self::Repository(scope, is_name(name, &['/', '.']).then(|| name.to_owned())?)
            }
            ("scheduler", "schedule") => {
                let (group, schedule) = name.split_once('/')?;
                let is_valid = is_name(group, &['.']) && is_name(schedule, &['.']);
                let name = ScheduleName { group: group.to_owned(), schedule: schedule.to_owned() };
                is_valid.then_some(Self::Schedule(scope, name))?
            }
            ("events", "rule") => {
                let (bus, rule) = name.rsplit_once('/').unwrap_or(("default", name));
                let is_valid = is_name(bus, &['.', '/']) && is_name(rule, &['.']);
                let name = EventRuleName { bus: bus.to_owned(), rule: rule.to_owned() };
                is_valid.then_some(Self::EventRule(scope, name))?
            }
            _ => return None,
        })
    }
}

/// Whether an ARN or a pattern of one may contain a character. Quotation marks and invisible characters are none.
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-/:*?#".contains(c)
}

fn is_name(text: &str, further: &[char]) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-*?".contains(c) || further.contains(&c);
    !text.is_empty() && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_of_a_kind_that_a_policy_names() {
        for arn in [
            "arn:aws:ecs:eu-west-1:123456789012:service/main/*",
            "arn:aws:ecs:eu-west-1:123456789012:cluster/main",
            "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7",
            "arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/web",
            "arn:aws-us-gov:ecs:us-gov-west-1:123456789012:service/main/web",
            "arn:aws:logs:eu-west-1:123456789012:log-group:/shop/web:*",
            "arn:aws:scheduler:eu-west-1:123456789012:schedule/jobs/report",
            "arn:aws:events:eu-west-1:123456789012:rule/order",
            "arn:aws:events:eu-west-1:123456789012:rule/orders/order",
            "arn:aws:iam::123456789012:role/ci/web-*",
        ] {
            assert!(ArnPattern::parse(arn).is_ok(), "{arn}");
        }
    }

    #[test]
    fn another_text_is_rejected() {
        for arn in [
            "",
            "web",
            "arn:aws:ecs:eu-west-1:*:service/main/web",
            "arn:aws:ecs:*:123456789012:service/main/web",
            "arn:aws:ecs:eu-west-1:123456789012:service/web",
            "arn:aws:ecs:eu-west-1:123456789012:service/main/web\",\"*",
            "arn:aws:ecs:eu-west-1:123456789012:task/main/1",
            "arn:aws:iam::123456789012:user/ci",
            "arn:aws:iam::1:role/x",
            "arn:aws:iam::123456789012:role/a#b",
            "arn:aws:iam::123456789012:role/ci/",
            "arn:aws:ecs:eu-west-1:1:service/main/web",
            "arn:aws:ecs:cn-north-1:123456789012:service/main/web",
            "arn:aws-cn:ecs:us-gov-west-1:123456789012:service/main/web",
            "arn:aws-us-gov:ecs:eu-west-1:123456789012:service/main/web",
            "arn:aws:s3:::bucket",
            "*",
        ] {
            assert!(ArnPattern::parse(arn).is_err(), "{arn}");
        }
    }
}
