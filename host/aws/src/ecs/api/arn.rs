//! The ARNs of ECS: `arn:PARTITION:ecs:REGION:ACCOUNT:RESOURCE`.

use model::names::revision;

/// An ARN in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
    /// The kind of resource and its path, such as `cluster/NAME`.
    resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of an ARN of ECS.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        match [(); 6].map(|()| parts.next()) {
            [Some("arn"), Some(partition), Some("ecs"), Some(region), Some(account), Some(resource)] => {
                Some(Self { partition, region, account, resource })
            }
            _ => None,
        }
    }

    /// The account that owns the resource.
    pub(crate) fn account(&self) -> &'a str {
        self.account
    }

    /// The ARN of another resource of the same account and region.
    pub(crate) fn sibling(&self, resource: &str) -> String {
        format!("arn:{}:ecs:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// The last part of the resource's path: the name of a cluster or a service.
    pub(crate) fn name(&self) -> &'a str {
        self.resource.rsplit('/').next().unwrap_or(self.resource)
    }
}

/// A task's id: the last part of its ARN.
pub(crate) fn task_id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The family of a task definition's ARN.
pub(crate) fn family(arn: &str) -> &str {
    revision(arn).rsplit_once(':').map_or("", |(family, _)| family)
}
