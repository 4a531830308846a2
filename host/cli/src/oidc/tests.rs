use super::jobs::{OidcProvider, TrustedJobs};
use super::session_name;
use super::trust::{trust_policy, warning};
use model::Environment;
use model::build::BuildEvent;
use model::names::RoleArn;

const ID: &str = "0123abcd-0123-4567-89ab-0123456789ab";
const PROJECT: &str = "9876abcd-0123-4567-89ab-0123456789ab";
const ENVIRONMENT: &str = "11111111-0123-4567-89ab-0123456789ab";

const PROVIDERS: [OidcProvider; 5] = [
    OidcProvider::Github,
    OidcProvider::Gitlab,
    OidcProvider::Circleci,
    OidcProvider::Buildkite,
    OidcProvider::Bitbucket,
];

/// No flag.
fn none(provider: OidcProvider) -> TrustedJobs<'static> {
    TrustedJobs {
        provider,
        repository: None,
        branch: None,
        other_branches: &[],
        tag: None,
        event: None,
        environment: None,
        organization: None,
        project: None,
        host: None,
    }
}

/// The flags that suffice.
fn jobs(provider: OidcProvider) -> TrustedJobs<'static> {
    let (repository, branch) = (Some("acme/todo"), Some("main"));
    match provider {
        OidcProvider::Github | OidcProvider::Gitlab => TrustedJobs { repository, branch, ..none(provider) },
        OidcProvider::Circleci => TrustedJobs {
            repository,
            branch,
            organization: Some(ID),
            project: Some(PROJECT),
            ..none(provider)
        },
        OidcProvider::Buildkite => {
            TrustedJobs { branch, organization: Some("acme"), project: Some("todo"), ..none(provider) }
        }
        OidcProvider::Bitbucket => TrustedJobs {
            repository,
            environment: Some(ENVIRONMENT),
            organization: Some(ID),
            project: Some(PROJECT),
            ..none(provider)
        },
    }
}

