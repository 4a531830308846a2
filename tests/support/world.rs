//! A simulated AWS with the services of one test, and runs of the real binary against it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use ecs_simulator::{
    Consistency, ImageSetup, RepositorySetup, Resources, Scenario, ServiceSetup, Simulator, TaskBehaviour,
    TaskFilter, TaskRule, Time,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::aws::ecr_host;
use crate::run::{KillOnDrop, Reader};
use crate::variables::Build;

pub use crate::run_result::RunResult;

/// The region of every world.
pub const REGION: &str = "eu-west-1";

/// The commit that is deployed, and its image.
pub const COMMIT: &str = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20";
pub const DIGEST: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// The image that the services run before the deployment.
pub const OLD: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// The repository of every world.
pub fn repository() -> String {
    format!("{}/simple-todo", ecr_host(REGION))
}

/// The task definition that a service runs before the deployment.
pub fn definition(family: &str) -> Value {
    let image = format!("{}@{OLD}", repository());
    json!({
        "family": family,
        "containerDefinitions": [{"name": "web", "image": image, "memory": 64, "essential": true}],
    })
}

/// A service of the cluster `main`, with two tasks.
pub fn service(name: &str) -> ServiceSetup {
    ServiceSetup {
        cluster: "main".to_owned(),
        name: name.to_owned(),
        task_definition: definition(name),
        desired_count: 2,
        ..ServiceSetup::default()
    }
}

/// The service `web` of the cluster `main`. The registry already has the image to deploy.
/// Every call advances the time by five seconds.
pub fn scenario() -> Scenario {
    serving(vec![service("web")])
}

/// The same scenario with these services.
pub fn serving(services: Vec<ServiceSetup>) -> Scenario {
    let image = |digest: &str, tags: &[&str]| ImageSetup {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        digest: Some(digest.to_owned()),
        manifest: None,
    };
    let images = vec![image(OLD, &["old"]), image(DIGEST, &["master", &format!("master-{COMMIT}")])];
    Scenario {
        time: Time::Step(5.0),
        region: REGION.to_owned(),
        resources: Resources {
            services,
            repositories: vec![RepositorySetup { name: "simple-todo".to_owned(), images, mutability: None }],
            ..Resources::default()
        },
        consistency: Consistency { list_lag: 3.0, current_deployment_lag: 3.0, stale_reads: None },
        ..Scenario::default()
    }
}

/// Every task of a new task definition exits with 1 after a second.
pub fn failing_tasks() -> TaskRule {
    let behaviour = TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: BTreeMap::new(),
        after: 1.0,
        logs: BTreeMap::new(),
    };
    let filter = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    TaskRule { filter, behaviour, ..TaskRule::default() }
}

/// Enables the circuit breaker of the first service.
pub fn enable_circuit_breaker(scenario: &mut Scenario, rollback: bool) {
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": rollback}});
    scenario.resources.services[0].parameters.insert("deploymentConfiguration".into(), breaker);
}

/// A simulator, and a folder for the runs.
pub struct World {
    pub simulator: Simulator,
    folder: TempDir,
}

impl World {
    pub fn new(scenario: &Scenario) -> Self {
        let folder = TempDir::with_prefix_in("world-", env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        for name in ["project", "home", "tmp"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        std::fs::write(folder.path().join("project/Dockerfile"), "FROM scratch\n").expect("a file");
        Self { simulator: Simulator::start(scenario).expect("a simulator"), folder }
    }

    /// `ecs-host run`, in the build of [`COMMIT`] on `master`.
    pub fn run(&self) -> Job<'_> {
        self.verb("run").args(&["--poll", "0.01"])
    }

    /// `ecs-host run` with the policy `echo-policy`, which returns `answer`.
    pub fn run_decision(&self, answer: &Value) -> Job<'_> {
        let policy = crate::fixtures::policy("echo-policy").display().to_string();
        self.run().args(&[&policy]).set("DECISION", &answer.to_string())
    }

    /// Another verb in the same build.
    pub fn verb(&self, verb: &str) -> Job<'_> {
        let build = Build {
            folder: &|part| self.path(part),
            endpoint: &self.simulator.url(),
            region: REGION,
            commit: COMMIT,
            project: "simple-todo",
            repository: &repository(),
            cluster: "main",
            service: "web",
        };
        Job { world: self, arguments: vec![verb.to_owned()], variables: build.variables() }.set("PATH", "")
    }

    /// A path in the folder, which contains `project`, `home` and `tmp`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The number of calls of an action by all runs.
    pub fn count(&self, action: &str) -> usize {
        self.simulator.calls().iter().filter(|call| call.action == action).count()
    }

    /// The revision that a service is set to, as `family:revision`.
    pub fn runs(&self, service: &str) -> String {
        let arn = self.simulator.snapshot("main", service).task_definition;
        arn.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// A run that is not started yet.
pub struct Job<'w> {
    world: &'w World,
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
}

