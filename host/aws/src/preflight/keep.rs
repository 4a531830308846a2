//! What `--keep` needs: to know which revisions are there and in use, and to
//! deregister those that are not.

use super::ProbeResult;
use crate::ecs::{Ecs, Paging};
use crate::{AwsError, ErrorKind};
use model::check::Check;

/// The highest number that a revision could have; none gets there.
const NO_REVISION: i32 = i32::MAX;

/// What a run does without one of these permissions: it warns.
const INSTEAD: &str = "old revisions are not deregistered";

/// Makes the reads for real, and deregisters a revision that is not there.
pub async fn check(ecs: &Ecs, family: &str, tell: &impl Fn(Check)) {
    tell(read(
        format!("ecs:ListTaskDefinitions of {family}"),
        ecs.list_task_definitions(family).of_size(1).next().await.map(drop),
    ));
    let clusters = ecs.list_clusters(Paging::OneItem).await;
    tell(read("ecs:ListClusters".to_owned(), clusters.as_ref().map(drop).map_err(Clone::clone)));
    if let Some(cluster) = clusters.ok().and_then(|clusters| clusters.into_iter().next()) {
        let services = ecs.list_services(&cluster, Paging::OneItem).await;
        tell(read("ecs:ListServices".to_owned(), services.map(drop)));
    }
    let answer = ecs.deregister_task_definition(&format!("{family}:{NO_REVISION}")).await;
    let probed = ProbeResult::from_response(answer, &["ClientException", "InvalidParameterException"]);
    tell(probed.into_optional_check(format!("ecs:DeregisterTaskDefinition of {family}"), INSTEAD));
}

fn read(name: String, answer: Result<(), AwsError>) -> Check {
    match answer {
        Ok(()) => Check::ok(name, "allowed"),
        Err(error) if error.kind == ErrorKind::Permission => {
            ProbeResult::Denied(error).into_optional_check(name, INSTEAD)
        }
        Err(error) => Check::skipped(name, format!("not known: {error}")),
    }
}
