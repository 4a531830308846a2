//! `--notify`: what an address receives at the end of a run, and that nothing it does changes the exit code.

mod addresses;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::{COMMIT, Job, World, enable_circuit_breaker, failing_tasks, scenario};

/// What follows the host of an address, as in a webhook of Slack.
const TOKEN: &str = "/services/T0123/B4567/abcdefghijklmnop";

/// An address that records what it receives.
struct Receiver {
    port: u16,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receiver {
    /// An address that answers with these responses, the last one again and again. An empty one is never sent.
    fn answering(responses: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (shared, responses) = (Arc::clone(&requests), responses.to_vec());
        std::thread::spawn(move || {
            // Connections without an answer stay open.
            let mut open = Vec::new();
            for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                let response = responses.get(number).or(responses.last()).copied().unwrap_or_default();
                open.extend(answer(stream, response, &shared));
            }
        });
        Self { port, requests }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}{TOKEN}", self.port)
    }

    fn bodies(&self) -> Vec<Value> {
        self.requests.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    fn only_body(&self) -> Value {
        let bodies = self.bodies();
        assert_eq!(bodies.len(), 1, "{bodies:#?}");
        bodies[0].clone()
    }
}

/// Records a request, and answers it. Returns the connection if there is no answer.
fn answer(
    mut stream: TcpStream,
    response: &str,
    requests: &Mutex<Vec<(String, Value)>>,
) -> Option<TcpStream> {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                let body = serde_json::from_str(body).unwrap_or(Value::Null);
                requests.lock().unwrap().push((head.to_owned(), body));
                break;
            }
        }
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => received.extend_from_slice(&buffer[..read]),
            _ => return None,
        }
    }
    if response.is_empty() {
        return Some(stream);
    }
    let _ = stream.write_all(response.as_bytes());
    None
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
const BROKEN: &str = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const GONE: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 10\r\nconnection: close\r\n\r\nno_service";
const NO_PATH: &str =
    "HTTP/1.1 404 Not Found\r\ncontent-length: 22\r\nconnection: close\r\n\r\nno hook /k7x, only k7x";
const MOVED: &str =
    "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const BUSY: &str =
    "HTTP/1.1 429 Busy\r\nretry-after: 86400\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const ENDLESS: &str = "HTTP/1.1 503 Busy\r\nretry-after: 18446744073709551615\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

fn run<'w>(world: &'w World, receiver: &Receiver) -> Job<'w> {
    world.run().args(&["--notify", &receiver.url()])
}

#[test]
fn the_verdicts_are_posted_at_the_end() {
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[OK]));
    let page = "https://app.travis-ci.com/example/simple-todo/builds/1";
    let ended = run(&world, &receiver).set("TRAVIS_BUILD_WEB_URL", page).exits(0);
    ended.does_not_print("notif").does_not_print("T0123");
    assert!(!ended.json().contains("T0123"));
    let (head, body) = receiver.requests.lock().unwrap()[0].clone();
    assert!(head.starts_with(&format!("POST {TOKEN} HTTP/1.1\r\n")), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
    assert_eq!((&body["schema"], &body["verb"], &body["exit_code"]), (&json!(1), &json!("run"), &json!(0)));
    assert_eq!((&body["outcome"], &body["summary"]), (&json!("success"), &json!("1 deployed")));
    let build = &body["build"];
    assert_eq!(
        (&build["branch"], &build["commit"], &build["number"]),
        (&json!("master"), &json!(COMMIT), &json!(57))
    );
    assert_eq!((&build["repository"], &build["url"]), (&json!("example/simple-todo"), &json!(page)));
    assert_eq!(body["policy"]["name"], "travis");
    assert!(body["policy"]["digest"].as_str().unwrap().starts_with("sha256:"), "{body:#}");
    let target = &body["targets"][0];
    assert_eq!((&target["target"], &target["verdict"]), (&json!("main/web"), &json!("deployed")));
    assert!(target["task_definition"].as_str().unwrap().ends_with("task-definition/web:2"), "{body:#}");
    assert!(body["seconds"].as_f64().unwrap() > 0.0 && body["errors"] == json!([]), "{body:#}");
}

#[test]
fn a_rollback_by_ecs_is_posted_with_its_reason() {
    let mut failing = scenario();
    enable_circuit_breaker(&mut failing, true);
    failing.task_rules.push(failing_tasks());
    let (world, receiver) = (World::new(&failing), Receiver::answering(&[OK]));
    run(&world, &receiver).exits(1);
    let body = receiver.only_body();
    let target = &body["targets"][0];
    assert_eq!((&body["exit_code"], &target["verdict"]), (&json!(1), &json!("rolled-back")));
    assert!(target["reason"].as_str().unwrap().contains("circuit breaker"), "{body:#}");
    assert!(target["text"].as_str().unwrap().contains("the service runs web:1"), "{body:#}");
}

