//! Stage 2: the decision of a policy, checked against the grammars.
//!
//! All names in a [`Deployment`] are valid: none of them is read as an option by a command line, or
//! adds a line to a log.

mod destination;
mod docker_build;
pub(crate) mod settings;

use serde::{Deserialize, Serialize, Serializer};

pub use destination::{Destination, EventRuleName, ScheduleName, ServiceName, TriggerName};
pub use docker_build::{BuildContext, BuildSecret, BuildkitOptions, ContextContent, DockerBuild};

use crate::names::{Digest, InvalidName, Place, Region, Repository, RoleArn, Tag};

/// The decision of a policy on a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Deployment {
    /// The images, with names that differ.
    pub images: Vec<Image>,
    /// The targets. There is at least one image or target.
    pub targets: Vec<Target>,
}

/// An image that the deployment needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Image {
    /// The name by which the assignments of targets refer to it.
    pub name: String,
    /// The repository.
    pub repository: Repository,
    /// The tags that it is pushed with, at least one.
    pub tags: Vec<Tag>,
    /// How it is made or found.
    pub source: ImageSource,
    /// Whether it is only published, for no target of this deployment.
    pub publish_only: bool,
}

/// How an image is made or found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ImageSource {
    /// The host builds it from the `Dockerfile` of the working folder, with the default options.
    Dockerfile,
    /// The host builds it.
    Build(DockerBuild),
    /// It is in the repository, with this tag or digest, and is promoted.
    Pushed(Reference),
}

impl ImageSource {
    /// The options of the build, if the host builds the image.
    #[must_use]
    pub fn build(&self) -> Option<DockerBuild> {
        match self {
            Self::Dockerfile => Some(DockerBuild::default()),
            Self::Build(build) => Some(build.clone()),
            Self::Pushed(_) => None,
        }
    }
}

/// A tag or a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The text, as in the contract.
impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A service or a family that gets a new revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Changes to single containers; `None`: each container that runs an image of one of the repositories gets the new
    /// one.
    pub containers: Option<Vec<ContainerChange>>,
    /// Changes to the task definition as a whole.
    pub task_definition: TaskDefinitionOptions,
    /// How a service rolls out.
    pub rollout: RolloutOptions,
    /// One-off tasks that must succeed before the service is updated.
    pub tasks_before: Vec<OneOffTask>,
    /// One-off tasks that must succeed for the rollout to count.
    pub tasks_after: Vec<OneOffTask>,
    /// The wave. Those of one wave roll out together, after all lower waves.
    pub wave: u32,
}

impl Target {
    /// Region and role of the target, in a run in `run_region`.
    #[must_use]
    pub fn place(&self, run_region: &Region) -> Place {
        Place { region: self.region.as_ref().unwrap_or(run_region).clone(), role: self.role.clone() }
    }
}

/// Changes to one container. What they do not name stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContainerChange {
    /// The container's name.
    pub container: String,
    /// The name of one of the deployment's images; `None`: the container keeps its image.
    pub image: Option<String>,
    /// The changes beside the image.
    #[serde(flatten)]
    pub settings: ContainerSettings,
}

/// Changes to a container beside its image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ContainerSettings {
    /// Environment variables to set or replace.
    #[serde(with = "settings")]
    #[cfg_attr(test, schemars(with = "Vec<settings::Setting>"))]
    pub environment: Vec<(String, String)>,
    /// Environment variables that ECS reads from the ARN of a secret or a parameter, to set or replace.
    #[serde(with = "settings::secrets")]
    #[cfg_attr(test, schemars(with = "Vec<settings::SecretReference>"))]
    pub secrets: Vec<(String, String)>,
    /// Names of environment variables to remove, plain or secret.
    pub unset: Vec<String>,
    /// The command that replaces that of the container.
    pub command: Option<Vec<String>>,
}

impl ContainerSettings {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Changes to a task definition as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TaskDefinitionOptions {
    /// The revision that a service's new revision is made from; `None` for the run's `--base`.
    pub base: Option<RevisionBase>,
    /// The CPU units of the task; 1024 are one vCPU.
    pub cpu_units: Option<u32>,
    /// The memory of the task in MiB.
    pub memory_mib: Option<u32>,
}

/// How a service rolls out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RolloutOptions {
    /// The number of tasks; `None` leaves it.
    pub desired_count: Option<u32>,
    /// How long the rollout may take, in seconds; `None` for the run's `--timeout`.
    pub timeout_seconds: Option<u32>,
    /// How long the service must stay healthy after its rollout, in seconds.
    pub bake_seconds: Option<u32>,
    /// What to do when the rollout fails; `None` for the run's `--on-failure`.
    pub on_failure: Option<FailureAction>,
}

/// A task that is run once with the new revision, such as a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OneOffTask {
    /// Its name in events and logs.
    pub name: String,
    /// The container whose command is replaced.
    pub container: String,
    /// The command and its arguments.
    pub command: Vec<String>,
    /// Environment variables to set for this task.
    #[serde(with = "settings")]
    #[cfg_attr(test, schemars(with = "Vec<settings::Setting>"))]
    pub environment: Vec<(String, String)>,
    /// How long it may take, in seconds; `None` for the run's `--timeout`.
    pub timeout_seconds: Option<u32>,
}

/// What to do when a rollout fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FailureAction {
    /// Leave the service as it is then.
    Leave,
    /// Roll back to the previous revision.
    RollBack,
}

/// The revision that the new revision of a service is made from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RevisionBase {
    /// The one that the service is set to.
    #[default]
    Running,
    /// The latest active one of its family that ecs-host did not register, if that is newer.
    Latest,
}
