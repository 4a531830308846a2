//! Builds, pushes and tags images by a plan.

use model::event::EventSink as _;
use model::exit::Exit;
use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::try_join_all;
use thiserror::Error;

use super::arguments::publish_commands;
use super::login::{DockerConfig, DockerConfigError};
use super::private_folder;
use super::process::DockerProcess;
use super::rules::BuildRules;
use super::{Docker, DockerError};
use crate::output::Report;
use aws::ecr;
use aws::{Aws, AwsError};
use model::Environment;
use model::decision::{DockerBuild, Image};
use model::event::{DockerStep, Event};
use model::names::{Digest, EcrRegistry, Repository, Tag};
use model::plan::{ImageAction, ImagePlan, RegistryImage};

/// Why an image could not be built, pushed or tagged.
#[derive(Debug, Error)]
pub enum ImageError {
    /// A docker command failed.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// A call to ECR failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The private docker configuration could not be created.
    #[error(transparent)]
    Config(#[from] DockerConfigError),
    /// The pushes of one image returned two digests.
    #[error(
        "the tags of image `{image}` were pushed with different digests, {first} and {second}; nothing was deployed; \
         another build may be pushing the same tags: run this again when it has finished"
    )]
    DigestMismatch {
        /// The image's name.
        image: String,
        /// The digest of the first tag.
        first: String,
        /// The digest of a later tag.
        second: String,
    },
}

impl ImageError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Aws(error) => error.exit(),
            Self::Docker(_) | Self::Config(_) | Self::DigestMismatch { .. } => Exit::Docker,
        }
    }
}

/// Publishes the images of a plan.
pub struct Publisher<'r> {
    /// Region and credentials.
    pub aws: &'r Aws,
    /// The environment, for the user's docker configuration.
    pub environment: &'r Environment,
    /// The docker command line.
    pub program: PathBuf,
    /// This program, which ends docker if the run is killed; `None` for no guard.
    pub guard_program: Option<PathBuf>,
    /// The variables that docker does not receive.
    pub withheld: Vec<String>,
    /// What the operator allows a build to do.
    pub rules: BuildRules,
    /// Where events go.
    pub report: &'r Report,
}

/// What [`Publisher::prepare`] returns: docker, logged in, and the first build, both begun before the plan.
pub struct Preparation {
    /// The first build, started early and without output; `None` if no image is built, it may not be built, or its build
    /// writes to a registry. It changes nothing outside this machine. Dropping it, as when the plan is invalid, stops it, before the login is
    /// removed.
    first_build: Option<Result<DockerProcess, DockerError>>,
    docker: Docker,
}

