//! What passes between one run and AWS: recorded, and bent where a test says so.

use std::io::{self, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use ecs_simulator::http::Message;
use serde_json::{Value, json};

use crate::aws::TARGETS;

/// A call that reached AWS.
#[derive(Debug, Clone)]
pub struct Call {
    /// As IAM spells it, such as `ecs:DescribeServices`.
    pub action: String,
    /// Its parameters.
    pub body: Value,
}

impl Call {
    /// Whether it changes nothing in AWS.
    pub fn only_reads(&self) -> bool {
        let operation = self.action.split_once(':').map_or("", |(_, operation)| operation);
        ["Describe", "List", "Get", "BatchGet"].iter().any(|start| operation.starts_with(start))
    }
}

/// Listens on a port of its own and hands on to the emulator.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    emulator: SocketAddr,
    calls: Mutex<Vec<Call>>,
    rules: Mutex<Vec<Rule>>,
}

/// What is different about the next calls of an action.
struct Rule {
    action: &'static str,
    times: usize,
    bend: Arc<Bend>,
}

/// Makes another answer from a call, and from what the emulator says of it.
type Bend = dyn Fn(&Call, &dyn Fn() -> Message) -> Message + Send + Sync;

/// More often than any test calls.
const ALWAYS: usize = usize::MAX;

impl Proxy {
    /// A proxy to the emulator.
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

    /// What `AWS_ENDPOINT_URL` says.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls.lock().unwrap().clone()
    }

    /// Answers every call of an action with this.
    pub fn answer(&self, action: &'static str, answer: &Value) {
        let answer = message("200 OK", "application/x-amz-json-1.1", answer.to_string());
        self.rule(action, ALWAYS, move |_, _| answer.clone());
    }

    /// Answers calls of an action with an error of AWS's, so many times.
    pub fn refuse(&self, action: &'static str, times: usize, code: &str, text: &str) {
        let body = json!({"__type": code, "message": text}).to_string();
        let answer = message("400 Bad Request", "application/x-amz-json-1.1", body);
        self.rule(action, times, move |_, _| answer.clone());
    }

    /// Denies service deployments, so that the state of a rollout is read from its service.
    pub fn deny_service_deployments(&self) {
        self.refuse("ecs:ListServiceDeployments", ALWAYS, "AccessDeniedException", "no");
    }

    /// Answers one call of an action with something that is not AWS's.
    pub fn garble_once(&self, action: &'static str) {
        let answer = message("500 Internal Server Error", "text/html", "<html>Oops</html>".to_owned());
        self.rule(action, 1, move |_, _| answer.clone());
    }

    /// Changes what the emulator answers to an action.
    pub fn edit(&self, action: &'static str, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.edit_times(action, ALWAYS, edit);
    }

    /// Changes the answer to the next call of an action that no other rule is for.
    pub fn edit_once(&self, action: &'static str, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.edit_times(action, 1, edit);
    }

    /// Leaves the next call of an action as it is, and rules made later to those after it.
    pub fn leave_once(&self, action: &'static str) {
        self.edit_once(action, |_| {});
    }

    fn edit_times(
        &self,
        action: &'static str,
        times: usize,
        edit: impl Fn(&mut Value) + Send + Sync + 'static,
    ) {
        self.rule(action, times, move |_, ask| {
            let mut answer = ask();
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
        bend: impl Fn(&Call, &dyn Fn() -> Message) -> Message + Send + Sync + 'static,
    ) {
        self.state.rules.lock().unwrap().push(Rule { action, times, bend: Arc::new(bend) });
    }
}

fn message(status: &str, kind: &str, body: String) -> Message {
    Message::new(&format!("HTTP/1.1 {status}"), &[("Content-Type", kind)], body)
}

impl State {
    fn serve(&self, stream: &TcpStream) {
        let mut requests = BufReader::new(stream);
        // An error ends the connection, and whoever called sees that.
        while let Ok(Some(request)) = Message::read_request(&mut requests) {
            let answered = self.respond(&request).and_then(|answer| answer.write(&mut &*stream));
            if answered.is_err() {
                return;
            }
        }
    }

    fn respond(&self, request: &Message) -> io::Result<Message> {
        let ask = || request.send(self.emulator);
        let Some(action) = action(request) else { return ask() };
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let call = Call { action, body };
        self.calls.lock().unwrap().push(call.clone());
        let Some(bend) = self.rule_for(&call.action) else { return ask() };
        Ok(bend(&call, &|| ask().expect("the emulator answers")))
    }

    /// The first rule for an action that is not used up.
    fn rule_for(&self, action: &str) -> Option<Arc<Bend>> {
        let mut rules = self.rules.lock().unwrap();
        let rule = rules.iter_mut().find(|rule| rule.action == action && rule.times > 0)?;
        rule.times -= 1;
        Some(Arc::clone(&rule.bend))
    }
}

/// The action of a request, such as `ecs:DescribeServices`.
fn action(request: &Message) -> Option<String> {
    let (prefix, operation) = request.header("x-amz-target")?.split_once('.')?;
    let (service, _) = TARGETS.iter().find(|(_, target)| *target == prefix)?;
    Some(format!("{service}:{operation}"))
}
