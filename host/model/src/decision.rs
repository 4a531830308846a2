//! Stage 2: the decision of a policy, checked against the grammars.
//!
//! All names in a [`Deployment`] are valid: none of them is read as an option by a command line, or
//! adds a line to a log.

use serde::Serialize;

use crate::names::{Digest, InvalidName, Place, Region, Repository, RoleArn, Tag};

/// The decision of a policy on a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub enum Decision {
    /// The build is not deployed.
    Skip {
        /// Why, a sentence for the log.
        reason: String,
    },
    /// The build is deployed.
    Deploy(Deployment),
}

/// The images and targets of a build that is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deployment {
    /// The images, with names that differ.
    pub images: Vec<Image>,
    /// The targets, at least one.
    pub targets: Vec<Target>,
}

/// An image that the deployment needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// The name by which the assignments of targets refer to it.
    pub name: String,
    /// The repository.
    pub repository: Repository,
    /// The tags that it is pushed with, at least one.
    pub tags: Vec<Tag>,
    /// How it is made or found.
    pub source: ImageSource,
}

/// How an image is made or found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageSource {
    /// The host builds it.
    Dockerfile(DockerBuild),
    /// It is in the repository, with this tag or digest, and is promoted.
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
    /// Parses a tag, or a digest, which contains `:`.
    ///
    /// # Errors
    /// [`InvalidName`] if the text is neither.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if text.contains(':') {
            Digest::parse(text).map(Self::Digest)
        } else {
            Tag::parse(text).map(Self::Tag)
        }
    }

    /// The text of the tag or the digest.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Tag(tag) => tag.as_str(),
            Self::Digest(digest) => digest.as_str(),
        }
    }

    /// The name of the image in a repository, as in `docker pull NAME`.
    #[must_use]
    pub fn image_name(&self, repository: &Repository) -> String {
        match self {
            Self::Tag(tag) => repository.tagged(tag),
            Self::Digest(digest) => repository.pinned(digest),
        }
    }
}

/// The options of a `docker build`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DockerBuild {
    /// The folder of the build context, relative to the working folder.
    pub context: String,
    /// The Dockerfile, relative to the context.
    pub dockerfile: Option<String>,
    /// The stage to build, `--target`.
    pub stage: Option<String>,
    /// Build arguments, by name.
    pub arguments: Vec<(String, String)>,
    /// The platform, such as `linux/arm64`.
    pub platform: Option<String>,
}

/// A service or a family that gets a new revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The service or the family.
    pub destination: Destination,
    /// The region; `None` for the run's own.
    pub region: Option<Region>,
    /// The region of the ARN that the policy named it by. A plan rejects another region than the
    /// target's.
    pub arn_region: Option<Region>,
    /// The account of that ARN. A plan rejects another account than that of the credentials.
    pub account: Option<String>,
    /// The role to assume; `None` for the run's own credentials.
    pub role: Option<RoleArn>,
    /// Which container gets which image; if empty, each container that runs an image of one of
    /// the repositories gets the new one.
    pub containers: Vec<Assignment>,
    /// One-off tasks that must succeed before the service is updated.
    pub tasks_before: Vec<OneOffTask>,
    /// One-off tasks that must succeed for the rollout to count.
    pub tasks_after: Vec<OneOffTask>,
    /// The wave. Those of one wave roll out together, after all lower waves.
    pub wave: u32,
    /// How long the rollout may take, in seconds; `None` for the run's `--timeout`.
    pub timeout: Option<u32>,
    /// What to do when the rollout fails; `None` for the run's `--on-failure`.
    pub on_failure: Option<FailureAction>,
    /// The revision that a service's new revision is made from; `None` for the run's `--base`.
    pub base: Option<RevisionBase>,
}

impl Target {
    /// Region and role of the target, in a run in `run_region`.
    #[must_use]
    pub fn place(&self, run_region: &Region) -> Place {
        Place { region: self.region.as_ref().unwrap_or(run_region).clone(), role: self.role.clone() }
    }
}

/// What gets the new revision of a target.
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

/// A service, by short names. It formats as `cluster/service`.
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

/// The planned image and environment of one container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// The container's name.
    pub container: String,
    /// The name of one of the deployment's images.
    pub image: String,
    /// Environment variables to set or replace.
    pub environment: Vec<(String, String)>,
}

/// A task that is run once with the new revision, such as a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OneOffTask {
    /// Its name in events and logs.
    pub name: String,
    /// The container whose command is replaced.
    pub container: String,
    /// The command and its arguments.
    pub command: Vec<String>,
    /// How long it may take, in seconds; `None` for the run's `--timeout`.
    pub timeout: Option<u32>,
}

/// What to do when a rollout fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureAction {
    /// Leave the service as it is then.
    Leave,
    /// Roll back to the previous revision.
    RollBack,
}

/// The revision that the new revision of a service is made from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevisionBase {
    /// The one that the service is set to.
    #[default]
    Running,
    /// The latest active one of its family that ecs-host did not register, if that is newer.
    Latest,
}
