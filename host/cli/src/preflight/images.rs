//! The images, and what building and pushing them needs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::docker::{Docker, Publisher, context};
use aws::ecr;
use aws::preflight::repository as registry;
use aws::{Aws, ErrorKind};
use model::check::Check;
use model::decision::Image;
use model::names::{EcrRegistry, Tag};
use model::plan;
use model::plan::{ImageAction, ImagePlan, RegistryImage};

/// How long docker may take to say that it is there.
const DOCKER: Duration = Duration::from_secs(30);

/// What is known of the images.
#[derive(Default)]
pub struct Images {
    /// What the registries have of them, by their names.
    pub facts: BTreeMap<String, RegistryImage>,
    /// What a run would do about those that it can use.
    pub plans: Vec<ImagePlan>,
    /// Whether these are all.
    pub complete: bool,
}

impl Images {
    /// Looks at every image, and at docker where one is to be built.
    pub async fn look(
        publisher: &Publisher<'_>,
        images: &[Image],
        commit: &str,
        tell: impl Fn(Check),
    ) -> Self {
        let mut known = Self { complete: true, ..Self::default() };
        for image in images {
            let name = format!("image {}", image.name);
            let facts = match publisher.facts(std::slice::from_ref(image), commit).await {
                Ok(facts) => facts,
                Err(error) => {
                    tell(Check::failed(name, error.to_string()));
                    known.complete = false;
                    continue;
                }
            };
            let pushed = facts.get(&image.name).unwrap_or(&RegistryImage::Unknown);
            match plan::image(image, pushed) {
                Ok(plan) => {
                    let lacking = context::lacks(image);
                    let lacking = lacking.filter(|_| matches!(plan.action, ImageAction::Build(_)));
                    known.complete &= lacking.is_none();
                    tell(lacking.map_or_else(
                        || Check::ok(name.as_str(), told(&plan)),
                        |lacking| Check::failed(name.as_str(), lacking),
                    ));
                    known.plans.push(plan);
                }
                Err(problem) => {
                    let begin = format!("image `{}`: ", image.name);
                    tell(Check::failed(name, problem.strip_prefix(&begin).unwrap_or(&problem)));
                    known.complete = false;
                }
            }
            known.facts.extend(facts);
        }
        for plan in &known.plans {
            let Some(registry) = plan.image.repository.ecr_registry() else {
                let why = format!(
                    "{} is not Amazon ECR: what it allows is not known",
                    plan.image.repository.host()
                );
                tell(Check::skipped(format!("repository of {}", plan.image.name), why));
                continue;
            };
            look_at_repository(publisher.aws, &registry, plan, &tell).await;
        }
        let built = known.plans.iter().filter(|plan| matches!(plan.action, ImageAction::Build(_)));
        let built: Vec<&Image> = built.map(|plan| &plan.image).collect();
        let is_known = known.plans.len() == images.len();
        if built.is_empty() && is_known {
            tell(Check::skipped("docker", "not needed: nothing is to be built"));
            return known;
        }
        if !built.is_empty() {
            look_at_login(publisher, &built, &tell).await;
        }
        tell(docker(&publisher.program).await);
        known
    }
}

fn told(plan: &ImagePlan) -> String {
    let tags = |tags: &[Tag]| tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
    match &plan.action {
        ImageAction::Build(build) => {
            format!("to be built from `{}` and pushed as {}", build.context, tags(&plan.image.tags))
        }
        ImageAction::Reuse { missing_tags, .. } if missing_tags.is_empty() => {
            "in the registry already".to_owned()
        }
        ImageAction::Reuse { missing_tags, .. } => {
            format!("in the registry already; to be tagged {}", tags(missing_tags))
        }
    }
}

async fn look_at_repository(aws: &Aws, registry: &EcrRegistry, plan: &ImagePlan, tell: &impl Fn(Check)) {
    let (image, repository) = (&plan.image, &plan.image.repository);
    let (tags, own) = match &plan.action {
        ImageAction::Build(_) => (image.tags.as_slice(), None),
        ImageAction::Reuse { missing_tags, digest } => (missing_tags.as_slice(), Some(digest)),
    };
    if tags.is_empty() {
        return;
    }
    tell(registry::tags(aws, registry, image, tags).await);
    if let Some(digest) = own {
        let read = ecr::manifest(aws, registry, repository, digest).await;
        let name = format!("ecr:BatchGetImage on {}", repository.path());
        tell(match read {
            Ok(_) => Check::ok(name, "allowed"),
            Err(error) => Check::failed(name, error.to_string()),
        });
    }
    let name = format!("ecr:PutImage on {}", repository.path());
    tell(registry::put(aws, registry, repository).await.check(name));
    if own.is_none() {
        let name = format!("pushing layers to {}", repository.path());
        let layers = registry::layers(aws, registry, repository).await;
        tell(match layers {
            Ok(()) => Check::skipped(
                name,
                "ecr:BatchCheckLayerAvailability is allowed; ecr:InitiateLayerUpload, ecr:UploadLayerPart and \
                 ecr:CompleteLayerUpload are not checked: AWS offers no dry run",
            ),
            Err(error) if error.trouble == ErrorKind::Permission => Check::failed(name, error.to_string()),
            Err(error) => Check::skipped(name, format!("not known: {error}")),
        });
    }
}

async fn look_at_login(publisher: &Publisher<'_>, images: &[&Image], tell: &impl Fn(Check)) {
    match publisher.login(images.iter().copied()).await {
        Ok(Some(_)) => tell(Check::ok("registry login", "ECR gave a token")),
        Ok(None) => tell(Check::skipped("registry login", "your own docker configuration has to log in")),
        Err(error) => tell(Check::failed("registry login", error.to_string())),
    }
}

/// Whether docker is there, with an engine to work for it.
pub async fn docker(program: &Path) -> Check {
    let docker = Docker::new(program.to_owned(), None);
    match tokio::time::timeout(DOCKER, docker.version()).await {
        Ok(Ok(())) => Check::ok("docker", format!("`{}` reaches its engine", program.display())),
        Ok(Err(error)) => Check::failed("docker", error.to_string()),
        Err(_) => Check::failed(
            "docker",
            format!("`{} version` gave no answer in {} s", program.display(), DOCKER.as_secs()),
        ),
    }
}
