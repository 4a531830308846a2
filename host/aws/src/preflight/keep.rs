//! What `--keep` needs: to know which revisions are there and in use, and to
//! deregister those that are not.

use super::ProbeResult;
use crate::ecs::Ecs;
use crate::ecs::rates::Kind;
use crate::{AwsError, ErrorKind};
use model::check::Check;

/// The highest number that a revision could have; none gets there.
const NO_REVISION: i32 = i32::MAX;

/// What a run does without one of these permissions: it warns.
const INSTEAD: &str = "old revisions are not deregistered";

/// Makes the reads for real, and deregisters a revision that is not there.
pub async fn check(ecs: &Ecs, family: &str, tell: &impl Fn(Check)) {
    tell(read(format!("ecs:ListTaskDefinitions of {family}"), revisions(ecs, family).await));
    let cluster = clusters(ecs).await;
    tell(read("ecs:ListClusters".to_owned(), cluster.as_ref().map(drop).map_err(Clone::clone)));
    if let Ok(Some(cluster)) = cluster {
        tell(read("ecs:ListServices".to_owned(), services(ecs, &cluster).await));
    }
    ecs.rates.permit(Kind::DefinitionModify).await;
    let call = ecs.client.deregister_task_definition().task_definition(format!("{family}:{NO_REVISION}"));
    let answer = call.send().await.map_err(|error| {
        AwsError::new("ecs:DeregisterTaskDefinition", format!("the family `{family}`"), error)
    });
    let probed = ProbeResult::of(answer, &["ClientException", "InvalidParameterException"]);
    tell(probed.optional(format!("ecs:DeregisterTaskDefinition of {family}"), INSTEAD));
}

fn read(name: String, answer: Result<(), AwsError>) -> Check {
    match answer {
        Ok(()) => Check::ok(name, "allowed"),
        Err(error) if error.trouble == ErrorKind::Permission => {
            ProbeResult::Denied(error).optional(name, INSTEAD)
        }
        Err(error) => Check::skipped(name, format!("not known: {error}")),
    }
}

async fn revisions(ecs: &Ecs, family: &str) -> Result<(), AwsError> {
    ecs.rates.permit(Kind::DefinitionRead).await;
    let answer = ecs.client.list_task_definitions().family_prefix(family).max_results(1).send().await;
    let on = format!("the family `{family}`");
    answer.map(drop).map_err(|error| AwsError::new("ecs:ListTaskDefinitions", on, error))
}

async fn clusters(ecs: &Ecs) -> Result<Option<String>, AwsError> {
    ecs.rates.permit(Kind::ClusterRead).await;
    let answer = ecs.client.list_clusters().max_results(1).send().await;
    let answer = answer.map_err(|error| AwsError::new("ecs:ListClusters", "the account", error))?;
    Ok(answer.cluster_arns.unwrap_or_default().into_iter().next())
}

async fn services(ecs: &Ecs, cluster: &str) -> Result<(), AwsError> {
    ecs.rates.permit(Kind::ServiceRead).await;
    let answer = ecs.client.list_services().cluster(cluster).max_results(1).send().await;
    answer.map(drop).map_err(|error| AwsError::new("ecs:ListServices", format!("cluster `{cluster}`"), error))
}
