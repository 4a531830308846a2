//! Endpoints, agents and variables without a token, and who receives one.

use super::*;

#[test]
fn an_expired_token_is_not_sent() {
    let world = World::new(&scenario());
    let expired = token("gitlab.com", "sts.amazonaws.com", "x", 1_700_000_000);
    let job = bare(&world, "status").set("GITLAB_CI", "true").set("MY_JWT", &expired);
    let ended = job.args(&["main/web", "--oidc-role", ROLE, "--oidc-token-variable", "MY_JWT"]).exits(5);
    ended.prints("the identity token in MY_JWT expired at 2023-11-14 22:13:20 UTC");
    // It is reported once, and nothing states that it is valid.
    assert_eq!(ended.text.matches("22:13:20").count(), 1, "{}", ended.text);
    ended.does_not_print("is valid").does_not_print("warning:");
    assert!(world.simulator.calls().is_empty());
}

/// The endpoint of a provider is busy at times, and the start of a run depends on it.
#[test]
fn a_request_for_a_token_is_repeated_after_a_failure_of_its_endpoint() {
    let unavailable =
        || Answer::Message(Message::new("HTTP/1.1 503 Service Unavailable", &[], "try again later"));
    let issued = || Answer::Message(issued(&github_token(MASTER)));
    for answers in [vec![unavailable(), issued()], vec![Answer::Closed, issued()]] {
        let (world, endpoint) = (World::new(&trusting_github()), Endpoint::answering_in_turn(answers));
        github(&world, "status", &endpoint).args(&["main/web"]).exits(0);
        assert_eq!(endpoint.requests.load(Ordering::SeqCst), 2);
    }
    for (answer, expected) in [
        (unavailable(), "HTTP 503: try again later, after 4 requests; run this again"),
        (Answer::Closed, ", after 4 requests; "),
    ] {
        let (world, endpoint) = (World::new(&scenario()), Endpoint::answering_in_turn(vec![answer]));
        let ended = github(&world, "run", &endpoint).exits(5);
        ended.prints("fetching an identity token from 127.0.0.1:").prints(expected);
        assert_eq!(endpoint.requests.load(Ordering::SeqCst), 4);
    }
}

#[test]
fn the_agent_of_buildkite_requests_tokens() {
    let policy = trust(&[
        "buildkite",
        "--oidc-organization",
        "example",
        "--oidc-project",
        "todo",
        "--branch",
        "master",
    ]);
    let world = World::new(&trusting(policy));
    let subject = "organization:example:pipeline:todo:ref:refs/heads/master:commit:3f2a9c:step:deploy";
    let token = token("agent.buildkite.com", "sts.amazonaws.com", subject, now() + 300);
    let agent = |script: &str| {
        let path = world.path("tmp/buildkite-agent");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let folder = world.path("tmp").display().to_string();
        let job = bare(&world, "status").set("BUILDKITE", "true").set("BUILDKITE_BIN_PATH", &folder);
        job.args(&["main/web", "--oidc-role", ROLE])
    };
    let request = "[ \"$*\" = 'oidc request-token --audience sts.amazonaws.com' ] || exit 3";
    agent(&format!("{request}\necho {token}")).exits(0);
    for (script, expected) in [
        ("exit 7", "oidc request-token` ended with exit status: 7"),
        ("echo no token", "printed no token: it is not a JSON Web Token"),
        ("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", "oidc request-token`"),
    ] {
        agent(script).exits(5).prints(expected);
    }
}

