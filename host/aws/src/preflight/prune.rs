//! The permissions that `--keep` requires: to list revisions and the services that use them, and to deregister the
//! unused ones.

use super::ProbeResult;
use crate::ecs::{Ecs, Paging};
use crate::error::{AwsError, ErrorKind};
use model::check::Check;

/// The revision of a task definition that does not exist.
const NO_REVISION: i32 = i32::MAX;

/// What a run does without one of these permissions.
const FALLBACK: &str = "old revisions are not deregistered";

/// Makes the reads, and requests the deregistration of a revision that does not exist.
pub async fn check(ecs: &Ecs, family: &str, report: &impl Fn(Check)) {
    report(read_check(
        format!("ecs:ListTaskDefinitions of {family}"),
        ecs.list_task_definitions(family).of_size(1).next().await.map(drop),
    ));
    let clusters = ecs.list_clusters(Paging::OneItem).await;
    report(read_check("ecs:ListClusters".to_owned(), clusters.as_ref().map(drop).map_err(Clone::clone)));
    if let Some(cluster) = clusters.ok().and_then(|clusters| clusters.into_iter().next()) {
        let services = ecs.list_services(&cluster, Paging::OneItem).await;
        report(read_check("ecs:ListServices".to_owned(), services.map(drop)));
    }
    let response = ecs.deregister_task_definition(&format!("{family}:{NO_REVISION}")).await;
    let result = ProbeResult::from_response(response, &["ClientException", "InvalidParameterException"]);
    report(result.into_optional_check(format!("ecs:DeregisterTaskDefinition of {family}"), FALLBACK));
}

fn read_check(name: String, response: Result<(), AwsError>) -> Check {
    match response {
        Ok(()) => Check::ok(name, "allowed"),
        Err(error) if error.kind == ErrorKind::Permission => {
            ProbeResult::Denied(error).into_optional_check(name, FALLBACK)
        }
        Err(error) => Check::skipped(name, format!("could not check: {error}")),
    }
}
