//! Azure Pipelines: <https://learn.microsoft.com/azure/devops/pipelines/build/variables>.

use model::Environment;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

use super::{BuildError, Provider, Variables, short_branch};

pub(super) const PROVIDER: Provider =
    Provider { name: "azure-pipelines", title: "Azure Pipelines", is_active, read };

fn is_active(environment: &Environment) -> bool {
    environment.is_enabled("TF_BUILD")
}

fn read(variables: &mut Variables<'_>) -> Result<PartialBuild, BuildError> {
    let event = match variables.get("BUILD_REASON")?.unwrap_or_default() {
        "IndividualCI" | "BatchedCI" => BuildEvent::Push,
        "PullRequest" => BuildEvent::PullRequest,
        "Schedule" => BuildEvent::Schedule,
        _ => BuildEvent::Manual,
    };
    // The number on GitHub, or else the identifier in Azure Repos.
    let numbers = ["SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "SYSTEM_PULLREQUEST_PULLREQUESTID"];
    let number = variables.first("pull request", &numbers)?.map(str::to_owned);
    let branches = ["SYSTEM_PULLREQUEST_TARGETBRANCH", "BUILD_SOURCEBRANCH"];
    let reference = variables.first("branch", &branches)?;
    let tag =
        variables.first("git tag", &["BUILD_SOURCEBRANCH"])?.and_then(|name| name.strip_prefix("refs/tags/"));
    let source = variables.first("source branch", &["SYSTEM_PULLREQUEST_SOURCEBRANCH"])?.map(short_branch);
    let is_fork = variables.get("SYSTEM_PULLREQUEST_ISFORK")?.map(|text| text.eq_ignore_ascii_case("true"));
    // The number counts within the organization.
    let organization =
        variables.first("number scope", &["SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"])?;
    Ok(PartialBuild {
        repository: variables.text("repository", "BUILD_REPOSITORY_NAME")?,
        branch: reference.filter(|_| tag.is_none()).map(short_branch).map(str::to_owned),
        commit: variables.text("commit", "BUILD_SOURCEVERSION")?,
        // Its first line, cut.
        commit_message: variables.text("commit message", "BUILD_SOURCEVERSIONMESSAGE")?,
        event: Some(event),
        provider_event: variables.text("event of the provider", "BUILD_REASON")?,
        tag: tag.map(str::to_owned),
        pull_request: PartialPullRequest { number, source_branch: source.map(str::to_owned), is_fork },
        number: variables.number("BUILD_BUILDID")?,
        number_scope: Some(organization.unwrap_or(PROVIDER.name).to_owned()),
        // From 1.
        job: variables.number("SYSTEM_JOBPOSITIONINPHASE")?,
        actor: variables.text("actor", "BUILD_REQUESTEDFOR")?,
        ..PartialBuild::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::ci::providers::tests::summary;

    const VARIABLES: &[(&str, &str)] = &[
        ("TF_BUILD", "True"),
        ("BUILD_BUILDID", "41"),
        ("BUILD_REPOSITORY_NAME", "acme/shop"),
        ("BUILD_REQUESTEDFOR", "Ada"),
        ("BUILD_SOURCEVERSION", "COMMIT"),
        ("BUILD_SOURCEVERSIONMESSAGE", "a change"),
        ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/acme/"),
        ("SYSTEM_JOBPOSITIONINPHASE", "1"),
    ];

    #[test]
    fn every_kind_of_build_is_described() {
        let common = "repository=acme/shop number=41 scope=https://dev.azure.com/acme/ job=1 by=Ada";
        let branch = |reason, reference| {
            summary(&[VARIABLES, &[("BUILD_REASON", reason), ("BUILD_SOURCEBRANCH", reference)]])
        };
        assert_eq!(
            branch("IndividualCI", "refs/heads/main"),
            format!("azure-pipelines: Push main {common} word=IndividualCI message=a change")
        );
        assert!(branch("Schedule", "refs/heads/main").starts_with("azure-pipelines: Schedule main "));
        assert!(branch("Manual", "refs/heads/main").starts_with("azure-pipelines: Manual main "));
        assert!(branch("IndividualCI", "refs/tags/v1").starts_with("azure-pipelines: Tag v1 tag=v1 "));
        for (target, number) in [
            ("main", ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "7")),
            ("refs/heads/main", ("SYSTEM_PULLREQUEST_PULLREQUESTID", "7")),
        ] {
            let request = [
                number,
                ("BUILD_REASON", "PullRequest"),
                ("BUILD_SOURCEBRANCH", "refs/pull/7/merge"),
                ("SYSTEM_PULLREQUEST_SOURCEBRANCH", "refs/heads/fix"),
                ("SYSTEM_PULLREQUEST_TARGETBRANCH", target),
                ("SYSTEM_PULLREQUEST_ISFORK", "True"),
            ];
            assert_eq!(
                summary(&[VARIABLES, &request]),
                format!(
                    "azure-pipelines: PullRequest main {common} word=PullRequest message=a change request=7 source=fix \
                     fork=true"
                )
            );
        }
    }
}