impl<'w> Job<'w> {
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn unset(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// The variables of the run.
    pub fn variables(self) -> BTreeMap<String, String> {
        self.variables
    }

    /// Starts the run. It writes its events as JSON to stdout, and its text to stderr.
    pub fn begin(self) -> Running<'w> {
        let calls_before = self.world.simulator.call_count();
        let mut child = Command::new(env!("CARGO_BIN_EXE_ecs-host"))
            .args(&self.arguments)
            .arg("--json")
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.world.path("project"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = Reader::of(child.stdout.take().expect("a pipe"));
        let stderr = Reader::of(child.stderr.take().expect("a pipe"));
        Running { world: self.world, child: KillOnDrop(child), stdout, stderr, calls_before }
    }

    /// Runs it to its end without `--json`, as a person does.
    pub fn output(self) -> std::process::Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-host"));
        command.args(&self.arguments).env_clear().envs(&self.variables);
        command.current_dir(self.world.path("project")).stdin(Stdio::null());
        command.output().expect("the binary starts")
    }

    /// Runs it to its end as a CI job does, with one log. Returns the exit code and the log.
    pub fn log(self) -> (i32, String) {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-host"));
        command.args(&self.arguments).env_clear().envs(&self.variables);
        command.current_dir(self.world.path("project")).stdin(Stdio::null());
        command.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
        let mut child = KillOnDrop(command.spawn().expect("the binary starts"));
        // It has the ends of the pipe that are written to.
        drop(command);
        let mut log = String::new();
        std::io::Read::read_to_string(&mut reader, &mut log).expect("text");
        let code = child.0.wait().expect("the end of the run").code().unwrap_or(-1);
        (code, log)
    }

    /// The run as a command of a shell, which changes to its folder.
    pub fn shell_command(self) -> String {
        let quote = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let variables = self.variables.iter().map(|(name, value)| quote(&format!("{name}={value}")));
        let arguments = self.arguments.iter().map(|argument| quote(argument));
        let words: Vec<String> =
            variables.chain([quote(env!("CARGO_BIN_EXE_ecs-host"))]).chain(arguments).collect();
        let folder = quote(&self.world.path("project").display().to_string());
        format!("cd {folder}; env -i {}", words.join(" "))
    }

    /// Starts the run, and waits for its end.
    pub fn ends(self) -> RunResult {
        self.begin().ends()
    }

    /// Starts the run, and asserts that it ends with this exit code.
    pub fn exits(self, code: i32) -> RunResult {
        self.ends().with(code)
    }
}

/// A run that was started.
pub struct Running<'w> {
    pub world: &'w World,
    child: KillOnDrop,
    stdout: Reader,
    stderr: Reader,
    calls_before: usize,
}

impl Running<'_> {
    /// Waits until stdout or stderr contains the text.
    pub fn wait_for_output(self, text: &str) -> Self {
        self.wait_for_output_within(crate::run::RUN_TIMEOUT, text)
    }

    /// The same with another timeout.
    pub fn wait_for_output_within(self, timeout: std::time::Duration, text: &str) -> Self {
        let output = [&self.stdout, &self.stderr];
        let is_printed = || Ok(output.iter().any(|stream| stream.text().contains(text)).then_some(()));
        let result = crate::wait::eventually("the run prints a text", timeout, is_printed);
        result.unwrap_or_else(|error| panic!("{error}: `{text}`\n{}", self.stderr.text()));
        self
    }

    /// Waits until an action was called `count` times.
    pub fn calls(self, action: &str, count: usize) -> Self {
        let is_called = || Ok((self.world.count(action) >= count).then_some(()));
        let result = crate::wait::eventually("the run calls AWS", crate::run::RUN_TIMEOUT, is_called);
        result.unwrap_or_else(|error| panic!("{error}: {action}\n{}", self.stderr.text()));
        self
    }

    /// Waits until the condition is true or the run has ended.
    pub fn until(mut self, mut condition: impl FnMut(&Self) -> bool) -> Self {
        let start = std::time::Instant::now();
        while !condition(&self) && self.child.0.try_wait().expect("a child process").is_none() {
            assert!(start.elapsed() < crate::run::RUN_TIMEOUT, "timed out\n{}", self.stderr.text());
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self
    }

    /// The number of events that the run has written.
    pub fn event_count(&self) -> usize {
        self.stdout.text().lines().count()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.0.try_wait().expect("a child process").is_none()
    }

    pub fn send_signal(self, signal: rustix::process::Signal) -> Self {
        let pid = rustix::process::Pid::from_child(&self.child.0);
        rustix::process::kill_process(pid, signal).expect("the process exists");
        self
    }

    /// Kills the run with a signal that it cannot handle, unless it has ended.
    pub fn kill(mut self) -> RunResult {
        self.child.0.kill().expect("a child process");
        self.ends()
    }

    /// Waits for the end of the run.
    pub fn ends(mut self) -> RunResult {
        let status = crate::wait::eventually("the run ends", crate::run::RUN_TIMEOUT, || {
            Ok(self.child.0.try_wait()?)
        });
        let Ok(status) = status else {
            let _ = self.child.0.kill();
            panic!("the run does not end\n{}{}", self.stderr.into_text(), self.stdout.into_text());
        };
        let calls = self.world.simulator.calls_from(self.calls_before);
        let (text, json) = (self.stderr.into_text(), self.stdout.into_text());
        ecs_host_schemas::assert_events(&json);
        RunResult { code: status.code(), text, json, calls }
    }
}
