use super::trust::{OidcProvider, TrustedJobs, trust_policy};
use super::session_name;
use model::Environment;
use model::names::RoleArn;

const ID: &str = "0123abcd-0123-4567-89ab-0123456789ab";

fn jobs(provider: OidcProvider) -> TrustedJobs<'static> {
    TrustedJobs {
        provider,
        repository: Some("acme/todo"),
        branch: Some("main"),
        tag: None,
        environment: None,
        organization: Some(ID),
        project: Some("9876abcd-0123-4567-89ab-0123456789ab"),
        host: None,
    }
}

fn role() -> RoleArn {
    RoleArn::parse("arn:aws:iam::123456789012:role/ci").unwrap()
}

fn subject(jobs: TrustedJobs<'_>) -> Result<String, String> {
    let policy = trust_policy(&role(), jobs).map_err(|error| error.to_string())?;
    Ok(policy.conditions.iter().find(|condition| condition.claim == "sub").unwrap().value.clone())
}

#[test]
fn a_subject_has_the_form_of_its_provider() {
    let environment = Some("{11111111-0123-4567-89ab-0123456789ab}");
    let any = "????????-????-????-????-????????????";
    for (jobs, expected) in [
        (jobs(OidcProvider::Github), "repo:acme/todo:ref:refs/heads/main".to_owned()),
        (
            TrustedJobs { environment: Some("production"), ..jobs(OidcProvider::Github) },
            "repo:acme/todo:environment:production".to_owned(),
        ),
        (
            TrustedJobs { branch: None, tag: Some("v*"), ..jobs(OidcProvider::Github) },
            "repo:acme/todo:ref:refs/tags/v*".to_owned(),
        ),
        (jobs(OidcProvider::Gitlab), "project_path:acme/todo:ref_type:branch:ref:main".to_owned()),
        (
            jobs(OidcProvider::Circleci),
            format!(
                "org/{ID}/project/9876abcd-0123-4567-89ab-0123456789ab/user/{any}/vcs-origin/github.com/acme/todo/\
                 vcs-ref/refs/heads/main"
            ),
        ),
        (
            TrustedJobs {
                organization: Some("acme"),
                project: Some("todo"),
                ..jobs(OidcProvider::Buildkite)
            },
            "organization:acme:pipeline:todo:ref:refs/heads/main:commit:*".to_owned(),
        ),
        (
            TrustedJobs { environment, ..jobs(OidcProvider::Bitbucket) },
            format!(
                "{{9876abcd-0123-4567-89ab-0123456789ab}}:{{11111111-0123-4567-89ab-0123456789ab}}:{{{any}}}"
            ),
        ),
    ] {
        assert_eq!(subject(jobs).unwrap(), expected);
    }
}

#[test]
fn no_trust_policy_is_open_to_others() {
    for provider in [
        OidcProvider::Github,
        OidcProvider::Gitlab,
        OidcProvider::Circleci,
        OidcProvider::Buildkite,
        OidcProvider::Bitbucket,
    ] {
        let none = TrustedJobs {
            repository: None,
            branch: None,
            organization: None,
            project: None,
            ..jobs(provider)
        };
        assert!(subject(none).unwrap_err().contains("so that no other job can assume the role"));
        let open = TrustedJobs { repository: Some("*"), ..jobs(provider) };
        assert!(subject(open).unwrap_err().contains("invalid --repository \"*\""));
        let open = TrustedJobs { branch: Some("*"), ..jobs(provider) };
        assert!(subject(open).unwrap_err().contains("invalid --branch \"*\""));
        let forged = TrustedJobs { branch: Some("main:ref:x"), ..jobs(provider) };
        assert!(subject(forged).is_err());
    }
    let error = subject(jobs(OidcProvider::Bitbucket)).unwrap_err();
    assert!(error.contains("--oidc-environment") && error.contains("tokens contain no branch"), "{error}");
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
