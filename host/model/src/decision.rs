//! A decision: a policy's answers, checked against the grammars.
//!
//! Whoever holds a [`Deployment`] holds valid names only: nothing in it can
//! smuggle an option into a command line or a line into a log.

use serde::Serialize;

use crate::names::{Digest, InvalidName, Place, Region, Repository, RoleArn, Tag};

/// What a policy decided on a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub enum Decision {
    /// This build is not deployed.
    Skip {
        /// A sentence for the reader of the log.
        reason: String,
    },
    /// It is.
    Deploy(Deployment),
}

/// The images and targets of a build that is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deployment {
    /// What gets pushed, or is there already.
    pub images: Vec<Image>,
    /// What gets the images.
    pub targets: Vec<Target>,
}

/// An image that the deployment needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// What the targets call it.
    pub name: String,
    /// Where it lives.
    pub repository: Repository,
    /// The tags it is pushed under, one at least.
    pub tags: Vec<Tag>,
    /// Where it comes from.
    pub source: ImageSource,
}

/// Where an image comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageSource {
    /// It is built here.
    Dockerfile(DockerBuild),
    /// It was pushed before, under this tag or digest.
    Pushed(Reference),
}

/// A tag or a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// A tag.
    Tag(Tag),
    /// A digest.
    Digest(Digest),
}

impl Reference {
    /// Reads a tag, or a digest by its `:`.
    ///
    /// # Errors
    /// [`InvalidName`] where the text is neither.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if text.contains(':') {
            Digest::parse(text).map(Self::Digest)
        } else {
            Tag::parse(text).map(Self::Tag)
        }
    }

    /// The tag or the digest.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Tag(tag) => tag.as_str(),
            Self::Digest(digest) => digest.as_str(),
        }
    }

    /// The reference behind its repository, as `docker pull` takes it.
    #[must_use]
    pub fn of(&self, repository: &Repository) -> String {
        match self {
            Self::Tag(tag) => repository.tagged(tag),
            Self::Digest(digest) => repository.pinned(digest),
        }
    }
}

/// A `docker build`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DockerBuild {
    /// The folder sent to the builder, relative to the working directory.
    pub context: String,
    /// The Dockerfile, relative to the context.
    pub dockerfile: Option<String>,
    /// The stage to stop at.
    pub stage: Option<String>,
    /// Build arguments.
    pub arguments: Vec<(String, String)>,
    /// The platform to build for.
    pub platform: Option<String>,
}

/// What gets the images, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// A service or a family.
    pub destination: Destination,
    /// The region; the run's own where absent.
    pub region: Option<Region>,
    /// The region that its ARN names, which has to be that very region.
    pub arn_region: Option<Region>,
    /// The account that its ARN names; that of the credentials where absent.
    pub account: Option<String>,
    /// The role to assume for this target; the run's own credentials where absent.
    pub role: Option<RoleArn>,
    /// Which container gets which image; empty for those that run the repository.
    pub containers: Vec<Assignment>,
    /// One-off tasks that must succeed before the service changes.
    pub tasks_before: Vec<OneOffTask>,
    /// One-off tasks that must succeed for the rollout to count.
    pub tasks_after: Vec<OneOffTask>,
    /// Targets of one wave roll out together.
    pub wave: u32,
    /// How long the rollout may take, in seconds.
    pub timeout: Option<u32>,
    /// What to do when the rollout fails.
    pub on_failure: Option<FailureAction>,
}

impl Target {
    /// Where it is, in a run of this region.
    #[must_use]
    pub fn place(&self, own: &Region) -> Place {
        Place { region: self.region.as_ref().unwrap_or(own).clone(), role: self.role.clone() }
    }
}

/// Where a target's new revision goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// A service.
    Service(ServiceName),
    /// A task definition family that no service runs.
    Family(String),
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service(name) => write!(f, "service `{name}`"),
            Self::Family(name) => write!(f, "task definition family `{name}`"),
        }
    }
}

/// A service, by the short names of its cluster and itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ServiceName {
    /// The cluster.
    pub cluster: String,
    /// The service.
    pub service: String,
}

impl std::fmt::Display for ServiceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.cluster, self.service)
    }
}

/// The change to one container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// The container's name.
    pub container: String,
    /// The name of one of the images.
    pub image: String,
    /// Environment variables to set or replace.
    pub environment: Vec<(String, String)>,
}

/// A task that is run once, from the new task definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OneOffTask {
    /// Its name in logs.
    pub name: String,
    /// The container whose command is replaced.
    pub container: String,
    /// The command and its arguments.
    pub command: Vec<String>,
    /// How long it may take, in seconds.
    pub timeout: Option<u32>,
}

/// What to do when a rollout fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureAction {
    /// Leave the service as the failure left it.
    Leave,
    /// Go back to what ran before.
    RollBack,
}
