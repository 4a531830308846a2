//! A policy's lookups, answered by AWS.

use std::sync::OnceLock;
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};

use aws::Aws;
use aws::ecr;
use aws::ecs;
use aws::ecs::Ecs;
use model::Environment;
use model::decision::Reference;
use model::lookup::{LookupQuery, LookupReply, PushedImage};
use model::names::{Region, Repository};
use sandbox::Lookup;
use sandbox::lookup::LookupError;

/// Answers from the run's own account and region. It connects when the first
/// question comes: most policies ask none.
pub(super) struct FromAws {
    environment: Environment,
    region: Option<Region>,
    reached: OnceLock<Result<Reached, OutOfReach>>,
}

/// No region or no credentials, without which nothing can be looked up.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(super) struct OutOfReach(String);

/// AWS, and the runtime that its connections belong to.
struct Reached {
    runtime: Runtime,
    aws: Aws,
    ecs: Ecs,
}

impl FromAws {
    pub(super) fn new(environment: &Environment, region: Option<&Region>) -> Self {
        Self { environment: environment.clone(), region: region.cloned(), reached: OnceLock::new() }
    }

    /// Why AWS could not be asked at all, where that was tried.
    pub(super) fn out_of_reach(&self) -> Option<OutOfReach> {
        self.reached.get().and_then(|reached| reached.as_ref().err().cloned())
    }

    fn reach(&self) -> Result<Reached, OutOfReach> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| OutOfReach(format!("no lookups are possible: {error}")))?;
        let connect = async {
            let aws = Aws::connect(&self.environment, self.region.as_ref()).await?;
            let ecs = aws::ecs::Ecs::connect(&aws, &aws.place()).await;
            Ok((aws, ecs))
        };
        let connected: Result<_, aws::AwsError> = runtime.block_on(connect);
        let (aws, ecs) = connected.map_err(|error| OutOfReach(error.to_string()))?;
        Ok(Reached { runtime, aws, ecs })
    }
}

impl Lookup for FromAws {
    fn look_up(&self, question: &LookupQuery, until: Instant) -> Result<LookupReply, LookupError> {
        let reached = self.reached.get_or_init(|| self.reach());
        let reached = reached.as_ref().map_err(|why| LookupError::Said(why.to_string()))?;
        let Reached { runtime, aws, ecs } = reached;
        let answer = async {
            match question {
                LookupQuery::ListServices { cluster } => {
                    ecs::lookup::services(ecs, &aws.region, cluster).await.map(LookupReply::Services)
                }
                LookupQuery::GetService { cluster, name } => {
                    ecs::lookup::service(ecs, &aws.region, cluster, name).await.map(LookupReply::Service)
                }
                LookupQuery::GetImage { repository, reference } => {
                    image(aws, repository, reference).await.map(LookupReply::Image)
                }
            }
        };
        match runtime.block_on(async { tokio::time::timeout_at(until.into(), answer).await }) {
            Ok(answer) => answer.map_err(LookupError::Said),
            Err(_) => Err(LookupError::OutOfTime),
        }
    }
}

async fn image(
    aws: &Aws,
    repository: &Repository,
    reference: &Reference,
) -> Result<Option<PushedImage>, String> {
    let Some(registry) = repository.ecr_registry() else {
        return Err(format!("{repository} is not in Amazon ECR, the only registry that can be asked"));
    };
    let found = ecr::look(aws, &registry, repository, reference).await.map_err(|error| error.to_string())?;
    match found {
        ecr::ImageState::NoRepository => Err(format!("there is no repository {repository}")),
        ecr::ImageState::Absent => Ok(None),
        ecr::ImageState::Found { digest, mut tags, pushed_at } => {
            tags.sort();
            Ok(Some(PushedImage { digest, tags, pushed_at }))
        }
    }
}

impl Drop for FromAws {
    fn drop(&mut self) {
        // The resolver of host names may hang in a thread of its own.
        if let Some(Ok(reached)) = self.reached.take() {
            reached.runtime.shutdown_background();
        }
    }
}
