//! A proxy between one run and AWS. It records the calls, and changes responses as a test requires.

use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use ecs_simulator::http::Message;
use serde_json::{Value, json};

use crate::aws::TARGETS;

/// A call that reached AWS.
#[derive(Debug, Clone)]
pub struct Call {
    /// The name in IAM, such as `ecs:DescribeServices`.
    pub action: String,
    /// The parameters.
    pub body: Value,
}

impl Call {
    /// Whether the call changes nothing in AWS.
    pub fn only_reads(&self) -> bool {
        let operation = self.action.split_once(':').map_or("", |(_, operation)| operation);
        ["Describe", "List", "Get", "BatchGet"].iter().any(|prefix| operation.starts_with(prefix))
    }
}

/// Listens on a port of its own, and forwards requests to the emulator.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    emulator: SocketAddr,
    calls: Mutex<Vec<Call>>,
    rules: Mutex<Vec<Rule>>,
}

/// How the next calls of an action are answered.
struct Rule {
    action: &'static str,
    times: usize,
    respond: Arc<Respond>,
}

/// Returns the response to a call. The second argument forwards the call to the emulator.
type Respond = dyn Fn(&Call, &dyn Fn() -> Message) -> Message + Send + Sync;

/// No test calls an action this often.
const ALWAYS: usize = usize::MAX;

impl Proxy {
    /// Starts a proxy to the emulator.
    pub fn start(emulator: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(State { emulator, calls: Mutex::default(), rules: Mutex::default() });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || state.serve(&stream));
            }
        });
        Self { address, state }
    }

    /// The value of `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().unwrap().clone()
    }

    /// Answers every call of an action with this response.
    pub fn answer(&self, action: &'static str, answer: &Value) {
        let answer = message("200 OK", "application/x-amz-json-1.1", answer.to_string());
        self.rule(action, ALWAYS, move |_, _| answer.clone());
    }

    /// Answers the next `times` calls of an action with an error of AWS.
    pub fn refuse(&self, action: &'static str, times: usize, code: &str, text: &str) {
        let body = json!({"__type": code, "message": text}).to_string();
        let answer = message("400 Bad Request", "application/x-amz-json-1.1", body);
        self.rule(action, times, move |_, _| answer.clone());
    }

    /// Denies service deployments, so that the state of a rollout is read from its service.
    pub fn deny_service_deployments(&self) {
        self.refuse("ecs:ListServiceDeployments", ALWAYS, "AccessDeniedException", "no");
    }

    /// Answers the next `times` calls of an action with a page that is not from AWS and has status 200.
    pub fn garble(&self, action: &'static str, times: usize) {
        let answer = message("200 OK", "text/html", "<html>Please sign in</html>".to_owned());
        self.rule(action, times, move |_, _| answer.clone());
    }

    /// Answers one call of an action with a page that is not from AWS.
    pub fn garble_once(&self, action: &'static str) {
        let answer = message("500 Internal Server Error", "text/html", "<html>Oops</html>".to_owned());
        self.rule(action, 1, move |_, _| answer.clone());
    }

    /// Changes every response of the emulator to an action.
    pub fn edit(&self, action: &'static str, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.edit_times(action, ALWAYS, edit);
    }

    /// Changes the response to the next call of an action. Earlier rules for the action apply before.
    pub fn edit_once(&self, action: &'static str, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.edit_times(action, 1, edit);
    }

    /// Forwards the next call of an action unchanged. Later rules apply to the calls after it.
    pub fn leave_once(&self, action: &'static str) {
        self.edit_once(action, |_| {});
    }

    fn edit_times(
        &self,
        action: &'static str,
        times: usize,
        edit: impl Fn(&mut Value) + Send + Sync + 'static,
    ) {
        self.rule(action, times, move |_, forward| {
            let mut answer = forward();
            let mut value = serde_json::from_slice(&answer.body).expect("the emulator's answer is JSON");
            edit(&mut value);
            answer.body = value.to_string().into_bytes();
            answer
        });
    }

    fn rule(
        &self,
        action: &'static str,
        times: usize,
        respond: impl Fn(&Call, &dyn Fn() -> Message) -> Message + Send + Sync + 'static,
    ) {
        self.state.rules.lock().unwrap().push(Rule { action, times, respond: Arc::new(respond) });
    }
}

fn message(status: &str, kind: &str, body: String) -> Message {
    Message::new(&format!("HTTP/1.1 {status}"), &[("Content-Type", kind)], body)
}

impl State {
    fn serve(&self, stream: &TcpStream) {
        let mut requests = BufReader::new(stream);
        // An error closes the connection, and the run's call fails.
        while let Ok(Some(request)) = Message::read_request(&mut requests) {
            let result = self.respond(&request).and_then(|answer| answer.write(&mut &*stream));
            if result.is_err() {
                return;
            }
        }
    }

    fn respond(&self, request: &Message) -> io::Result<Message> {
        let forward = || request.send(self.emulator);
        let Some(action) = action(request) else { return forward() };
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let call = Call { action, body };
        self.calls.lock().unwrap().push(call.clone());
        let Some(respond) = self.rule_for(&call.action) else { return forward() };
        Ok(respond(&call, &|| forward().expect("the emulator answers")))
    }

    /// The first rule for an action that is not used up. Uses it once.
    fn rule_for(&self, action: &str) -> Option<Arc<Respond>> {
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| rule.action == action && rule.times > 0)?;
        rule.times -= 1;
        Some(Arc::clone(&rule.respond))
    }
}

/// The action of a request, such as `ecs:DescribeServices`.
fn action(request: &Message) -> Option<String> {
    let (prefix, operation) = request.header("x-amz-target")?.split_once('.')?;
    let (service, _) = TARGETS.iter().find(|(_, target)| *target == prefix)?;
    Some(format!("{service}:{operation}"))
}
