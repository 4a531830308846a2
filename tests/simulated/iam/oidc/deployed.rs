//! Runs with the credentials of the role.

use ecs_simulator::{RegionSetup, Resources};

use super::*;
use crate::fixtures::policy;
use crate::rollouts::table::decision::to;
use crate::world::service;

#[test]
fn a_job_of_github_deploys_with_its_identity_token() {
    let token = github_token(MASTER);
    let (world, endpoint) = (World::new(&trusting_github()), Endpoint::issuing(&token));
    let ended = github(&world, "run", &endpoint).args(&["--poll", "0.01"]).exits(0);
    let assumed = ended.done(ASSUME);
    assert_eq!(assumed[0].body["RoleSessionName"], "ecs-host-example-simple-todo-57");
    assert_eq!(assumed[0].body["RoleArn"], ROLE);
    assert!(
        ended
            .calls
            .iter()
            .filter(|call| call.action != ASSUME)
            .all(|call| call.access_key.starts_with("ASIA"))
    );
    let request = endpoint.last.lock().unwrap().clone().unwrap();
    assert!(
        request.target().ends_with("?api-version=2.0&audience=sts.amazonaws.com"),
        "{}",
        request.target()
    );
    assert_eq!(request.header("authorization"), Some(format!("Bearer {REQUEST_TOKEN}").as_str()));
    for secret in [token.as_str(), REQUEST_TOKEN] {
        assert!(!ended.text.contains(secret) && !ended.json().contains(secret));
    }
}

/// Credentials that expire within ten seconds are renewed before the next call.
#[test]
fn tokens_and_credentials_are_renewed_during_a_watch() {
    let scenario = Scenario { session_seconds: Some(5.0), ..trusting_github() };
    let (world, endpoint) = (World::new(&scenario), Endpoint::issuing(&github_token(MASTER)));
    let ended = github(&world, "run", &endpoint).args(&["--poll", "0.01"]).exits(0);
    let renewed = ended.done(ASSUME).len();
    assert!(renewed > 3, "{renewed} times\n{}", ended.transcript());
    assert_eq!(endpoint.requests.load(Ordering::SeqCst), renewed);
}

#[test]
fn a_fixed_token_that_expires_ends_the_watch_and_names_its_end() {
    let policy = trust(&["gitlab", "--repository", "example/simple-todo", "--branch", "master"]);
    let mut scenario = Scenario { session_seconds: Some(5.0), ..trusting(policy) };
    let filter = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    scenario.task_rules = vec![TaskRule { filter, behaviour: TaskBehaviour::Hang, ..TaskRule::default() }];
    let world = World::new(&scenario);
    let subject = "project_path:example/simple-todo:ref_type:branch:ref:master";
    let token = token("gitlab.com", "sts.amazonaws.com", subject, now() + 5);
    let job = bare(&world, "run")
        .set("GITLAB_CI", "true")
        .set("CI_COMMIT_BRANCH", "master")
        .set("CI_COMMIT_REF_NAME", "master")
        .set("CI_COMMIT_SHA", COMMIT)
        .set("CI_PROJECT_PATH", "example/simple-todo")
        .set("CI_PIPELINE_IID", "57")
        .set("CI_PIPELINE_SOURCE", "push")
        .set("GITLAB_OIDC_TOKEN", &token);
    let ended = job.args(&["--oidc-role", ROLE, "--poll", "0.2", "--timeout", "3000"]).exits(8);
    ended.prints("warning: the identity token in GITLAB_OIDC_TOKEN is valid until");
    ended.prints("cannot be renewed in this job");
    ended.prints("the identity token in GITLAB_OIDC_TOKEN expired at");
    assert!(!ended.text.contains(&token));
}

#[test]
fn keys_are_not_used_beside_the_role() {
    let (world, endpoint) = (World::new(&trusting_github()), Endpoint::issuing(&github_token(MASTER)));
    let job = github(&world, "status", &endpoint).set("AWS_ACCESS_KEY_ID", "AKIAOTHER0000000000");
    let ended = job.set("AWS_SECRET_ACCESS_KEY", "other-secret-key-of-the-test").args(&["main/web"]).exits(0);
    ended.prints("AWS_ACCESS_KEY_ID is set and not used, because --oidc-role has precedence");
    assert!(ended.calls.iter().all(|call| !call.access_key.starts_with("AKIA")));
}

#[test]
fn the_role_of_a_target_is_assumed_with_the_credentials_of_the_job() {
    let other = "arn:aws:iam::999999999999:role/deploy";
    let mut scenario = trusting_github();
    let resources = Resources { services: vec![service("web")], ..Resources::default() };
    let account = Some("999999999999".to_owned());
    scenario.other_regions.push(RegionSetup { account, region: None, resources });
    let (world, endpoint) = (World::new(&scenario), Endpoint::issuing(&github_token(MASTER)));
    let policy = policy("echo-policy").display().to_string();
    let decision = to(json!([{"cluster": "main", "service": "web", "role": other}]));
    let job = github(&world, "run", &endpoint).args(&[&policy, "--poll", "0.01"]);
    let ended = job.set("DECISION", &decision.to_string()).exits(0);
    let assumed = ended.done("sts:AssumeRole");
    assert!(!assumed.is_empty() && assumed.iter().all(|call| call.access_key.starts_with("ASIA")));
    assert_eq!(ended.verdict("main/web as 999999999999/deploy")["verdict"], "deployed");
}