#[test]
fn a_run_that_is_rejected_before_a_rollout_is_posted_with_its_message() {
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[OK]));
    run(&world, &receiver).unset("ECS_CLUSTER_MASTER").exits(3);
    let body = receiver.only_body();
    assert_eq!((&body["exit_code"], &body["targets"]), (&json!(3), &json!([])));
    assert!(body["errors"][0].as_str().unwrap().contains("ECS_CLUSTER_MASTER"), "{body:#}");
    run(&world, &receiver).unset("TRAVIS_BRANCH").exits(2);
    assert_eq!(receiver.bodies()[1]["build"], Value::Null);
}

#[test]
fn a_skipped_build_and_a_dry_run_post_nothing() {
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[OK]));
    run(&world, &receiver).set("TRAVIS_BRANCH", "feature/x").exits(0);
    run(&world, &receiver).args(&["--dry-run"]).exits(0);
    assert!(receiver.bodies().is_empty());
}

#[test]
fn rollback_and_continue_post_their_verdicts() {
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[OK]));
    world.run().exits(0);
    let url = receiver.url();
    world.verb("rollback").args(&["main/web", "--poll", "0.01", "--notify", &url]).exits(0);
    let body = receiver.only_body();
    assert_eq!((&body["verb"], &body["build"]), (&json!("rollback"), &Value::Null));
    assert_eq!(body["targets"][0]["verdict"], "reverted");
    world.verb("continue").args(&["main/web", "--notify", &url]).ends();
    assert_eq!(receiver.bodies()[1]["verb"], "continue");
}

#[test]
fn a_busy_address_is_tried_again() {
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[BROKEN, BROKEN, OK]));
    run(&world, &receiver).exits(0).does_not_print("warning");
    assert_eq!(receiver.bodies().len(), 3);
}

#[test]
fn an_address_that_rejects_it_is_a_warning_without_its_token() {
    for (response, reason, count) in [
        (GONE, "it returned HTTP status 404: no_service", 1),
        (MOVED, "it returned HTTP status 307, and redirects are not followed", 1),
        // What a server wants to wait for is not waited for beyond the limit.
        (BUSY, "it returned HTTP status 429", 1),
        (ENDLESS, "it returned HTTP status 503", 1),
        (BROKEN, "it returned HTTP status 500", 3),
    ] {
        let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[response]));
        let ended = run(&world, &receiver).exits(0);
        ended
            .prints(&format!("warning: 127.0.0.1:{} was not notified (--notify): {reason}", receiver.port))
            .prints("this does not change the exit code")
            .does_not_print("T0123");
        assert!(!ended.json().contains("T0123"));
        assert_eq!(receiver.bodies().len(), count, "{}", ended.transcript());
    }
}

#[test]
fn an_address_that_nobody_listens_on_is_a_warning() {
    let world = World::new(&scenario());
    // The system gives the port to nobody else so soon.
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let ended = world.run().args(&["--notify", &format!("http://127.0.0.1:{port}{TOKEN}")]).exits(0);
    ended.prints("was not notified (--notify): the connection failed: ").does_not_print("T0123");
}

#[test]
fn an_address_that_never_answers_delays_the_end_by_ten_seconds_at_most() {
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[""]));
    let started = Instant::now();
    let second = Receiver::answering(&[""]);
    let ended = run(&world, &receiver).args(&["--notify", &second.url()]).exits(0);
    ended.prints("was not notified (--notify): it did not answer within 10 s").does_not_print("T0123");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    // It may have arrived, so it is not sent again.
    assert_eq!((receiver.bodies().len(), second.bodies().len()), (1, 1));
}

#[test]
fn after_a_signal_there_is_one_attempt_of_two_seconds() {
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[OK]));
    let slow = ["--poll", "60", "--notify"];
    let running = world.verb("run").args(&slow).args(&[&receiver.url()]).begin();
    let running = running.calls("ecs:UpdateService", 1).wait_for_output("Rollout");
    running.send_signal(rustix::process::Signal::TERM).ends().with(143);
    let body = receiver.only_body();
    assert_eq!((&body["exit_code"], &body["outcome"]), (&json!(143), &json!("interrupted")));
    assert_eq!(body["targets"][0]["verdict"], "interrupted");
    let (world, receiver) = (World::new(&scenario()), Receiver::answering(&[""]));
    let running = world.verb("run").args(&slow).args(&[&receiver.url()]).begin();
    let running = running.calls("ecs:UpdateService", 1).wait_for_output("Rollout");
    let started = Instant::now();
    let ended = running.send_signal(rustix::process::Signal::TERM).ends().with(143);
    ended.prints("it did not answer within 2 s");
    assert!(started.elapsed() < Duration::from_secs(9), "{:?}", started.elapsed());
}
