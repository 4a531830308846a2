//! Clusters and services, as people and policies name them.

use super::{InvalidName, Region, ecs_name, is_partition};

/// A cluster or a service, named or by its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcsResource {
    /// The short name.
    pub name: String,
    /// Region and account, where an ARN tells them.
    pub place: Option<(Region, String)>,
    /// A service's cluster, where its ARN tells it.
    pub cluster: Option<String>,
}

impl EcsResource {
    /// Checks the name or the ARN of a `cluster` or a `service`:
    /// `arn:aws:ecs:REGION:ACCOUNT:cluster/NAME`,
    /// `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME`, or that of a service
    /// in the short form of before 2018, without its cluster.
    ///
    /// # Errors
    /// [`InvalidName`] where the text is neither.
    pub fn parse(kind: &'static str, text: &str) -> Result<Self, InvalidName> {
        let Some(arn) = text.strip_prefix("arn:") else {
            return Ok(Self { name: ecs_name(kind, text)?, place: None, cluster: None });
        };
        let invalid = || InvalidName::new(kind, text, "a name, or the ARN of one in ECS");
        let parts: Vec<&str> = arn.splitn(5, ':').collect();
        let [partition, "ecs", region, account, resource] = parts.as_slice() else { return Err(invalid()) };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !(is_partition(partition) && digits(account)) {
            return Err(invalid());
        }
        let path: Vec<&str> = resource.split('/').collect();
        let (cluster, name) = match path.as_slice() {
            [of, name] if *of == kind => (None, *name),
            ["service", cluster, name] if kind == "service" => {
                (Some(ecs_name("cluster", cluster).map_err(|_| invalid())?), *name)
            }
            _ => return Err(invalid()),
        };
        let region = Region::parse(region).map_err(|_| invalid())?;
        let name = ecs_name(kind, name).map_err(|_| invalid())?;
        Ok(Self { name, place: Some((region, (*account).to_owned())), cluster })
    }
}

/// The first eight characters of a task's id, enough to find it in the console.
#[must_use]
pub fn short_task_id(task: &str) -> String {
    let start: String = task.chars().take(8).collect();
    if start.len() < task.len() { format!("{start}…") } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_name_and_place() {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:service/simple-todo-master/simple-todo";
        let service = EcsResource::parse("service", arn).unwrap();
        let place = (Region::parse("eu-central-1").unwrap(), "123456789012".to_owned());
        assert_eq!((service.name.as_str(), service.place), ("simple-todo", Some(place)));
        assert_eq!(service.cluster.as_deref(), Some("simple-todo-master"));
        assert_eq!(EcsResource::parse("service", "web").unwrap().place, None);
    }

    #[test]
    fn an_arn_of_something_else_is_refused() {
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
