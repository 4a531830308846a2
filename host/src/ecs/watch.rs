//! Watching a rollout until ECS gives a verdict: one call a tick and rollout.
//!
//! The service deployment that this run started is found first, then confirmed
//! by its revision, then followed. Where the endpoint or the IAM policy does
//! not offer service deployments, the service's own `deployments` are followed
//! instead.

use std::time::{Duration, Instant};

use aws_sdk_ecs::Client;
use aws_sdk_ecs::config::retry::RetryConfig;
use aws_sdk_ecs::types::CreatedAt;

use super::Started;
use super::judge::{self, Look};
use crate::aws::{AwsError, Trouble};
use crate::report::{Event, Progress, Report, Verdict};

/// How a rollout is watched.
#[derive(Debug, Clone)]
pub struct Watching {
    /// The time between two looks.
    pub poll: Duration,
    /// How long the rollout may take.
    pub timeout: Duration,
}

/// The time between the first looks, while the service deployment is still to
/// be found: it shows up some seconds after the update.
const FINDING: Duration = Duration::from_secs(1);

/// How long the service deployment is sought before the service's own list
/// has to do.
const SOUGHT: Duration = Duration::from_secs(30);

/// Whether looking again can't help.
fn lasts(error: &AwsError) -> bool {
    matches!(error.trouble, Trouble::Credentials | Trouble::Permission | Trouble::Missing)
}

/// Where the next look goes.
enum Next {
    /// `ListServiceDeployments`: which deployments began since the update?
    Find,
    /// `DescribeServiceRevisions`: which of them has the new task definition?
    Confirm(Vec<Candidate>),
    /// `DescribeServiceDeployments` of the one that is ours.
    Follow(String),
    /// `DescribeServices`: the service's own list.
    Deployments,
}

/// A service deployment that may be the one that this run started.
struct Candidate {
    deployment: String,
    revision: String,
}

/// Watches one rollout to its verdict. A look that fails for a moment does
/// not end the watch; it says so and looks again.
pub async fn watch(client: &Client, started: &Started, watching: &Watching, report: &Report) -> Verdict {
    let begun = Instant::now();
    // Without the time of the update there is no telling which deployments came after it.
    let mut next = if started.created_at.is_some() { Next::Find } else { Next::Deployments };
    let mut last = None;
    loop {
        match look(client, started, &mut next).await {
            Ok(Some(look)) => {
                tell(&look.progress, &mut last, started, report);
                if let Some(verdict) = look.verdict {
                    return verdict;
                }
            }
            Ok(None) => {}
            Err(error) if lasts(&error) => {
                let reason = format!("the watch can't go on, so the outcome is not known: {error}");
                return Verdict::Failed { reason };
            }
            Err(error) => report.emit(&Event::Warning { message: format!("{error}; looking again") }),
        }
        let passed = begun.elapsed();
        if passed >= SOUGHT && matches!(next, Next::Find | Next::Confirm(_)) {
            next = Next::Deployments;
        }
        if passed >= watching.timeout {
            return Verdict::TimedOut { seconds: passed.as_secs() };
        }
        let wait = match next {
            Next::Find | Next::Confirm(_) => FINDING.min(watching.poll),
            // A tenth of jitter keeps many hosts from asking at the same instant.
            _ => watching.poll.mul_f64(0.9 + 0.2 * fastrand::f64()),
        };
        tokio::time::sleep(wait.min(watching.timeout.saturating_sub(passed))).await;
    }
}

fn tell(progress: &Progress, last: &mut Option<Progress>, started: &Started, report: &Report) {
    if last.as_ref() != Some(progress) {
        report.emit(&Event::Progress { service: started.service.clone(), progress: progress.clone() });
        *last = Some(progress.clone());
    }
}