fn with_ids(jobs: TrustedJobs<'static>) -> TrustedJobs<'static> {
    TrustedJobs { organization: Some("123456"), project: Some("456789"), ..jobs }
}

fn role() -> RoleArn {
    RoleArn::parse("arn:aws:iam::123456789012:role/ci").unwrap()
}

fn subject(jobs: TrustedJobs<'_>) -> Result<String, String> {
    let policy = trust_policy(&role(), jobs).map_err(|error| error.to_string())?;
    Ok(policy.claim("sub").join(" "))
}

fn rejected(jobs: TrustedJobs<'_>) -> String {
    subject(jobs).expect_err("no policy")
}

#[test]
fn a_subject_has_the_form_of_its_provider() {
    let any = "????????-????-????-????-????????????";
    let github = jobs(OidcProvider::Github);
    let environment = TrustedJobs { branch: None, environment: Some("eu: production"), ..github };
    let pull_requests = TrustedJobs { branch: None, event: Some(BuildEvent::PullRequest), ..github };
    for (jobs, expected) in [
        (github, "repo:acme/todo:ref:refs/heads/main".to_owned()),
        (with_ids(github), "repo:acme@123456/todo@456789:ref:refs/heads/main".to_owned()),
        (environment, "repo:acme/todo:environment:eu%3A production".to_owned()),
        (with_ids(environment), "repo:acme@123456/todo@456789:environment:eu%3A production".to_owned()),
        (pull_requests, "repo:acme/todo:pull_request".to_owned()),
        (with_ids(pull_requests), "repo:acme@123456/todo@456789:pull_request".to_owned()),
        (
            TrustedJobs { branch: None, tag: Some("v*"), ..github },
            "repo:acme/todo:ref:refs/tags/v*".to_owned(),
        ),
        (jobs(OidcProvider::Gitlab), "project_path:acme/todo:ref_type:branch:ref:main".to_owned()),
        (
            TrustedJobs { branch: None, tag: Some("v1"), ..jobs(OidcProvider::Gitlab) },
            "project_path:acme/todo:ref_type:tag:ref:v1".to_owned(),
        ),
        (
            jobs(OidcProvider::Circleci),
            format!(
                "org/{ID}/project/{PROJECT}/user/{any}/vcs-origin/github.com/acme/todo/vcs-ref/refs/heads/main"
            ),
        ),
        (
            jobs(OidcProvider::Buildkite),
            "organization:acme:pipeline:todo:ref:refs/heads/main:commit:*".to_owned(),
        ),
        (jobs(OidcProvider::Bitbucket), format!("{{{PROJECT}}}:{{{ENVIRONMENT}}}:{{{any}}}")),
    ] {
        assert_eq!(subject(jobs).unwrap(), expected);
    }
}

/// The settings of Bitbucket show UUIDs in braces.
#[test]
fn a_uuid_is_the_same_in_braces_and_without() {
    let (organization, project) = (format!("{{{ID}}}"), format!("{{{}}}", PROJECT.to_ascii_uppercase()));
    for provider in [OidcProvider::Bitbucket, OidcProvider::Circleci] {
        let plain = jobs(provider);
        let braces =
            TrustedJobs { organization: Some(&organization), project: Some(&project), ..jobs(provider) };
        let policy = |jobs| trust_policy(&role(), jobs).unwrap();
        assert_eq!(policy(braces), policy(plain));
    }
}

#[test]
fn the_ids_of_github_are_numbers_and_both_are_required() {
    let github = jobs(OidcProvider::Github);
    let error = rejected(TrustedJobs { organization: Some("123456"), ..github });
    assert!(error.contains("--oidc-project: the ID of the repository"), "{error}");
    let error = rejected(TrustedJobs { project: Some("456789"), ..github });
    assert!(error.contains("--oidc-organization: the ID of the owner"), "{error}");
    for id in ["*", "1*", "acme", "", "?"] {
        let error = rejected(TrustedJobs { project: Some(id), ..with_ids(github) });
        assert!(error.starts_with("invalid --oidc-project \""), "{error}");
    }
}

#[test]
fn a_policy_without_the_ids_of_github_states_which_subjects_it_matches() {
    let github = jobs(OidcProvider::Github);
    let message = warning(github).unwrap();
    for part in
        ["`repo:acme/todo:…`", "`repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID:…`", "`gh api repos/acme/todo "]
    {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(warning(with_ids(github)), None);
    assert_eq!(warning(jobs(OidcProvider::Gitlab)), None);
}

#[test]
fn no_trust_policy_is_open_to_others() {
    for provider in PROVIDERS {
        assert!(rejected(none(provider)).contains("so that no other job can assume the role"));
        let has_repository = jobs(provider).repository.is_some();
        for open in ["*", "acme/*", "acme", "acme/todo@1"] {
            let error = rejected(TrustedJobs { repository: Some(open), ..jobs(provider) });
            assert!(
                error.contains("--repository") && (!has_repository || error.contains("invalid")),
                "{error}"
            );
        }
        for open in ["*", "*a*", "?ain", "main:ref:x", "refs/heads/main", "${aws:username}"] {
            let error = rejected(TrustedJobs { branch: Some(open), ..jobs(provider) });
            assert!(error.contains("--branch"), "{error}");
        }
        for open in ["a*", "*", ""] {
            for jobs in [
                TrustedJobs { organization: Some(open), ..jobs(provider) },
                TrustedJobs { project: Some(open), ..jobs(provider) },
                TrustedJobs { environment: Some(open), ..jobs(provider) },
                TrustedJobs { host: Some(open), ..jobs(provider) },
            ] {
                assert!(rejected(jobs).contains("--oidc-"));
            }
        }
    }
    let error = rejected(none(OidcProvider::Bitbucket));
    assert!(error.contains("--oidc-environment") && error.contains("tokens contain no branch"), "{error}");
}

/// The key of a step, at the end of a subject of Buildkite, may contain colons, and so what would complete a pattern.
#[test]
fn a_pattern_of_buildkite_ends_with_its_asterisk() {
    let buildkite = jobs(OidcProvider::Buildkite);
    assert!(subject(TrustedJobs { branch: Some("release/*"), ..buildkite }).is_ok());
    let error = rejected(TrustedJobs { branch: Some("r*e"), ..buildkite });
    assert!(error.starts_with("invalid --branch \"r*e\" for Buildkite"), "{error}");
    assert!(subject(TrustedJobs { branch: Some("r*e"), ..jobs(OidcProvider::Gitlab) }).is_ok());
}

#[test]
fn a_flag_that_restricts_nothing_is_rejected_with_its_provider() {
    for provider in PROVIDERS {
        let jobs = jobs(provider);
        let mut flags: Vec<(&str, TrustedJobs<'_>)> = Vec::new();
        match provider {
            OidcProvider::Github => {
                let environment = TrustedJobs { environment: Some("production"), ..jobs };
                flags.push(("--branch", environment));
                flags.push(("--git-tag", TrustedJobs { branch: None, tag: Some("v1"), ..environment }));
                let event = Some(BuildEvent::PullRequest);
                flags.push(("--event", TrustedJobs { branch: None, event, ..environment }));
                flags.push(("--branch", TrustedJobs { event, ..jobs }));
            }
            OidcProvider::Gitlab => {
                flags.push(("--oidc-organization", TrustedJobs { organization: Some("1"), ..jobs }));
                flags.push(("--oidc-project", TrustedJobs { project: Some("1"), ..jobs }));
            }
            OidcProvider::Circleci => {}
            OidcProvider::Buildkite => {
                flags.push(("--repository", TrustedJobs { repository: Some("acme/todo"), ..jobs }));
            }
            OidcProvider::Bitbucket => {
                flags.push(("--branch", TrustedJobs { branch: Some("main"), ..jobs }));
                flags.push(("--git-tag", TrustedJobs { tag: Some("v1"), ..jobs }));
            }
        }
        if !matches!(provider, OidcProvider::Github | OidcProvider::Bitbucket) {
            flags.push(("--oidc-environment", TrustedJobs { environment: Some(ENVIRONMENT), ..jobs }));
        }
        if !matches!(provider, OidcProvider::Gitlab | OidcProvider::Circleci) {
            flags.push(("--oidc-host", TrustedJobs { host: Some("example.com"), ..jobs }));
        }
        if provider != OidcProvider::Github {
            flags.push(("--event", TrustedJobs { event: Some(BuildEvent::Push), ..jobs }));
        }
        if provider != OidcProvider::Bitbucket {
            flags.push(("--git-tag", TrustedJobs { tag: Some("v1"), ..jobs }));
        }
        for (flag, jobs) in flags {
            let error = rejected(jobs);
            let is_named = error.contains(&format!("\n  - {flag}: ")) && error.contains(provider.title());
            assert!(is_named && error.starts_with("these flags do not restrict"), "{flag}: {error}");
        }
    }
}

#[test]
fn the_name_of_a_session_is_in_the_grammar_of_sts() {
    let of = |slug: &str, number: &str| {
        session_name(&Environment::from_iter([
            ("TRAVIS", "true"),
            ("TRAVIS_BRANCH", "main"),
            ("TRAVIS_COMMIT", "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20"),
            ("TRAVIS_REPO_SLUG", slug),
            ("TRAVIS_BUILD_NUMBER", number),
        ]))
    };
    assert_eq!(of("acme/todo", "57"), "ecs-host-acme-todo-57");
    let long = of(&format!("acme/{}", "x".repeat(90)), "57");
    assert!(long.len() == 64 && long.ends_with("-57"), "{long}");
    assert_eq!(session_name(&Environment::default()), "ecs-host");
}

#[test]
fn one_of_several_branches_is_enough() {
    let others = ["production".to_owned(), "release/*".to_owned()];
    let jobs = TrustedJobs { other_branches: &others[..1], ..jobs(OidcProvider::Github) };
    let document = trust_policy(&role(), jobs).unwrap().to_document();
    let subject = "token.actions.githubusercontent.com:sub";
    assert_eq!(
        document["Statement"][0]["Condition"]["StringEquals"][subject],
        serde_json::json!(["repo:acme/todo:ref:refs/heads/main", "repo:acme/todo:ref:refs/heads/production"])
    );
    let with_pattern = TrustedJobs { other_branches: &others, ..jobs };
    let document = trust_policy(&role(), with_pattern).unwrap().to_document();
    let subjects = document["Statement"][0]["Condition"]["StringLike"][subject].as_array().unwrap().clone();
    assert_eq!(subjects.last().unwrap(), "repo:acme/todo:ref:refs/heads/release/*");
    // Each is checked as the first one is.
    let star = ["*".repeat(2) + "/x"];
    assert_eq!(
        rejected(TrustedJobs { other_branches: &star, ..jobs }),
        rejected(TrustedJobs { branch: Some(&star[0]), other_branches: &[], ..jobs })
    );
}
