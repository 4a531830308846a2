//! Finds images in ECR, and builds, pushes and tags them by a plan.

use model::event::EventSink as _;
use model::exit::Exit;
use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::try_join_all;
use thiserror::Error;

use super::login::{DockerConfig, DockerConfigError};
use super::process::DockerProcess;
use super::{Docker, DockerError};
use super::{arguments, context};
use crate::output::Report;
use aws::ecr;
use aws::{Aws, AwsError};
use model::Environment;
use model::decision::{DockerBuild, Image, ImageSource};
use model::event::Event;
use model::names::{Digest, EcrRegistry};
use model::plan::{ImageAction, ImagePlan, RegistryImage, RegistryQuery, registry_query};

/// Why an image could not be found, built, pushed or tagged.
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
        "the tags of image `{image}` were pushed with different digests, {first} and {second}; nothing was deployed"
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
    /// Whether to build an image that the registry already has.
    pub rebuild: bool,
    /// Where events go.
    pub report: &'r Report,
}

/// The preparation of [`Publisher::publish`], which runs while the plan is made.
pub struct Preparation {
    /// The state of each image in the registry, by the image's name.
    pub facts: BTreeMap<String, RegistryImage>,
    docker: Option<Docker>,
    /// The first build, started early and without output. It changes nothing outside this machine. Dropping it, as
    /// when the plan is invalid, stops it.
    first_build: Option<Result<DockerProcess, DockerError>>,
}

impl Publisher<'_> {
    /// Reads from ECR the state of each image, by the image's name.
    ///
    /// # Errors
    /// [`AwsError`] if a call to ECR fails.
    pub async fn facts(
        &self,
        images: &[Image],
        commit: &str,
    ) -> Result<BTreeMap<String, RegistryImage>, AwsError> {
        let find = async |image: &Image| {
            let state = match (image.repository.ecr_registry(), registry_query(image, commit, self.rebuild)) {
                (Some(registry), Some(RegistryQuery { reference, is_reusable })) => {
                    match ecr::find_image(self.aws, &registry, &image.repository, &reference).await? {
                        RegistryImage::Present { .. } if !is_reusable => RegistryImage::Absent,
                        state => state,
                    }
                }
                _ => RegistryImage::Unknown,
            };
            Ok((image.name.clone(), state))
        };
        Ok(try_join_all(images.iter().map(find)).await?.into_iter().collect())
    }

    /// Reads the registry, logs in if an image has to be built, and starts the first build. None of this depends on
    /// the facts from ECS.
    ///
    /// # Errors
    /// [`ImageError`].
    pub async fn prepare(&self, images: &[Image], commit: &str) -> Result<Preparation, ImageError> {
        let facts = self.facts(images, commit).await?;
        let mut to_build = images.iter().filter_map(|image| match &image.source {
            ImageSource::Dockerfile(build)
                if matches!(facts.get(&image.name), Some(RegistryImage::Absent | RegistryImage::Unknown)) =>
            {
                Some((image, build))
            }
            _ => None,
        });
        let Some((image, build)) = to_build.next() else {
            return Ok(Preparation { facts, docker: None, first_build: None });
        };
        let config = self.log_in(std::iter::once(image).chain(to_build.map(|(image, _)| image))).await?;
        let docker = Docker::new(self.program.clone(), config);
        // `publish` returns the error of the start, after the problems of the plan.
        let start = || docker.build(build, &image.repository, &image.tags, self.environment);
        let first_build = context::find_problem(image).is_none().then(start);
        Ok(Preparation { facts, docker: Some(docker), first_build })
    }

    /// Fetches a token of each ECR registry and writes them into a docker configuration. `None` if no image is in ECR.
    pub(crate) async fn log_in(
        &self,
        images: impl Iterator<Item = &Image>,
    ) -> Result<Option<DockerConfig>, ImageError> {
        let registries: BTreeMap<&str, EcrRegistry> = images
            .filter_map(|image| Some((image.repository.host(), image.repository.ecr_registry()?)))
            .collect();
        if registries.is_empty() {
            return Ok(None);
        }
        let fetch_token = async |(host, registry): (&&str, &EcrRegistry)| {
            Ok::<_, AwsError>(((*host).to_owned(), ecr::fetch_token(self.aws, registry).await?))
        };
        let tokens = try_join_all(registries.iter().map(fetch_token)).await?;
        let tokens = tokens.iter().map(|(host, token)| (host.as_str(), token));
        Ok(Some(DockerConfig::new(self.environment, tokens)?))
    }

    /// Applies the plans of the images and returns the digest of each image by its name.
    ///
    /// # Errors
    /// [`ImageError`].
    pub async fn publish(
        &self,
        plans: &[ImagePlan],
        mut preparation: Preparation,
    ) -> Result<BTreeMap<String, Digest>, ImageError> {
        let mut digests = BTreeMap::new();
        for plan in plans {
            let digest = match &plan.action {
                ImageAction::Build(build) => {
                    self.build_and_push(&plan.image, build, &mut preparation).await?
                }
                ImageAction::Reuse { digest, missing_tags } => {
                    if let (Some(registry), false) =
                        (plan.image.repository.ecr_registry(), missing_tags.is_empty())
                    {
                        ecr::add_tags(self.aws, &registry, &plan.image.repository, digest, missing_tags)
                            .await?;
                        self.report.emit(&Event::ImageTagged {
                            image: plan.image.name.clone(),
                            digest: digest.clone(),
                            tags: missing_tags.clone(),
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
        preparation: &mut Preparation,
    ) -> Result<Digest, ImageError> {
        let fallback;
        let docker = match &preparation.docker {
            Some(docker) => docker,
            None => {
                fallback = Docker::new(self.program.clone(), None);
                &fallback
            }
        };
        let process = match preparation.first_build.take() {
            Some(process) => process?,
            None => docker.build(build, &image.repository, &image.tags, self.environment)?,
        };
        self.report.emit(&Event::DockerStarted { command: process.command().to_owned() });
        process.finish(self.report).await?;
        let mut pushed: Option<Digest> = None;
        for tag in &image.tags {
            let digest = docker.push(&image.repository, tag, self.report).await?;
            if let Some(first) = pushed.as_ref().filter(|first| **first != digest) {
                let (first, second) = (first.as_str().to_owned(), digest.as_str().to_owned());
                return Err(ImageError::DigestMismatch { image: image.name.clone(), first, second });
            }
            pushed = Some(digest);
        }
        // A validated image has at least one tag.
        let digest = pushed.ok_or_else(|| DockerError::NoDigest { command: "docker push".to_owned() })?;
        let tags = image.tags.clone();
        self.report.emit(&Event::ImagePushed { image: image.name.clone(), digest: digest.clone(), tags });
        Ok(digest)
    }

    /// The docker commands that build and push the images of these plans, quoted for a shell.
    ///
    /// # Errors
    /// [`ImageError::Docker`] if a command exposes a secret.
    pub fn commands(&self, plans: &[ImagePlan]) -> Result<Vec<String>, ImageError> {
        let mut commands = Vec::new();
        for ImagePlan { image, action } in plans {
            if let ImageAction::Build(build) = action {
                let (repository, tags) = (&image.repository, &image.tags);
                commands.extend(arguments::publish_commands(
                    &self.program,
                    build,
                    repository,
                    tags,
                    self.environment,
                )?);
            }
        }
        Ok(commands)
    }
}
