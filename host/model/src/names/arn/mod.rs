//! ARNs of ECS and IAM, each parsed once into its parts.
//!
//! | type | ARN |
//! |---|---|
//! | [`TaskDefinitionArn`] | `arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:NUMBER` |
//! | [`ServiceArn`] | `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME` |
//! | [`ServiceDeploymentArn`] | `arn:aws:ecs:REGION:ACCOUNT:service-deployment/CLUSTER/SERVICE/ID` |
//! | [`TaskArn`] | `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID` |
//! | [`RoleArn`] | `arn:aws:iam::ACCOUNT:role/PATH/NAME` |
//! | [`ArnPattern`] | any of what an IAM policy of this program is about, with `*` in its names |
//!
//! Services and tasks that were created before November 2018 may have the short form
//! without the cluster, `service/NAME` and `task/ID` (the ECS developer guide, "Amazon
//! Resource Names (ARNs) and IDs").

mod pattern;
mod role;
mod service;
mod task;
mod task_definition;

use std::fmt;

use super::Region;

pub use pattern::ArnPattern;
pub use role::RoleArn;
pub use service::{ServiceArn, ServiceDeploymentArn};
pub use task::{TaskArn, short_task_id, task_id};
pub(super) use task_definition::parse_number;
pub use task_definition::{TaskDefinitionArn, compare_revisions, short_revision};

/// The part that the ARNs of one region and account in ECS share:
/// `arn:PARTITION:ecs:REGION:ACCOUNT`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EcsScope {
    /// `aws`, `aws-cn`, `aws-us-gov` and the like.
    pub partition: String,
    /// The region.
    pub region: Region,
    /// The account's digits, twelve of them in AWS itself.
    pub account: String,
}

impl fmt::Display for EcsScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:ecs:{}:{}", self.partition, self.region, self.account)
    }
}

/// The six parts of any ARN but its first, `arn` (the IAM user guide, "Amazon Resource Names").
struct Arn<'t> {
    partition: &'t str,
    service: &'t str,
    region: &'t str,
    account: &'t str,
    resource: &'t str,
}

impl<'t> Arn<'t> {
    /// Splits a string. The partition has a valid form; the other parts are not checked.
    fn split(text: &'t str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (Some("arn"), Some(partition)) = (parts.next(), parts.next()) else { return None };
        let [service, region, account, resource] =
            [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let is_partition =
            partition.starts_with("aws") && partition.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        is_partition.then_some(Self { partition, service, region, account, resource })
    }
}

/// The scope of an ARN of ECS, and its resource, such as `service/main/web`.
pub(super) fn split_ecs(text: &str) -> Option<(EcsScope, &str)> {
    split_scoped(text, "ecs")
}

/// The scope of an ARN of a service of AWS, and its resource.
pub(super) fn split_scoped<'t>(text: &'t str, of: &str) -> Option<(EcsScope, &'t str)> {
    let Arn { partition, service, region, account, resource } = Arn::split(text)?;
    let is_account = !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit());
    let region = Region::parse(region).ok()?;
    let scope = EcsScope { partition: partition.to_owned(), region, account: account.to_owned() };
    (service == of && is_account).then_some((scope, resource))
}
