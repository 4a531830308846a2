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

/// The claims are what a person compares with the trust policy. The token is a secret, and its signature is a part of it.
#[test]
fn the_trust_policy_admits_no_other_job() {
    for subject in [
        "repo:example/simple-todo:ref:refs/heads/feature",
        "repo:example/simple-todo:pull_request",
        "repo:stranger/simple-todo:ref:refs/heads/master",
        "repo:example/simple-todo:ref:refs/heads/master/x",
        IMMUTABLE,
    ] {
        let token = github_token(subject);
        let (world, endpoint) = (World::new(&trusting_github()), Endpoint::issuing(&token));
        let ended = github(&world, "status", &endpoint).args(&["main/web"]).exits(5);
        ended.prints(&format!("{ASSUME} for {ROLE}: AccessDenied"));
        ended.prints("the trust policy of the role does not match the identity token of GitHub Actions");
        ended.prints(&format!(
            "which has sub `{subject}`, aud `sts.amazonaws.com`, iss `https://token.actions.githubusercontent.com`"
        ));
        for part in token.split('.') {
            ended.does_not_print(part);
        }
    }
}

const IMMUTABLE: &str = "repo:example@123456/simple-todo@456789:ref:refs/heads/master";

/// The arguments of a trust policy of GitHub, with the IDs of owner and repository.
const WITH_IDS: [&str; 7] = [
    "github",
    "--repository",
    "example/simple-todo",
    "--oidc-organization",
    "123456",
    "--oidc-project",
    "456789",
];

#[test]
fn the_ids_of_github_admit_the_immutable_subject_and_no_other() {
    let policy = trust(&[&WITH_IDS[..], &["--branch", "master"]].concat());
    for (subject, code) in [
        (IMMUTABLE, 0),
        (MASTER, 5),
        ("repo:example@123456/simple-todo@456790:ref:refs/heads/master", 5),
        ("repo:example@123457/simple-todo@456789:ref:refs/heads/master", 5),
        ("repo:example@123456/simple-todo@456789:pull_request", 5),
        ("repo:example@123456/simple-todo@4567890:ref:refs/heads/master", 5),
    ] {
        let (world, endpoint) =
            (World::new(&trusting(policy.clone())), Endpoint::issuing(&github_token(subject)));
        github(&world, "status", &endpoint).args(&["main/web"]).exits(code);
    }
    let (reference, environment, pull_request) = (
        &["--branch", "release/*"][..],
        &["--oidc-environment", "production"][..],
        &["--event", "pull-request"][..],
    );
    for (flags, end) in [
        (reference, "ref:refs/heads/release/*"),
        (environment, "environment:production"),
        (pull_request, "pull_request"),
    ] {
        let policy = trust(&[&WITH_IDS[..], flags].concat()).to_string();
        assert!(policy.contains(&format!("\"repo:example@123456/simple-todo@456789:{end}\"")), "{policy}");
    }
}

/// Nobody finds out by a denial which of the two subjects their repository has.
#[test]
fn a_trust_policy_of_github_without_ids_states_its_subjects() {
    let arguments =
        ["github", "--oidc-role", ROLE, "--repository", "example/simple-todo", "--branch", "master"];
    let (_, stdout, stderr) = print_trust(&arguments);
    assert!(
        stderr.contains("warning: this trust policy matches the subject `repo:example/simple-todo:…`"),
        "{stderr}"
    );
    assert!(stderr.contains("`gh api repos/example/simple-todo --jq '.owner.id, .id'`"), "{stderr}");
    assert!(!stdout.contains("warning") && !stdout.contains("OWNER_ID"), "{stdout}");
    let with_ids = [&WITH_IDS[..], &["--branch", "master", "--oidc-role", ROLE]].concat();
    assert!(!print_trust(&with_ids).2.contains("warning"));
}

#[test]
fn a_flag_that_restricts_nothing_is_a_usage_error() {
    let github = ["github", "--repository", "a/b", "--oidc-environment", "production"];
    for (arguments, expected) in [
        (
            &["gitlab", "--repository", "a/b", "--branch", "m", "--oidc-environment", "production"][..],
            &["jobs of GitLab CI can assume the role", "  - --oidc-environment: the subject contains no"][..],
        ),
        (
            &["bitbucket", "--repository", "a/b", "--branch", "m"],
            &["Bitbucket Pipelines", "  - --branch: the subject contains no branch"],
        ),
        (
            &[&github[..], &["--branch", "m"]].concat(),
            &["GitHub Actions", "  - --branch: the subject of a job with an environment"],
        ),
        (
            &["github", "--repository", "a/b", "--branch", "m", "--oidc-host", "github.example.com"],
            &["GitHub Actions", "  - --oidc-host: "],
        ),
        (&["github", "--repository", "a/b", "--event", "push"], &["--event \"push\" for GitHub Actions"]),
        (&[&github[..], &["--actor", "me"]].concat(), &["'--oidc <PROVIDER>'", "'--actor <NAME>'"]),
        (&[&github[..], &["--fork", "false"]].concat(), &["'--oidc <PROVIDER>'", "'--fork <BOOL>'"]),
        (&[&github[..], &["--verb", "plan"]].concat(), &["'--oidc <PROVIDER>'", "'--verb <VERB>'"]),
    ] {
        let (code, stdout, stderr) = print_trust(&[arguments, &["--oidc-role", ROLE]].concat());
        assert_eq!(code, Some(2), "{stderr}");
        assert!(expected.iter().all(|part| stderr.contains(part)) && stdout.is_empty(), "{stderr}");
    }
}

#[test]
fn the_commands_create_the_role_at_its_path_and_in_its_partition() {
    let jobs = ["--repository", "a/b", "--branch", "m"];
    for (role, command) in [
        ("arn:aws:iam::123456789012:role/ci/deployer", "--role-name deployer --path /ci/ \\\n"),
        ("arn:aws-cn:iam::123456789012:role/deployer", "--role-name deployer \\\n"),
        ("arn:aws-us-gov:iam::123456789012:role/a/b/deployer", "--role-name deployer --path /a/b/ \\\n"),
    ] {
        let (_, stdout, stderr) = print_trust(&[&["gitlab", "--oidc-role", role], &jobs[..]].concat());
        assert!(stderr.contains(&format!("aws iam create-role {command}")), "{stderr}");
        let policy: Value = serde_json::from_str(&stdout).unwrap();
        let (start, _) = role.split_once("role/").unwrap();
        let provider = format!("{start}oidc-provider/gitlab.com");
        assert_eq!(policy["Statement"][0]["Principal"]["Federated"], provider);
    }
}

#[test]
fn the_trust_policy_is_one_object_with_json() {
    let jobs = ["gitlab", "--repository", "example/simple-todo", "--branch", "master"];
    let (code, stdout, stderr) = print_trust(&[&jobs[..], &["--oidc-role", ROLE, "--json"]].concat());
    let printed: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(printed["role"], ROLE);
    assert_eq!(printed["trust_policy"], trust(&jobs));
    let provider = json!({
        "arn": "arn:aws:iam::123456789012:oidc-provider/gitlab.com",
        "url": "https://gitlab.com",
        "client_id": "sts.amazonaws.com",
    });
    assert_eq!(printed["identity_provider"], provider);
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
        (&["bitbucket", "--repository", "a/b"], "--oidc-environment: the UUID"),
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
