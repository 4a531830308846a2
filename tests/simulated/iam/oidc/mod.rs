//! `--oidc-role`: the identity token of a job, the role that it assumes, and the trust policies that `iam` prints.

mod deployed;
mod hostile;
mod trust;

use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ecs_simulator::http::Message;
use ecs_simulator::{Scenario, TaskBehaviour, TaskFilter, TaskRule};
use serde_json::{Value, json};

use crate::variables::TRAVIS;
use crate::world::{COMMIT, Job, World, scenario};

const ROLE: &str = "arn:aws:iam::123456789012:role/ci";
const ASSUME: &str = "sts:AssumeRoleWithWebIdentity";
const REQUEST_TOKEN: &str = "request-token-of-this-job-0123456789";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A token with these claims. Its signature is none.
fn token(issuer: &str, audience: &str, subject: &str, expires_at: u64) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims =
        json!({"iss": format!("https://{issuer}"), "aud": audience, "sub": subject, "exp": expires_at});
    format!("{}.{}.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg", part(&json!({"alg": "RS256"})), part(&claims))
}

fn github_token(subject: &str) -> String {
    token("token.actions.githubusercontent.com", "sts.amazonaws.com", subject, now() + 300)
}

const MASTER: &str = "repo:example/simple-todo:ref:refs/heads/master";

/// What an endpoint does with a request.
enum Answer {
    /// It returns a response.
    Message(Message),
    /// It keeps the connection open.
    Never,
    /// It closes the connection.
    Closed,
}

/// What serves identity tokens, on a port of this machine.
struct Endpoint {
    url: String,
    requests: Arc<AtomicUsize>,
    last: Arc<Mutex<Option<Message>>>,
}

impl Endpoint {
    /// Answers every request with this response; `None` never answers.
    fn answering(response: Option<Message>) -> Self {
        Self::answering_in_turn(vec![response.map_or(Answer::Never, Answer::Message)])
    }

    /// Answers each request with the next of these, and every further one with the last.
    fn answering_in_turn(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token?api-version=2.0", listener.local_addr().unwrap());
        let (requests, last) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(None)));
        let (count, seen) = (Arc::clone(&requests), Arc::clone(&last));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let Ok(Some(request)) = Message::read_request(&mut reader) else { continue };
                let number = count.fetch_add(1, Ordering::SeqCst);
                *seen.lock().unwrap() = Some(request);
                match answers.get(number).or(answers.last()) {
                    Some(Answer::Message(response)) => drop(response.clone().write(&mut &stream)),
                    // The client closes the connection.
                    Some(Answer::Never) => drop(Message::read_request(&mut reader)),
                    Some(Answer::Closed) | None => {}
                }
            }
        });
        Self { url, requests, last }
    }

    fn issuing(token: &str) -> Self {
        Self::answering(Some(issued(token)))
    }
}

/// The response with a token.
fn issued(token: &str) -> Message {
    ok(&json!({"count": 1, "value": token}).to_string())
}

fn ok(body: &str) -> Message {
    Message::new("HTTP/1.1 200 OK", &[("content-type", "application/json")], body)
}

/// A job without the variables of Travis CI and without keys.
fn bare<'w>(world: &'w World, verb: &str) -> Job<'w> {
    let unset = TRAVIS.into_iter().chain(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
    unset.fold(world.verb(verb), |job, name| job.unset(name))
}

/// A job of GitHub Actions.
fn github<'w>(world: &'w World, verb: &str, endpoint: &Endpoint) -> Job<'w> {
    bare(world, verb)
        .set("GITHUB_ACTIONS", "true")
        .set("GITHUB_REPOSITORY", "example/simple-todo")
        .set("GITHUB_REF", "refs/heads/master")
        .set("GITHUB_REF_NAME", "master")
        .set("GITHUB_REF_TYPE", "branch")
        .set("GITHUB_SHA", COMMIT)
        .set("GITHUB_RUN_NUMBER", "57")
        .set("GITHUB_WORKFLOW", "deploy")
        .set("GITHUB_EVENT_NAME", "push")
        .set("ACTIONS_ID_TOKEN_REQUEST_URL", &endpoint.url)
        .set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN)
        .args(&["--oidc-role", ROLE])
}

/// What `iam` ends with for a trust policy: its exit code, stdout and stderr.
fn print_trust(arguments: &[&str]) -> (Option<i32>, String, String) {
    let world = World::new(&scenario());
    let output = world.verb("iam").args(&["--oidc"]).args(arguments).output();
    assert!(world.simulator.calls().is_empty());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The trust policy that `iam` prints.
fn trust(arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = print_trust(&[arguments, &["--oidc-role", ROLE]].concat());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("aws iam create-open-id-connect-provider"), "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

/// A scenario in which the role trusts the jobs that a trust policy names.
fn trusting(policy: Value) -> Scenario {
    Scenario { trust_policies: BTreeMap::from([(ROLE.to_owned(), policy)]), ..scenario() }
}

fn trusting_github() -> Scenario {
    trusting(trust(&["github", "--repository", "example/simple-todo", "--branch", "master"]))
}
