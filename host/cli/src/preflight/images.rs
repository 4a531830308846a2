//! The images, and what building and pushing them requires.

use std::collections::BTreeMap;
use std::path::Path;

use super::NOT_CHECKED;
use super::places::PlaceAccess;
use crate::docker::{Docker, Publisher, VERSION_TIMEOUT};
use crate::facts;
use aws::ecr;
use aws::preflight::repository as registry;
use aws::{Aws, AwsError, ErrorKind};
use model::check::Check;
use model::decision::Image;
use model::names::{EcrRegistry, Tag};
use model::plan::{ImageAction, ImagePlan, RegistryImage};

/// The images of a deployment after their checks.
#[derive(Default)]
pub struct CheckedImages {
    /// Their states in their registries, by their names.
    pub states: BTreeMap<String, RegistryImage>,
    /// Why an image cannot be built here, by its name.
    pub build_problems: BTreeMap<String, String>,
    /// What a run would do about those that are valid.
    pub plans: Vec<ImagePlan>,
    /// Whether all images are valid.
    pub is_complete: bool,
}

impl CheckedImages {
    /// Checks every image, and docker if an image has to be built. With `rebuild` no image of the commit is reused. The
    /// credentials of the run have been checked in these places.
    pub async fn check(
        publisher: &Publisher<'_>,
        images: &[Image],
        (commit, rebuild): (&str, bool),
        places: &[PlaceAccess],
        emit: impl Fn(Check),
    ) -> Self {
        let mut checked = Self { is_complete: true, ..Self::default() };
        let lacks_credentials = places.iter().any(|it| it.place.role.is_none() && it.ecs.is_none());
        for image in images {
            match facts::read_image(publisher.aws, image, commit, rebuild).await {
                Err(error) if lacks_credentials && error.kind == ErrorKind::Credentials => {
                    checked.is_complete = false;
                    emit(Check::skipped(format!("image {}", image.name), NOT_CHECKED));
                }
                state => checked.add(image, state, publisher, &emit).await,
            }
        }
        for plan in &checked.plans {
            let Some(registry) = plan.image.repository.ecr_registry() else {
                let detail = format!("not checked: {} is not Amazon ECR", plan.image.repository.host());
                emit(Check::skipped(format!("repository of {}", plan.image.name), detail));
                continue;
            };
            check_repository(publisher.aws, &registry, plan, &emit).await;
        }
        let built = checked.plans.iter().filter(|plan| matches!(plan.action, ImageAction::Build(_)));
        let built: Vec<&Image> = built.map(|plan| &plan.image).collect();
        let has_all_plans = checked.plans.len() == images.len();
        if built.is_empty() && has_all_plans {
            emit(Check::skipped("docker", "not required: no image has to be built"));
            return checked;
        }
        if !built.is_empty() {
            check_login(publisher, &built, &emit).await;
        }
        emit(check_docker(&publisher.program, publisher.guard_program.as_deref()).await);
        checked
    }

    /// Checks one image by its state in the registry, and the folder that it is built from.
    async fn add(
        &mut self,
        image: &Image,
        state: Result<RegistryImage, AwsError>,
        publisher: &Publisher<'_>,
        emit: &impl Fn(Check),
    ) {
        let name = format!("image {}", image.name);
        let state = match state {
            Ok(state) => state,
            Err(error) => {
                self.is_complete = false;
                return emit(Check::failed(name, error.to_string()));
            }
        };
        match ImagePlan::from_registry(image, &state) {
            Ok(plan) => {
                let states = [(image.name.clone(), state.clone())].into();
                let mut problems = publisher.find_build_problems(std::slice::from_ref(image), &states).await;
                let problem = problems.remove(&image.name);
                let problem = problem.filter(|_| matches!(plan.action, ImageAction::Build(_)));
                self.is_complete &= problem.is_none();
                emit(match &problem {
                    None => Check::ok(name, describe(&plan)),
                    Some(problem) => Check::failed(name, problem.clone()),
                });
                self.build_problems.extend(problem.map(|problem| (image.name.clone(), problem)));
                self.plans.push(plan);
            }
            Err(problem) => {
                self.is_complete = false;
                let begin = format!("image `{}`: ", image.name);
                emit(Check::failed(name, problem.strip_prefix(&begin).unwrap_or(&problem)));
            }
        }
        self.states.insert(image.name.clone(), state);
    }
}

