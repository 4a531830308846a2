//! The trust policies that `iam` prints, as STS evaluates them.

use super::*;

#[test]
fn the_policy_of_iam_suffices_for_the_role() {
    let world = World::new(&scenario());
    let printed: Value = serde_json::from_str(world.verb("iam").exits(0).json()).unwrap();
    let policies = BTreeMap::from([(ROLE.to_owned(), printed["policies"][0]["policy"].clone())]);
    let world = World::new(&Scenario { identity_policies: policies, ..trusting_github() });
    let endpoint = Endpoint::issuing(&github_token(MASTER));
    let ended = github(&world, "run", &endpoint).args(&["--poll", "0.01"]).exits(0);
    assert!(ended.calls.iter().all(|call| call.error.is_none()), "{}", ended.transcript());
}

#[test]
fn the_trust_policy_admits_no_other_job() {
    for subject in [
        "repo:example/simple-todo:ref:refs/heads/feature",
        "repo:example/simple-todo:pull_request",
        "repo:stranger/simple-todo:ref:refs/heads/master",
        "repo:example/simple-todo:ref:refs/heads/master/x",
    ] {
        let (world, endpoint) = (World::new(&trusting_github()), Endpoint::issuing(&github_token(subject)));
        let ended = github(&world, "status", &endpoint).args(&["main/web"]).exits(5);
        ended.prints(&format!("{ASSUME} for {ROLE}: AccessDenied"));
        ended.prints("the trust policy of the role must name this repository and branch of GitHub Actions");
    }
}

/// The name of a branch is chosen by whoever pushes it.
#[test]
fn the_name_of_a_branch_does_not_complete_the_trust_policy_of_circleci() {
    let (organization, project) =
        ("0123abcd-0123-4567-89ab-0123456789ab", "9876abcd-0123-4567-89ab-0123456789ab");
    let policy = trust(&[
        "circleci",
        "--oidc-organization",
        organization,
        "--oidc-project",
        project,
        "--repository",
        "example/simple-todo",
        "--branch",
        "master",
    ]);
    let issuer = format!("oidc.circleci.com/org/{organization}");
    let user = "11112222-0123-4567-89ab-0123456789ab";
    let subject = |reference: &str| {
        format!(
            "org/{organization}/project/{project}/user/{user}/vcs-origin/github.com/example/simple-todo/vcs-ref/{reference}"
        )
    };
    let forged = "refs/heads/x/vcs-origin/github.com/example/simple-todo/vcs-ref/refs/heads/master";
    for (reference, code) in [("refs/heads/master", 0), (forged, 5)] {
        let world = World::new(&trusting(policy.clone()));
        let token = token(&issuer, organization, &subject(reference), now() + 300);
        let job = bare(&world, "status").set("CIRCLECI", "true").set("CIRCLE_OIDC_TOKEN_V2", &token);
        let ended = job.args(&["main/web", "--oidc-role", ROLE]).exits(code);
        assert!(!ended.text.contains(&token));
    }
}

#[test]
fn a_trust_policy_requires_what_names_the_jobs() {
    let world = World::new(&scenario());
    for (arguments, expected) in [
        (&["github"][..], "--repository: OWNER/NAME"),
        (&["github", "--repository", "example/simple-todo"], "--branch: the branch that deploys"),
        (
            &["circleci", "--repository", "a/b", "--branch", "m"],
            "--oidc-organization: the ID in Organization",
        ),
        (&["bitbucket", "--repository", "a/b", "--branch", "m"], "--oidc-environment: the UUID"),
        (&["github", "--repository", "a/b", "--branch", "*"], "invalid --branch \"*\""),
    ] {
        let output = world.verb("iam").args(&["--oidc-role", ROLE, "--oidc"]).args(arguments).output();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(expected) && output.stdout.is_empty(), "{text}");
    }
    let output = world.verb("iam").args(&["--oidc", "github"]).output();
    assert!(String::from_utf8_lossy(&output.stderr).contains("pass its ARN by --oidc-role"));
}