impl Publisher<'_> {
    /// Logs in if an image has to be built, and starts the first build. `states` are the images' states in the
    /// registry, by the image's name. None of this depends on the facts from ECS.
    ///
    /// # Errors
    /// [`ImageError`].
    pub async fn prepare(
        &self,
        images: &[Image],
        states: &BTreeMap<String, RegistryImage>,
    ) -> Result<Preparation, ImageError> {
        let to_build = |image| {
            let plan = ImagePlan::from_registry(image, states.get(&image.name)?).ok()?;
            match plan.action {
                ImageAction::Build(build) => Some((image, build)),
                ImageAction::Reuse { .. } => None,
            }
        };
        let builds: Vec<(&Image, DockerBuild)> = images.iter().filter_map(to_build).collect();
        let config = self.log_in(builds.iter().map(|(image, _)| *image)).await?;
        let docker = Docker::new(self.program.clone(), config, self.guard_program.clone())
            .withholding(self.withheld.clone());
        // `publish` returns the error of the start, after the problems of the plan.
        let may_start = |(image, build): &&(&Image, DockerBuild)| {
            !build.writes_remotely() && self.rules.find_problem(image, self.environment).is_none()
        };
        let first = builds.first().filter(may_start);
        let first_build =
            first.map(|(image, build)| docker.build(build, &image.repository, &image.tags, self.environment));
        Ok(Preparation { docker, first_build })
    }

    /// Fetches a token of each ECR registry that the builds use and writes them into a docker configuration. `None` if no
    /// build requires one.
    /// Removes what runs that were killed have left.
    pub(crate) async fn log_in(
        &self,
        images: impl Iterator<Item = &Image>,
    ) -> Result<Option<DockerConfig>, ImageError> {
        private_folder::remove_stale(&private_folder::parents(self.environment));
        let builds: Vec<(&Image, DockerBuild)> =
            images.filter_map(|image| Some((image, image.source.build()?))).collect();
        let repositories = builds.iter().flat_map(|(image, build)| {
            std::iter::once(&image.repository)
                .chain(build.other_repositories().map(|(_, repository)| repository))
        });
        let registry =
            |repository: &Repository| Some((repository.host().to_owned(), repository.ecr_registry()?));
        let registries: BTreeMap<String, EcrRegistry> = repositories.filter_map(registry).collect();
        // The build of an index writes its digest into the private folder.
        if registries.is_empty() && !builds.iter().any(|(_, build)| build.is_index()) {
            return Ok(None);
        }
        let fetch_token = async |(host, registry): (&String, &EcrRegistry)| {
            Ok::<_, AwsError>((host.clone(), ecr::fetch_token(self.aws, registry).await?))
        };
        let tokens = try_join_all(registries.iter().map(fetch_token)).await?;
        for (_, token) in &tokens {
            // Docker may print them.
            self.report.add_secrets(token.secrets());
        }
        let folders = builds.iter().flat_map(|(_, build)| build.folders());
        let contexts: Vec<PathBuf> =
            folders.filter_map(|folder| std::fs::canonicalize(folder).ok()).collect();
        let tokens = tokens.iter().map(|(host, token)| (host.as_str(), token));
        let config = DockerConfig::new(self.environment, tokens, &contexts)?;
        if let Some(message) = &config.unread {
            self.report.emit(&Event::Warning { message: message.clone() });
        }
        Ok(Some(config))
    }

    /// Applies the plans of the images of a commit and returns the digest of each image by its name.
    ///
    /// # Errors
    /// [`ImageError`].
    pub async fn publish(
        &self,
        plans: &[ImagePlan],
        commit: &str,
        mut preparation: Preparation,
    ) -> Result<BTreeMap<String, Digest>, ImageError> {
        let mut digests = BTreeMap::new();
        for plan in plans {
            let tags = plan.tags_in_order(commit);
            let digest = match &plan.action {
                ImageAction::Build(build) => {
                    self.build_and_push(&plan.image, build, &tags, &mut preparation).await?
                }
                ImageAction::Reuse { digest, .. } => {
                    let ImagePlan { image, .. } = plan;
                    if let (Some(registry), false) = (image.repository.ecr_registry(), tags.is_empty()) {
                        let manifest =
                            ecr::fetch_manifest(self.aws, &registry, &image.repository, digest).await?;
                        ecr::add_tags(self.aws, &registry, &image.repository, manifest, &tags).await?;
                        self.report.emit(&Event::ImageTagged {
                            image: image.name.clone(),
                            digest: digest.clone(),
                            tags,
                        });
                    }
                    digest.clone()
                }
            };
            digests.insert(plan.image.name.clone(), digest);
        }
        Ok(digests)
    }

    async fn build_and_push(
        &self,
        image: &Image,
        build: &DockerBuild,
        tags: &[Tag],
        preparation: &mut Preparation,
    ) -> Result<Digest, ImageError> {
        let Preparation { docker, first_build } = preparation;
        if build.is_index() {
            let digest =
                docker.build_index(build, &image.repository, tags, self.environment, self.report).await?;
            self.report_push(image, &digest);
            return Ok(digest);
        }
        let process = match first_build.take() {
            Some(process) => process?,
            None => docker.build(build, &image.repository, &image.tags, self.environment)?,
        };
        let command = process.command().to_owned();
        self.report.emit(&Event::DockerStarted { step: DockerStep::Build, command });
        process.finish(self.report).await?;
        // A validated image has at least one tag.
        let no_digest = || DockerError::NoDigest { command: "docker push".to_owned() };
        let (first, others) = tags.split_first().ok_or_else(no_digest)?;
        let digest = docker.push(&image.repository, first, self.report).await?;
        if !self.add_tags(image, &digest, others).await? {
            for tag in others {
                let other = docker.push(&image.repository, tag, self.report).await?;
                if other != digest {
                    let (first, second) = (digest.as_str().to_owned(), other.as_str().to_owned());
                    return Err(ImageError::DigestMismatch { image: image.name.clone(), first, second });
                }
            }
        }
        self.report_push(image, &digest);
        Ok(digest)
    }

    fn report_push(&self, image: &Image, digest: &Digest) {
        let Image { name, tags, .. } = image;
        let (image, digest, tags) = (name.clone(), digest.clone(), tags.clone());
        self.report.emit(&Event::ImagePushed { image, digest, tags });
    }

    /// Adds tags to an image that was just pushed, by ECR. Returns `false` if docker has to push them: the registry is
    /// another one, or the manifest cannot be read, such as without `ecr:BatchGetImage`, which a push does not require.
    async fn add_tags(&self, image: &Image, digest: &Digest, tags: &[Tag]) -> Result<bool, ImageError> {
        let Some(registry) = image.repository.ecr_registry().filter(|_| !tags.is_empty()) else {
            return Ok(tags.is_empty());
        };
        let manifest = ecr::fetch_manifest(self.aws, &registry, &image.repository, digest).await;
        let Ok(Some(manifest)) = manifest else { return Ok(false) };
        ecr::add_tags(self.aws, &registry, &image.repository, Some(manifest), tags).await?;
        Ok(true)
    }

    /// The docker commands that build and push the images of these plans, quoted for a shell. ECR adds the tags after
    /// the first of an image.
    ///
    /// # Errors
    /// [`ImageError::Docker`] if a command exposes a secret.
    pub fn commands(&self, plans: &[ImagePlan], commit: &str) -> Result<Vec<String>, ImageError> {
        let mut commands = Vec::new();
        for plan in plans {
            let ImageAction::Build(build) = &plan.action else { continue };
            let (image, mut pushed) = (&plan.image, plan.tags_in_order(commit));
            if image.repository.ecr_registry().is_some() && !build.is_index() {
                pushed.truncate(1);
            }
            let (repository, tags) = (&image.repository, &image.tags);
            let (program, environment) = (&self.program, self.environment);
            commands.extend(publish_commands(program, build, repository, tags, &pushed, environment)?);
        }
        Ok(commands)
    }
}
