//! What a policy may look up: read-only facts of ECS and ECR, by the
//! operator's grant.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decision::Reference;
use crate::names::{Digest, Repository};

/// What an operator lets a policy read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Grant {
    /// The interface `services`: what runs in ECS.
    #[serde(rename = "ecs:read")]
    EcsRead,
    /// The interface `registry`: what has been pushed to ECR.
    #[serde(rename = "ecr:read")]
    EcrRead,
}

impl Grant {
    /// Every grant that there is.
    pub const ALL: [Self; 2] = [Self::EcsRead, Self::EcrRead];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EcsRead => "ecs:read",
            Self::EcrRead => "ecr:read",
        }
    }

    /// The interface of the contract that it opens, without its version.
    #[must_use]
    pub fn interface(self) -> &'static str {
        match self {
            Self::EcsRead => "ecs-host:policy/services",
            Self::EcrRead => "ecs-host:policy/registry",
        }
    }
}

/// What a policy asks. Its names are valid, and as the policy wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "asked")]
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
    /// The image behind a tag or digest.
    #[serde(rename = "registry.get-image")]
    GetImage {
        /// The repository.
        repository: Repository,
        /// The tag or digest.
        reference: Reference,
    },
}

impl fmt::Display for LookupQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListServices { cluster } => write!(f, "the services of cluster `{cluster}`"),
            Self::GetService { cluster, name } => write!(f, "service `{name}` of cluster `{cluster}`"),
            Self::GetImage { repository, reference } => write!(f, "image {}", reference.of(repository)),
        }
    }
}

/// A service and what runs in it.
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
    /// The containers of the task definition that it is set to run.
    #[serde(default)]
    pub containers: Vec<RunningContainer>,
    /// The build that deployed it, where `ecs-host` did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed_by: Option<DeployedBy>,
}

/// A container of a task definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunningContainer {
    /// Its name.
    pub name: String,
    /// Its image as the task definition writes it.
    pub image: String,
}

/// The build that a task definition's stamp tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeployedBy {
    /// `owner/name` of the repository, where it was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The full hash of the commit.
    pub commit: String,
    /// The build's number, where it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

/// An image as the registry has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PushedImage {
    /// The name that never moves.
    pub digest: Digest,
    /// The tags it has now, in alphabetical order.
    pub tags: Vec<String>,
    /// When it was pushed, in seconds since the start of 1970 (UTC).
    pub pushed_at: u64,
}

/// The answer to a question, of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LookupReply {
    /// The services of a cluster, in the order of their names.
    Services(Vec<Service>),
    /// A service, or none.
    Service(Option<Service>),
    /// An image, or none.
    Image(Option<PushedImage>),
}

impl fmt::Display for LookupReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Services(services) if services.len() == 1 => f.write_str("1 service"),
            Self::Services(services) => write!(f, "{} services", services.len()),
            Self::Service(None) | Self::Image(None) => f.write_str("there is none"),
            Self::Service(Some(service)) => {
                let images: Vec<&str> = service.containers.iter().map(|c| c.image.as_str()).collect();
                write!(f, "it runs {}", images.join(", "))
            }
            Self::Image(Some(image)) => f.write_str(image.digest.as_str()),
        }
    }
}

/// A question that was asked, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyLookup {
    /// What the policy asked.
    #[serde(flatten)]
    pub question: LookupQuery,
    /// What it was told.
    #[serde(flatten)]
    pub told: LookupResult,
}

/// What a policy was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupResult {
    /// A fact.
    Answer(LookupReply),
    /// Why there is none: a sentence.
    Error(String),
}