fn describe(plan: &ImagePlan) -> String {
    let tags = |tags: &[Tag]| tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
    match &plan.action {
        ImageAction::Build(build) => {
            let platforms = match build.platforms.as_slice() {
                [] => String::new(),
                platforms => format!(" for {}", platforms.join(", ")),
            };
            let tags = tags(&plan.image.tags);
            format!("a run would build it from `{}`{platforms} and push it as {tags}", build.context)
        }
        ImageAction::Reuse { missing_tags, .. } if missing_tags.is_empty() => {
            "in the registry already".to_owned()
        }
        ImageAction::Reuse { missing_tags, .. } => {
            format!("in the registry already; a run would tag it {}", tags(missing_tags))
        }
    }
}

/// Checks the repository and the permissions to push or tag an image.
async fn check_repository(aws: &Aws, registry: &EcrRegistry, plan: &ImagePlan, emit: &impl Fn(Check)) {
    let (image, repository) = (&plan.image, &plan.image.repository);
    let (tags, digest) = match &plan.action {
        ImageAction::Build(_) => (image.tags.as_slice(), None),
        ImageAction::Reuse { missing_tags, digest } => (missing_tags.as_slice(), Some(digest)),
    };
    if tags.is_empty() {
        return;
    }
    emit(registry::check_tags(aws, registry, image, tags).await);
    if let Some(digest) = digest {
        let manifest = ecr::fetch_manifest(aws, registry, repository, digest).await;
        let name = format!("ecr:BatchGetImage on {}", repository.path());
        emit(match manifest {
            Ok(_) => Check::ok(name, "allowed"),
            Err(error) => Check::failed(name, error.to_string()),
        });
    }
    let name = format!("ecr:PutImage on {}", repository.path());
    emit(registry::probe_put(aws, registry, repository).await.into_check(name));
    if digest.is_none() {
        let name = format!("pushing layers to {}", repository.path());
        let layers = registry::probe_layers(aws, registry, repository).await;
        emit(match layers {
            Ok(()) => Check::skipped(
                name,
                "ecr:BatchCheckLayerAvailability is allowed; ecr:InitiateLayerUpload, ecr:UploadLayerPart and \
                 ecr:CompleteLayerUpload are not checked: AWS offers no dry run",
            ),
            Err(error) if error.kind == ErrorKind::Permission => Check::failed(name, error.to_string()),
            Err(error) => Check::skipped(name, format!("not known: {error}")),
        });
    }
}

async fn check_login(publisher: &Publisher<'_>, images: &[&Image], emit: &impl Fn(Check)) {
    match publisher.log_in(images.iter().copied()).await {
        Ok(Some(_)) => emit(Check::ok("registry login", "ECR returned a token")),
        Ok(None) => {
            emit(Check::skipped("registry login", "not checked: it is that of your docker configuration"));
        }
        Err(error) => emit(Check::failed("registry login", error.to_string())),
    }
}

/// Checks that docker is installed and reaches its engine. `guard_program` ends it if this run is killed.
pub async fn check_docker(program: &Path, guard_program: Option<&Path>) -> Check {
    let docker = Docker::new(program.to_owned(), None, guard_program.map(Path::to_owned));
    match tokio::time::timeout(VERSION_TIMEOUT, docker.version()).await {
        Ok(Ok(())) => Check::ok("docker", format!("`{}` reaches its engine", program.display())),
        Ok(Err(error)) => Check::failed("docker", error.to_string()),
        Err(_) => Check::failed(
            "docker",
            format!("`{} version` did not end within {} s", program.display(), VERSION_TIMEOUT.as_secs()),
        ),
    }
}
