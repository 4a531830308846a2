//! The names that a deployment consists of, and their grammars.
//!
//! A value of one of these types was checked once, where it entered the host, and is valid from
//! there on. All stages share them.
//!
//! | module | names |
//! |---|---|
//! | `arn` | ARNs of task definitions, services, service deployments, tasks and roles, and patterns of ARNs |
//! | `artifact` | `oci://REGISTRY/REPOSITORY:TAG`, a policy in a registry |
//! | `build_cache` | images by their whole name, and caches of a build |
//! | `deserialize` | reading all of them from JSON |
//! | `digest`, `tag`, `repository`, `repository_key` | images |
//! | `event_bridge` | schedules and event rules as policies name them |
//! | `grammar` | names of ECS, paths of a build, names of variables, log groups, keys of KMS |
//! | `nearest` | a suggestion for a name that is not known |
//! | `place`, `region` | where a target is |
//! | `resource`, `revision_name` | clusters, services and revisions as people name them |

mod arn;
mod artifact;
mod build_cache;
mod deserialize;
mod digest;
mod event_bridge;
mod grammar;
mod nearest;
mod place;
mod region;
mod repository;
mod repository_key;
mod resource;
mod revision_name;
mod tag;

use thiserror::Error;

use crate::text::abbreviate;

pub use arn::{
    ArnPattern, EcsScope, RoleArn, ServiceArn, ServiceDeploymentArn, TaskArn, TaskDefinitionArn,
    compare_revisions, short_revision, short_task_id, task_id,
};
pub use artifact::Artifact;
pub use build_cache::{BuildCache, ImageReference};
pub use digest::Digest;
pub use event_bridge::EventBridgeResource;
pub use grammar::{
    parse_build_path, parse_ecs_name, parse_key_arn, parse_log_group, parse_secret_arn, parse_variable_name,
};
pub use nearest::{nearest_name, suggestion};
pub use place::Place;
pub use region::Region;
pub use repository::{EcrRegistry, Repository};
pub use repository_key::RepositoryKey;
pub use resource::EcsResource;
pub use revision_name::RevisionName;
pub use tag::Tag;

/// A text that breaks the grammar of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid {kind} \"{}\": {rule}", abbreviate(text))]
pub struct InvalidName {
    /// What the text should be, such as `image tag`.
    pub kind: &'static str,
    /// The text as it was read, of any length.
    pub text: String,
    /// The rule that the text breaks.
    pub rule: &'static str,
}

impl InvalidName {
    /// The error for a string that should be a `kind` and breaks `rule`.
    #[must_use]
    pub fn new(kind: &'static str, text: &str, rule: &'static str) -> Self {
        Self { kind, text: text.to_owned(), rule }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_has_the_kind_the_text_and_the_rule() {
        let error = parse_ecs_name("cluster name", "a b").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid cluster name \"a b\": expected 1 to 255 letters, digits, _ or -"
        );
    }

    #[test]
    fn a_long_text_is_abbreviated() {
        let error = parse_ecs_name("cluster name", &"ä".repeat(1 << 20)).unwrap_err().to_string();
        assert!(error.chars().count() < 300 && error.contains("… (cut)"), "{error}");
    }
}