#[test]
fn an_endpoint_that_issues_no_token_is_described() {
    let world = World::new(&scenario());
    let redirect =
        Message::new("HTTP/1.1 302 Found", &[("location", "http://127.0.0.1:1/token")], Vec::new());
    for (response, expected) in [
        (redirect, "HTTP 302; check ACTIONS_ID_TOKEN_REQUEST_URL: redirects are not followed"),
        (Message::new("HTTP/1.1 403 Forbidden", &[], "<html>"), "`permissions: id-token: write`"),
        (Message::new("HTTP/1.1 500 Internal Server Error", &[], ""), "HTTP 500"),
        (ok("<html>"), "the response is not JSON with a `value`"),
        (ok("{\"value\": 1}"), "the response is not JSON with a `value`"),
        (ok("{\"value\": \"a.b.c\\n::error::forged\"}"), "it is not a JSON Web Token"),
        (ok(&"x".repeat(1 << 20)), "the response is too large"),
    ] {
        let endpoint = Endpoint::answering(Some(response));
        let ended = github(&world, "status", &endpoint).args(&["main/web"]).exits(5);
        ended.prints("fetching an identity token from 127.0.0.1:").prints(expected);
        ended.does_not_print("forged").does_not_print(REQUEST_TOKEN);
        let is_busy = expected == "HTTP 500";
        assert_eq!(endpoint.requests.load(Ordering::SeqCst), if is_busy { 4 } else { 1 }, "{expected}");
    }
    assert!(world.simulator.calls().is_empty());
}

#[test]
fn an_endpoint_that_does_not_answer_ends_the_run() {
    let (world, endpoint) = (World::new(&scenario()), Endpoint::answering(None));
    let ended = github(&world, "status", &endpoint).args(&["main/web"]).exits(5);
    ended.prints("no response within 10 s");
}

#[test]
fn a_job_without_a_token_is_told_what_to_set() {
    let world = World::new(&scenario());
    for (provider, expected) in [
        ("GITHUB_ACTIONS", "add `permissions: {id-token: write, contents: read}` to the job"),
        ("GITLAB_CI", "add `id_tokens: {GITLAB_OIDC_TOKEN: {aud: sts.amazonaws.com}}` to the job"),
        ("CIRCLECI", "CIRCLE_OIDC_TOKEN_V2 is not set"),
        ("BITBUCKET_BUILD_NUMBER", "add `oidc: true` to the step"),
        ("BUILDKITE", "BUILDKITE_BIN_PATH does not name the folder"),
        ("TRAVIS", "Travis CI issues no identity token"),
        ("NOTHING", "this is not a job of a CI provider"),
    ] {
        let job = bare(&world, "status").set(provider, "true").args(&["main/web", "--oidc-role", ROLE]);
        job.exits(5).prints(expected);
    }
    assert!(world.simulator.calls().is_empty());
}

#[test]
fn the_request_token_is_sent_over_https_only() {
    let world = World::new(&scenario());
    for url in [
        "http://tokens.example/",
        "https://me@tokens.example/",
        "file:///etc/passwd",
        "http://127.0.0.1.evil/",
    ] {
        let endpoint = Endpoint { url: url.to_owned(), requests: Arc::default(), last: Arc::default() };
        let ended = github(&world, "status", &endpoint).args(&["main/web"]).exits(5);
        ended.prints("ACTIONS_ID_TOKEN_REQUEST_URL is not a URL of https");
    }
}

/// The environment of docker has no token.
#[test]
fn docker_receives_no_token() {
    let mut scenario = trusting_github();
    scenario.resources.repositories[0].images.truncate(1);
    let (world, endpoint) = (World::new(&scenario), Endpoint::issuing(&github_token(MASTER)));
    let (engine, seen) = (world.path("engine"), world.path("seen"));
    let path = crate::backend::docker_path(&engine);
    let script = std::fs::read_to_string(engine.join("docker")).unwrap();
    let script = script.replacen("set -eu\n", &format!("set -eu\nenv >>{}\n", seen.display()), 1);
    std::fs::write(engine.join("docker"), script).unwrap();
    let job = github(&world, "run", &endpoint).set("PATH", &path).set("CIRCLE_OIDC_TOKEN_V2", "a.b.c");
    job.args(&["--poll", "0.01"]).exits(0);
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains("GITHUB_ACTIONS=true"), "{seen}");
    for name in ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "CIRCLE_OIDC_TOKEN_V2"] {
        assert!(!seen.contains(name), "{name}");
    }
}
