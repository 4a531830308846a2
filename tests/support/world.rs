//! The world of one rollout: what ECS has, what will happen there, and runs of
//! the real binary in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use ecs_simulator::{
    Consistency, ImageSetup, RepositorySetup, Resources, Scenario, ServiceSetup, Simulator, Time,
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

/// The image that ran before.
pub const OLD: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// The repository of every world.
pub fn repository() -> String {
    format!("{}/simple-todo", ecr_host(REGION))
}

/// The task definition that a service runs before anybody deploys.
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

/// The service `web` of the cluster `main`, whose next image is in the registry
/// already. Every call moves the time by five seconds, a tick of real life.
pub fn scenario() -> Scenario {
    serving(vec![service("web")])
}

/// The same with these services.
pub fn serving(services: Vec<ServiceSetup>) -> Scenario {
    let image = |digest: &str, tags: &[&str]| ImageSetup {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        digest: Some(digest.to_owned()),
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

/// A simulator, and a folder to run in.
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

    /// The same with the policy `echo-policy`, which answers this.
    pub fn run_decision(&self, answer: &Value) -> Job<'_> {
        let policy = crate::fixtures::policy("echo-policy").display().to_string();
        self.run().args(&[&policy]).set("DECISION", &answer.to_string())
    }

    /// Another verb, likewise.
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

    /// A path in its folder: `project`, `home` and `tmp` are there.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// How often an action was called.
    pub fn count(&self, action: &str) -> usize {
        self.simulator.calls().iter().filter(|call| call.action == action).count()
    }

    /// What a service is set to: `family:revision`.
    pub fn runs(&self, service: &str) -> String {
        let arn = self.simulator.snapshot("main", service).task_definition;
        arn.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// A run that has not begun.
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

    /// Starts it. It writes its events as JSON beside the text.
    pub fn begin(self) -> Running<'w> {
        let calls_before = self.world.simulator.calls().len();
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

    /// Runs it to its end.
    pub fn ends(self) -> RunResult {
        self.begin().ends()
    }

    /// Runs it to its end, which is this exit code.
    pub fn exits(self, code: i32) -> RunResult {
        self.ends().with(code)
    }
}

/// A run that goes on.
pub struct Running<'w> {
    pub world: &'w World,
    child: KillOnDrop,
    stdout: Reader,
    stderr: Reader,
    calls_before: usize,
}

impl Running<'_> {
    /// Waits until it says something, on either stream.
    pub fn wait_for_output(self, text: &str) -> Self {
        let said = || [&self.stdout, &self.stderr].iter().any(|r| r.so_far().contains(text));
        let heard =
            crate::wait::eventually("it says so", crate::run::RUN_TIMEOUT, || Ok(said().then_some(())));
        heard.unwrap_or_else(|error| panic!("{error}: `{text}`\n{}", self.stderr.so_far()));
        self
    }

    /// Waits until it calls an action for the so manieth time, counted from 1.
    pub fn calls(self, action: &str, count: usize) -> Self {
        let called = || (self.world.count(action) >= count).then_some(());
        let heard = crate::wait::eventually("it calls", crate::run::RUN_TIMEOUT, || Ok(called()));
        heard.unwrap_or_else(|error| panic!("{error}: {action}\n{}", self.stderr.so_far()));
        self
    }

    /// Waits until this is so, or until it has ended.
    pub fn until(mut self, mut so: impl FnMut(&Self) -> bool) -> Self {
        let begun = std::time::Instant::now();
        while !so(&self) && self.child.0.try_wait().expect("it is a child").is_none() {
            assert!(begun.elapsed() < crate::run::RUN_TIMEOUT, "it never is so\n{}", self.stderr.so_far());
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        self
    }

    /// How many events it has told.
    pub fn event_count(&self) -> usize {
        self.stdout.so_far().lines().count()
    }

    /// Sends it a signal.
    pub fn send_signal(self, signal: rustix::process::Signal) -> Self {
        let pid = rustix::process::Pid::from_child(&self.child.0);
        rustix::process::kill_process(pid, signal).expect("it is there");
        self
    }

    /// Ends it as a machine that breaks down does, unless it has ended already.
    pub fn kill(mut self) -> RunResult {
        self.child.0.kill().expect("it is a child");
        self.ends()
    }

    /// Waits for its end.
    pub fn ends(mut self) -> RunResult {
        let status = crate::wait::eventually("the run ends", crate::run::RUN_TIMEOUT, || {
            Ok(self.child.0.try_wait()?)
        });
        let Ok(status) = status else {
            let _ = self.child.0.kill();
            panic!("it does not end\n{}{}", self.stderr.whole(), self.stdout.whole());
        };
        let calls = self.world.simulator.calls().split_off(self.calls_before);
        RunResult { code: status.code(), text: self.stderr.whole(), json: self.stdout.whole(), calls }
    }
}
