//! A cluster or a service as a person or a policy names it.

use super::arn::{EcsScope, split_ecs};
use super::{InvalidName, ServiceArn, parse_ecs_name};

/// A cluster or a service that is named by its short name or by its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcsResource {
    /// The short name.
    pub name: String,
    /// Partition, region and account; `None` for a short name.
    pub scope: Option<EcsScope>,
    /// The cluster of a service; `None` for a short name and for an ARN of before 2018.
    pub cluster: Option<String>,
}

impl EcsResource {
    /// Parses the name or the ARN of a `cluster` or a `service`:
    /// `arn:aws:ecs:REGION:ACCOUNT:cluster/NAME`, or what [`ServiceArn`] accepts.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse(kind: &'static str, text: &str) -> Result<Self, InvalidName> {
        if !text.starts_with("arn:") {
            return Ok(Self { name: parse_ecs_name(kind, text)?, scope: None, cluster: None });
        }
        let parts = || {
            if kind == "service" {
                let ServiceArn { scope, cluster, name } = ServiceArn::parse(text).ok()?;
                return Some(Self { name, scope: Some(scope), cluster });
            }
            let (scope, resource) = split_ecs(text)?;
            let name = resource.strip_prefix(kind)?.strip_prefix('/')?;
            Some(Self { name: parse_ecs_name(kind, name).ok()?, scope: Some(scope), cluster: None })
        };
        parts().ok_or_else(|| InvalidName::new(kind, text, "expected a name, or an ARN of one in ECS"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_a_scope_and_a_short_name_has_none() {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:service/simple-todo-master/simple-todo";
        let service = EcsResource::parse("service", arn).unwrap();
        assert_eq!(
            (service.name.as_str(), service.cluster.as_deref()),
            ("simple-todo", Some("simple-todo-master"))
        );
        let scope = service.scope.unwrap();
        assert_eq!((scope.region.as_str(), scope.account.as_str()), ("eu-central-1", "123456789012"));
        assert_eq!(EcsResource::parse("service", "web").unwrap().scope, None);

        let cluster = EcsResource::parse("cluster", "arn:aws:ecs:eu-central-1:1:cluster/main").unwrap();
        assert_eq!((cluster.name.as_str(), cluster.cluster), ("main", None));
    }

    #[test]
    fn the_arn_of_another_resource_is_rejected() {
        for arn in [
            "a b",
            "arn:aws:iam::1:role/other/web",
            "arn:aws:ecs:eu-central-1:1:cluster/c/web",
            "arn:aws:ecs:eu-central-1:1:task/c/web",
            "arn:aws:ecs::1:service/c/web",
            "arn:aws:ecs:eu-central-1:1\nVerdict:service/c/web",
            "arn:aws:ecs:eu-central-1::service/c/web",
            "arn:a\nb:ecs:eu-central-1:1:service/c/web",
            "arn:aws:ecs:eu-central-1:1:service/c\u{202e}/web",
            "arn:aws:ecs",
        ] {
            assert!(EcsResource::parse("service", arn).is_err(), "{arn}");
        }
    }
}
