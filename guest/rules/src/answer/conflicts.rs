//! Images and targets that exclude each other, and names that contradict each other.

use alloc::{format, string::String};

use ecs_host_policy::{Destination, Image, Target};

use crate::grammar::{Arn, is_same_repository};
use crate::problem::quoted;

/// Why a deployment cannot have both images. `image` is the later one.
pub(super) fn of_images(other: &Image, image: &Image) -> Option<String> {
    if other.name == image.name {
        return Some(format!("another image has the name {} too; rename one", quoted(&image.name)));
    }
    let is_one = is_same_repository(&other.repository, &image.repository);
    let tag = image.tags.iter().find(|tag| is_one && other.tags.contains(tag))?;
    Some(format!(
        "images {} and {} both have the tag {} in one repository: set `tags` of one of them",
        quoted(&other.name),
        quoted(&image.name),
        quoted(tag)
    ))
}

/// Whether two targets are one.
pub(super) fn is_same_target(a: &Target, b: &Target) -> bool {
    let places = |target: &Target| (target.region.clone(), target.role.clone());
    places(a) == places(b)
        && match (&a.destination, &b.destination) {
            (Destination::Service(a), Destination::Service(b)) => {
                (last(&a.cluster), last(&a.service)) == (last(&b.cluster), last(&b.service))
            }
            (Destination::Family(a), Destination::Family(b)) => a == b,
            (Destination::Schedule(a), Destination::Schedule(b)) => {
                path(a, "schedule/") == path(b, "schedule/")
            }
            (Destination::EventRule(a), Destination::EventRule(b)) => path(a, "rule/") == path(b, "rule/"),
            _ => false,
        }
}

/// The name at the end of an ARN.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The group or the bus of a name or an ARN, and what is in it.
fn path<'n>(name: &'n str, prefix: &str) -> (&'n str, &'n str) {
    let path = Arn::parse(name).and_then(|arn| arn.resource.strip_prefix(prefix)).unwrap_or(name);
    path.rsplit_once('/').unwrap_or(("default", path))
}

/// What the ARNs of a target contradict: its region, or the cluster of its service.
pub(super) fn of_arns(destination: &Destination, region: Option<&str>) -> Option<String> {
    let (name, cluster) = match destination {
        Destination::Service(name) => (&name.service, Some(&name.cluster)),
        Destination::Family(name) | Destination::Schedule(name) | Destination::EventRule(name) => {
            (name, None)
        }
    };
    let (own, outer) = (Arn::parse(name), cluster.and_then(|cluster| Arn::parse(cluster)));
    if let (Some(cluster), Some(own)) = (cluster, &own) {
        let scope = |arn: &Arn<'_>| [arn.partition, arn.region, arn.account].map(String::from);
        let is_elsewhere = outer.is_some_and(|outer| scope(&outer) != scope(own));
        let path = own.resource.strip_prefix("service/").and_then(|path| path.split_once('/'));
        if is_elsewhere || path.is_some_and(|(named, _)| named != last(cluster)) {
            let (service, cluster) = (quoted(name), quoted(cluster));
            return Some(format!(
                "service {service} is not in the cluster {cluster}; set the `cluster` of the service"
            ));
        }
    }
    let (region, arn) = (region?, own.or(outer)?);
    (arn.region != region).then(|| {
        format!(
            "the region is {}, and the ARN is one of {}; remove `region`",
            quoted(region),
            quoted(arn.region)
        )
    })
}