async fn look(client: &Client, started: &Started, next: &mut Next) -> Result<Option<Look>, AwsError> {
    match next {
        Next::Find => match find(client, started).await {
            Ok(candidates) if candidates.is_empty() => Ok(None),
            Ok(candidates) => {
                *next = Next::Confirm(candidates);
                Ok(None)
            }
            Err(error) if not_offered(&error) => {
                *next = Next::Deployments;
                by_deployments(client, started).await
            }
            Err(error) => Err(error),
        },
        Next::Confirm(candidates) => match confirm(client, started, candidates).await {
            Ok(Some(arn)) => {
                *next = Next::Follow(arn);
                Ok(None)
            }
            Ok(None) => {
                *next = Next::Find;
                Ok(None)
            }
            Err(error) if not_offered(&error) => {
                *next = Next::Deployments;
                by_deployments(client, started).await
            }
            Err(error) => Err(error),
        },
        Next::Follow(arn) => match follow(client, arn).await {
            Err(error) if not_offered(&error) => {
                *next = Next::Deployments;
                by_deployments(client, started).await
            }
            look => look,
        },
        Next::Deployments => by_deployments(client, started).await,
    }
}

/// Whether the endpoint or the IAM policy does not have the call at all. An
/// answer that is not AWS's at all comes from an endpoint that lacks it.
fn not_offered(error: &AwsError) -> bool {
    matches!(error.trouble, Trouble::Permission | Trouble::Foreign)
        || error.is(&["UnknownOperationException", "InvalidAction", "UnsupportedFeatureException"])
}

async fn find(client: &Client, started: &Started) -> Result<Vec<Candidate>, AwsError> {
    // The deployment's time in the two lists may differ by a moment.
    let after = started.created_at.map(|time| aws_sdk_ecs::primitives::DateTime::from_secs(time.secs() - 60));
    let answer = client
        .list_service_deployments()
        .cluster(&started.service.cluster)
        .service(&started.service.service)
        .created_at(CreatedAt::builder().set_after(after).build())
        .customize()
        // The next tick is the retry; an endpoint without the call is told at once.
        .config_override(aws_sdk_ecs::config::Builder::new().retry_config(RetryConfig::disabled()))
        .send()
        .await
        .map_err(|e| {
            AwsError::new("ecs:ListServiceDeployments", format!("service `{}`", started.service), e)
        })?;
    let candidate = |brief: &aws_sdk_ecs::types::ServiceDeploymentBrief| {
        Some(Candidate {
            deployment: brief.service_deployment_arn()?.to_owned(),
            revision: brief.target_service_revision_arn()?.to_owned(),
        })
    };
    Ok(answer.service_deployments().iter().filter_map(candidate).collect())
}

/// The candidate whose revision has the task definition that this run rolls out.
async fn confirm(
    client: &Client,
    started: &Started,
    candidates: &[Candidate],
) -> Result<Option<String>, AwsError> {
    let revisions = candidates.iter().map(|candidate| candidate.revision.clone()).take(20).collect();
    let answer =
        client.describe_service_revisions().set_service_revision_arns(Some(revisions)).send().await.map_err(
            |e| AwsError::new("ecs:DescribeServiceRevisions", format!("service `{}`", started.service), e),
        )?;
    let own = answer
        .service_revisions()
        .iter()
        .find(|revision| revision.task_definition() == Some(&started.task_definition));
    let own = own.and_then(|revision| revision.service_revision_arn());
    let deployment = candidates.iter().find(|candidate| Some(candidate.revision.as_str()) == own);
    Ok(deployment.map(|candidate| candidate.deployment.clone()))
}

async fn follow(client: &Client, arn: &str) -> Result<Option<Look>, AwsError> {
    let answer = client
        .describe_service_deployments()
        .service_deployment_arns(arn)
        .send()
        .await
        .map_err(|error| AwsError::new("ecs:DescribeServiceDeployments", arn, error))?;
    Ok(answer.service_deployments().first().map(judge::service_deployment))
}

async fn by_deployments(client: &Client, started: &Started) -> Result<Option<Look>, AwsError> {
    let answer = client
        .describe_services()
        .cluster(&started.service.cluster)
        .services(&started.service.service)
        .send()
        .await
        .map_err(|e| AwsError::new("ecs:DescribeServices", format!("service `{}`", started.service), e))?;
    let service = answer.services().first().filter(|service| service.status() != Some("INACTIVE"));
    let gone = || Look {
        progress: Progress { state: "gone".to_owned(), ..Progress::default() },
        verdict: Some(Verdict::Failed { reason: "the service was deleted while it rolled out".to_owned() }),
    };
    Ok(Some(service.map_or_else(gone, |service| judge::deployments(service, started))))
}
