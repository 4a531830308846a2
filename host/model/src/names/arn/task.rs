//! The ARN and the id of a task.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{EcsScope, split_ecs};
use crate::names::{InvalidName, parse_ecs_name};

/// The ARN of a task: `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`, or the short form of
/// before 2018 without the cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskArn {
    /// Partition, region and account.
    pub scope: EcsScope,
    /// The cluster's short name; none in the short form.
    pub cluster: Option<String>,
    /// The task's id.
    pub id: String,
}

impl TaskArn {
    /// Parses either form.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let parts = || {
            let (scope, resource) = split_ecs(text)?;
            let path = resource.strip_prefix("task/")?;
            let (cluster, id) = match path.split_once('/') {
                Some((cluster, id)) => (Some(parse_ecs_name("cluster", cluster).ok()?), id),
                None => (None, path),
            };
            Some(Self { scope, cluster, id: parse_ecs_name("task", id).ok()? })
        };
        let rule = "expected an ARN such as `arn:aws:ecs:eu-central-1:123456789012:task/main/ID`";
        parts().ok_or_else(|| InvalidName::new("task ARN", text, rule))
    }

    /// The first eight characters of the id; see [`short_task_id`].
    #[must_use]
    pub fn short_id(&self) -> String {
        short_task_id(&self.id)
    }
}

impl fmt::Display for TaskArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:task/", self.scope)?;
        if let Some(cluster) = &self.cluster {
            write!(f, "{cluster}/")?;
        }
        f.write_str(&self.id)
    }
}

impl Serialize for TaskArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The id in a task's ARN as an API returned it. A text that is no ARN is returned as it is, so
/// that a message can show it.
#[must_use]
pub fn task_id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The first eight characters of a task's id, enough to find the task in the console.
#[must_use]
pub fn short_task_id(id: &str) -> String {
    let start: String = id.chars().take(8).collect();
    if start.len() < id.len() { format!("{start}…") } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_may_have_the_short_form_without_its_cluster() {
        for (arn, cluster) in [
            ("arn:aws:ecs:eu-west-1:123456789012:task/main/0123456789abcdef", Some("main")),
            ("arn:aws:ecs:eu-west-1:123456789012:task/0123456789abcdef", None),
        ] {
            let task = TaskArn::parse(arn).unwrap();
            assert_eq!((task.cluster.as_deref(), task.short_id().as_str()), (cluster, "01234567…"));
            assert_eq!((task.to_string().as_str(), task_id(arn)), (arn, task.id.as_str()));
        }
        assert!(TaskArn::parse("arn:aws:ecs:eu-west-1:123456789012:task/main/a/b").is_err());
    }
}
