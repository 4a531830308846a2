//! What a policy may look up: read-only facts of ECS and ECR, each by a grant of the operator.

mod json;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decision::Reference;
use crate::names::{Digest, Repository};
use crate::text::printable;

/// An interface that the operator allows a policy to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Grant {
    /// The interface `services`: what runs in ECS.
    #[serde(rename = "ecs:read")]
    EcsRead,
    /// The interface `registry`: what was pushed to ECR.
    #[serde(rename = "ecr:read")]
    EcrRead,
    /// The interface `source`: the files of the build's commit, in git.
    #[serde(rename = "source:read")]
    SourceRead,
}

impl Grant {
    /// Every grant.
    pub const ALL: [Self; 3] = [Self::EcsRead, Self::EcrRead, Self::SourceRead];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EcsRead => "ecs:read",
            Self::EcrRead => "ecr:read",
            Self::SourceRead => "source:read",
        }
    }

    /// The interface of the contract that it allows, without a version.
    #[must_use]
    pub fn interface(self) -> &'static str {
        match self {
            Self::EcsRead => "ecs-host:policy/services",
            Self::EcrRead => "ecs-host:policy/registry",
            Self::SourceRead => "ecs-host:policy/source",
        }
    }
}

/// A call of a lookup function. Its names are valid, and spelled as the policy spelled them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "function")]
pub enum LookupQuery {
    /// The active services of a cluster.
    #[serde(rename = "services.list-services")]
    ListServices {
        /// The cluster's short name or ARN.
        cluster: String,
    },
    /// One service.
    #[serde(rename = "services.get-service")]
    GetService {
        /// The cluster's short name or ARN.
        cluster: String,
        /// The service's short name or ARN.
        name: String,
    },
    /// The image with a tag or a digest.
    #[serde(rename = "registry.get-image")]
    GetImage {
        /// The repository.
        repository: Repository,
        /// The tag or the digest.
        reference: Reference,
    },
    /// The paths that differ between a commit and that of the build.
    #[serde(rename = "source.changed-files")]
    ChangedFiles {
        /// The full hash of the commit.
        since: String,
    },
    /// The text of a file in the commit of the build.
    #[serde(rename = "source.read-file")]
    ReadFile {
        /// The path, relative to the root of the repository.
        path: String,
    },
}

impl LookupQuery {
    /// Whether the fact is one of the build's commit in git, and not of AWS.
    #[must_use]
    pub fn is_of_source(&self) -> bool {
        matches!(self, Self::ChangedFiles { .. } | Self::ReadFile { .. })
    }
}

impl fmt::Display for LookupQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListServices { cluster } => write!(f, "the services of cluster `{cluster}`"),
            Self::GetService { cluster, name } => write!(f, "service `{name}` of cluster `{cluster}`"),
            Self::GetImage { repository, reference } => {
                write!(f, "image {}", reference.image_name(repository))
            }
            Self::ChangedFiles { since } => write!(f, "the files that changed since commit {since}"),
            Self::ReadFile { path } => write!(f, "the file `{}`", printable(path)),
        }
    }
}

/// A service and the containers of the task definition that it is set to run. It is read from case
/// files and written to them, so its names have `-` as in WIT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Service {
    /// The short name of its cluster.
    pub cluster: String,
    /// Its short name.
    pub name: String,
    /// Its ECS tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The containers.
    #[serde(default)]
    pub containers: Vec<RunningContainer>,
    /// The build that deployed it; `None` if `ecs-host` did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed_by: Option<DeployedBy>,
}

/// A container of a task definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RunningContainer {
    /// Its name.
    pub name: String,
    /// Its image as the task definition names it.
    pub image: String,
}

/// The build that deployed a service, from the stamp of its task definition. Like [`Service`], it is read from case files
/// and written to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DeployedBy {
    /// `owner/name` of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The full hash of the commit.
    pub commit: String,
    /// The commit's time in seconds since the start of 1970 (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_time: Option<u64>,
    /// The build's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// What the number counts within; `None` for the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_scope: Option<String>,
}

/// An image in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PushedImage {
    /// Its digest.
    pub digest: Digest,
    /// Its tags, in alphabetical order.
    pub tags: Vec<String>,
    /// When it was pushed, in seconds since the start of 1970 (UTC).
    pub pushed_at: u64,
}

/// The reply to a [`LookupQuery`], of the matching kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum LookupReply {
    /// The services of a cluster, by name.
    Services(
        #[serde(serialize_with = "json::serialize_services")]
        #[cfg_attr(test, schemars(with = "Vec<json::ServiceFields<'static>>"))]
        Vec<Service>,
    ),
    /// The service; `None` if the cluster has no such service.
    Service(
        #[serde(serialize_with = "json::serialize_service")]
        #[cfg_attr(test, schemars(with = "Option<json::ServiceFields<'static>>"))]
        Option<Service>,
    ),
    /// The image; `None` if the repository has no such image.
    Image(Option<PushedImage>),
    /// The paths, sorted.
    ChangedFiles(Vec<String>),
    /// The length of the file; `None` if the commit has no such file. Its text may contain secrets, and no event contains
    /// it.
    File(
        #[serde(serialize_with = "json::serialize_file")]
        #[cfg_attr(test, schemars(with = "Option<json::FileFields>"))]
        Option<String>,
    ),
}

/// A lookup that a policy made, for events and recorded cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PolicyLookup {
    /// The call.
    #[serde(flatten)]
    pub query: LookupQuery,
    /// What the call returned to the policy.
    #[serde(flatten)]
    pub result: LookupResult,
}

/// What a lookup returned to a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LookupResult {
    /// The fact.
    Reply(LookupReply),
    /// Why there is none, a sentence.
    Error(String),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_contains_the_length_of_a_file_and_not_its_text() {
        let lookup = |text: Option<&str>| {
            let query = LookupQuery::ReadFile { path: ".env".into() };
            let result = LookupResult::Reply(LookupReply::File(text.map(str::to_owned)));
            serde_json::to_value(PolicyLookup { query, result }).unwrap()["reply"].clone()
        };
        assert_eq!(lookup(Some("PASSWORD=hünter2\n")), json!({ "bytes": 18 }));
        assert_eq!(lookup(Some("")), json!({ "bytes": 0 }));
        assert_eq!(lookup(None), json!(null));
    }

    #[test]
    fn a_lookup_is_one_flat_object_in_json() {
        let deployed_by = Some(DeployedBy {
            repository: None,
            commit: "c".into(),
            commit_time: Some(5),
            number: Some(7),
            number_scope: None,
        });
        let service = Service {
            cluster: "main".into(),
            name: "web".into(),
            tags: BTreeMap::new(),
            containers: vec![],
            deployed_by,
        };
        // A recorded case contains it with the names of the contract.
        let recorded = serde_json::to_value(&service).unwrap();
        assert_eq!(recorded["deployed-by"]["commit-time"], 5);
        assert_eq!(serde_json::from_value::<Service>(recorded).unwrap(), service);
        let query = LookupQuery::GetService { cluster: "main".into(), name: "web".into() };
        let result = LookupResult::Reply(LookupReply::Service(Some(service)));
        let lookup = serde_json::to_value(PolicyLookup { query, result }).unwrap();
        let reply = json!({
            "cluster": "main", "name": "web", "containers": [],
            "deployed_by": {"commit": "c", "commit_time": 5, "number": 7},
        });
        assert_eq!(
            lookup,
            json!({"function": "services.get-service", "cluster": "main", "name": "web", "reply": reply})
        );
    }
}
