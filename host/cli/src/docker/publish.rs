//! From planned images to digests: look, build, push, tag.

use model::event::EventSink as _;
use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::try_join_all;
use thiserror::Error;

use super::login::{Login, LoginError};
use super::running::Running;
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

/// Why an image is not where it should be.
#[derive(Debug, Error)]
pub enum ImageError {
    /// Docker.
    #[error(transparent)]
    Docker(#[from] DockerError),
    /// ECR.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The private docker configuration.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The registry gave one image two digests.
    #[error(
        "the tags of image `{image}` were pushed with different digests, {first} and {second}; nothing was deployed"
    )]
    TwoDigests {
        /// The image's name.
        image: String,
        /// The digest of the first tag.
        first: String,
        /// That of a later one.
        second: String,
    },
}

/// Looks images up, builds and pushes them.
pub struct Publisher<'r> {
    /// Region and credentials.
    pub aws: &'r Aws,
    /// The environment, for the user's docker configuration.
    pub environment: &'r Environment,
    /// The docker command line.
    pub program: PathBuf,
    /// Whether to build what is in the registry already.
    pub rebuild: bool,
    /// Where events go.
    pub report: &'r Report,
}

/// What is under way before the plan is known.
pub struct Prepared {
    /// What the registry has of each image, by name.
    pub facts: BTreeMap<String, RegistryImage>,
    docker: Option<Docker>,
    /// The first build, started early and unseen: it changes nothing outside
    /// this machine, and is ended if the plan turns out not to be valid.
    building: Option<Result<Running, DockerError>>,
}

impl Publisher<'_> {
    /// Asks the registry what it has of each image.
    ///
    /// # Errors
    /// [`AwsError`] where ECR can't be asked.
    pub async fn facts(
        &self,
        images: &[Image],
        commit: &str,
    ) -> Result<BTreeMap<String, RegistryImage>, AwsError> {
        let ask = async |image: &Image| {
            let pushed = match (image.repository.ecr_registry(), registry_query(image, commit, self.rebuild))
            {
                (Some(registry), Some(RegistryQuery { reference, is_reusable })) => {
                    match ecr::find_image(self.aws, &registry, &image.repository, &reference).await? {
                        RegistryImage::Present { .. } if !is_reusable => RegistryImage::Absent,
                        pushed => pushed,
                    }
                }
                _ => RegistryImage::Unknown,
            };
            Ok((image.name.clone(), pushed))
        };
        Ok(try_join_all(images.iter().map(ask)).await?.into_iter().collect())
    }

    /// Asks the registry, logs in where something is to be built, and starts
    /// the first build: all that need not wait for what ECS says.
    ///
    /// # Errors
    /// [`ImageError`].
    pub async fn prepare(&self, images: &[Image], commit: &str) -> Result<Prepared, ImageError> {
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
            return Ok(Prepared { facts, docker: None, building: None });
        };
        let login = self.login(std::iter::once(image).chain(to_build.map(|(image, _)| image))).await?;
        let docker = Docker::new(self.program.clone(), login);
        // A docker that can't be started is told after what is wrong with the plan.
        let start = || docker.build(build, &image.repository, &image.tags, self.environment);
        let building = context::lacks(image).is_none().then(start);
        Ok(Prepared { facts, docker: Some(docker), building })
    }

    /// A token of each ECR registry, and a docker configuration that holds them.
    pub(crate) async fn login(
        &self,
        images: impl Iterator<Item = &Image>,
    ) -> Result<Option<Login>, ImageError> {
        let registries: BTreeMap<&str, EcrRegistry> = images
            .filter_map(|image| Some((image.repository.host(), image.repository.ecr_registry()?)))
            .collect();
        if registries.is_empty() {
            return Ok(None);
        }
        let ask = async |(host, registry): (&&str, &EcrRegistry)| {
            Ok::<_, AwsError>(((*host).to_owned(), ecr::fetch_token(self.aws, registry).await?))
        };
        let tokens = try_join_all(registries.iter().map(ask)).await?;
        let tokens = tokens.iter().map(|(host, token)| (host.as_str(), token));
        Ok(Some(Login::new(self.environment, tokens)?))
    }

    /// Carries the images' plan out, and gives the digest of each image by name.
    ///
    /// # Errors
    /// [`ImageError`].
    pub async fn publish(
        &self,
        plans: &[ImagePlan],
        mut prepared: Prepared,
    ) -> Result<BTreeMap<String, Digest>, ImageError> {
        let mut digests = BTreeMap::new();
        for plan in plans {
            let digest = match &plan.action {
                ImageAction::Build(build) => self.build_and_push(&plan.image, build, &mut prepared).await?,
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
        prepared: &mut Prepared,
    ) -> Result<Digest, ImageError> {
        let fallback;
        let docker = match &prepared.docker {
            Some(docker) => docker,
            None => {
                fallback = Docker::new(self.program.clone(), None);
                &fallback
            }
        };
        let running = match prepared.building.take() {
            Some(running) => running?,
            None => docker.build(build, &image.repository, &image.tags, self.environment)?,
        };
        self.report.emit(&Event::DockerStarted { command: running.command().to_owned() });
        running.finish(self.report).await?;
        let mut pushed: Option<Digest> = None;
        for tag in &image.tags {
            let digest = docker.push(&image.repository, tag, self.report).await?;
            if let Some(first) = pushed.as_ref().filter(|first| **first != digest) {
                let (first, second) = (first.as_str().to_owned(), digest.as_str().to_owned());
                return Err(ImageError::TwoDigests { image: image.name.clone(), first, second });
            }
            pushed = Some(digest);
        }
        // A checked image has one tag at least.
        let digest = pushed.ok_or_else(|| DockerError::NoDigest { command: "docker push".to_owned() })?;
        let tags = image.tags.clone();
        self.report.emit(&Event::ImagePushed { image: image.name.clone(), digest: digest.clone(), tags });
        Ok(digest)
    }

    /// The docker commands of the images that are built.
    ///
    /// # Errors
    /// [`ImageError::Docker`] where a command would show a secret.
    pub fn commands(&self, plans: &[ImagePlan]) -> Result<Vec<String>, ImageError> {
        let mut commands = Vec::new();
        for ImagePlan { image, action } in plans {
            if let ImageAction::Build(build) = action {
                let (repository, tags) = (&image.repository, &image.tags);
                commands.extend(arguments::commands(
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
