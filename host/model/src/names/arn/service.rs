//! ARNs of services and of their deployments.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{EcsScope, split_ecs};
use crate::names::{InvalidName, parse_ecs_name};

/// The ARN of a service: `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME`, or the short form
/// of before 2018 without the cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceArn {
    /// Partition, region and account.
    pub scope: EcsScope,
    /// The cluster's short name; none in the short form.
    pub cluster: Option<String>,
    /// The service's short name.
    pub name: String,
}

impl ServiceArn {
    /// Parses either form.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let parts = || {
            let (scope, resource) = split_ecs(text)?;
            let path = resource.strip_prefix("service/")?;
            let (cluster, name) = match path.split_once('/') {
                Some((cluster, name)) => (Some(parse_ecs_name("cluster", cluster).ok()?), name),
                None => (None, path),
            };
            Some(Self { scope, cluster, name: parse_ecs_name("service", name).ok()? })
        };
        let rule = "expected an ARN such as `arn:aws:ecs:eu-central-1:123456789012:service/main/web`";
        parts().ok_or_else(|| InvalidName::new("service ARN", text, rule))
    }
}

impl fmt::Display for ServiceArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:service/", self.scope)?;
        if let Some(cluster) = &self.cluster {
            write!(f, "{cluster}/")?;
        }
        f.write_str(&self.name)
    }
}

impl Serialize for ServiceArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The ARN of a service deployment:
/// `arn:aws:ecs:REGION:ACCOUNT:service-deployment/CLUSTER/SERVICE/ID`.
///
/// ```
/// use ecs_host_model::names::ServiceDeploymentArn;
///
/// let arn = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/main/web/ej4YQ0Z8";
/// let deployment = ServiceDeploymentArn::parse(arn)?;
/// assert_eq!((deployment.service.as_str(), deployment.id.as_str()), ("web", "ej4YQ0Z8"));
/// assert_eq!(deployment.to_string(), arn);
/// # Ok::<(), ecs_host_model::names::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceDeploymentArn {
    /// Partition, region and account.
    pub scope: EcsScope,
    /// The cluster's short name.
    pub cluster: String,
    /// The service's short name.
    pub service: String,
    /// The deployment's own id.
    pub id: String,
}

impl ServiceDeploymentArn {
    /// Parses the ARN of a service deployment.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let parts = || {
            let (scope, resource) = split_ecs(text)?;
            let mut path = resource.strip_prefix("service-deployment/")?.splitn(3, '/');
            let [cluster, service, id] = [path.next()?, path.next()?, path.next()?];
            Some(Self {
                scope,
                cluster: parse_ecs_name("cluster", cluster).ok()?,
                service: parse_ecs_name("service", service).ok()?,
                id: parse_ecs_name("service deployment", id).ok()?,
            })
        };
        let rule =
            "expected an ARN such as `arn:aws:ecs:eu-central-1:123456789012:service-deployment/main/web/ID`";
        parts().ok_or_else(|| InvalidName::new("service deployment ARN", text, rule))
    }
}

impl fmt::Display for ServiceDeploymentArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:service-deployment/{}/{}/{}", self.scope, self.cluster, self.service, self.id)
    }
}

impl Serialize for ServiceDeploymentArn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_may_have_the_short_form_without_its_cluster() {
        for (arn, cluster) in [
            ("arn:aws:ecs:eu-west-1:123456789012:service/main/web", Some("main")),
            ("arn:aws:ecs:eu-west-1:123456789012:service/web", None),
        ] {
            let service = ServiceArn::parse(arn).unwrap();
            assert_eq!((service.cluster.as_deref(), service.name.as_str()), (cluster, "web"));
            assert_eq!(service.to_string(), arn);
        }
    }

    #[test]
    fn another_resource_is_rejected() {
        for arn in [
            "web",
            "arn:aws:ecs:eu-west-1:1:service/",
            "arn:aws:ecs:eu-west-1:1:service/main/web/1",
            "arn:aws:ecs:eu-west-1:1:service-deployment/main/web",
            "arn:aws:ecs:eu-west-1:1:service-deployment/main/web/a/b",
        ] {
            assert!(ServiceArn::parse(arn).is_err() && ServiceDeploymentArn::parse(arn).is_err(), "{arn}");
        }
    }
}
