//! Runs that are recorded event by event.

use std::time::Duration;

use serde_json::json;

use crate::output::Secrets;
use crate::output::page::Page;
use crate::output::page::record::TargetChanges;
use crate::output::plan::diff::definition_rows;
use crate::output::summary::Summary;
use model::Environment;
use model::build::{Build, BuildEvent};
use model::decision::{Decision, Deployment, Destination, ServiceName};
use model::diagnosis::{Cause, Diagnosis, LogTail};
use model::event::{DockerStep, Event};
use model::exit::Exit;
use model::names::{Digest, Place, Region, Tag};
use model::one_off::OneOffTaskChange;
use model::plan::{Change, Plan, Stamp, Step, TargetName};
use model::progress::Progress;
use model::source::{BuiltIn, ComponentSource};
use model::time::Time;
use model::verdict::Verdict;

const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub(in crate::output::page) fn target(service: &str) -> TargetName {
    let region = Region::parse("eu-central-1").unwrap();
    let place = Place { region: region.clone(), role: None };
    let service = ServiceName { cluster: "main".to_owned(), service: service.to_owned() };
    TargetName::new(&Destination::Service(service), &place, &region)
}

fn arn(revision: &str) -> String {
    format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/{revision}")
}

/// A run that is recorded event by event.
pub(in crate::output::page) struct Run {
    pub(in crate::output::page) page: Page,
    summary: Summary,
    secrets: Secrets,
    now: f64,
}

impl Run {
    /// A run of `verb`, whose build was detected and whose policy decided to deploy.
    pub(in crate::output::page) fn new(verb: &str) -> Self {
        let secrets =
            Secrets::from_environment(&Environment::from_iter([("DB_PASSWORD", "hunter2<hunter2")]));
        let mut run = Self { page: Page::default(), summary: Summary::default(), secrets, now: 0.0 };
        run.page.0.started_at = Time::from_unix_seconds(1_767_225_600);
        run.at(0.0, Event::RunStarted { schema: 1, version: "0.1.0".to_owned(), verb: verb.to_owned() });
        run
    }

    /// Records an event so many seconds after the start.
    pub(in crate::output::page) fn at(&mut self, second: f64, event: Event) -> &mut Self {
        self.now = second;
        let elapsed = Duration::from_secs_f64(second);
        self.summary.observe(&event, elapsed);
        self.page.observe(&event, elapsed);
        self
    }

    pub(in crate::output::page) fn decides(&mut self, branch: &str) -> &mut Self {
        let build = Build {
            provider: "travis".into(),
            repository: Some("example/simple-todo".to_owned()),
            branch: branch.to_owned(),
            commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".to_owned(),
            commit_message: Some("Remember who has done what\n\nDetails.".to_owned()),
            commit_time: None,
            base_commit: None,
            event: BuildEvent::Push,
            provider_event: None,
            tag: None,
            pull_request: None,
            number: Some(57),
            number_scope: None,
            job: None,
            actor: None,
            started_at: 0,
        };
        self.at(0.02, Event::BuildDetected { build });
        let settings = ["DEPLOY_BRANCHES", "ECS_CLUSTER_MASTER", "IMAGE_NAME", "REMOTE_IMAGE_URL"];
        self.at(
            0.4,
            Event::PolicyLoaded {
                name: "travis".to_owned(),
                version: "0.1.0".to_owned(),
                source: ComponentSource::BuiltIn(BuiltIn::Travis),
                digest: DIGEST.to_owned(),
                settings: settings.map(str::to_owned).to_vec(),
                fuel: 1,
            },
        );
        let deployment = Deployment { images: Vec::new(), targets: Vec::new() };
        self.at(0.4, Event::DecisionMade(Decision::Deploy(deployment)))
    }

    /// Plans a new image in each target.
    pub(in crate::output::page) fn plans(&mut self, second: f64, names: &[TargetName]) -> &mut Self {
        for name in names {
            let family = name.as_str().rsplit('/').next().unwrap_or_default();
            let change = |field: &str, before, after| {
                let container =
                    [Step::Field("containerDefinitions".to_owned()), Step::Element("web".to_owned())];
                let path = container.into_iter().chain([Step::Field(field.to_owned())]).collect();
                Change { path, before, after }
            };
            let image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo";
            let changes = vec![
                change(
                    "image",
                    Some(json!(format!("{image}:master"))),
                    Some(json!(format!("{image}@{DIGEST}"))),
                ),
                change(
                    "dockerLabels",
                    None,
                    Some(json!({"ecs-host.repository": "example/simple-todo", "ecs-host.build": "57"})),
                ),
            ];
            let plan = TargetChanges {
                base: arn(&format!("{family}:41")),
                rows: definition_rows(&changes),
                warnings: Vec::new(),
            };
            self.page.0.target(name).unwrap().plan = Some(plan);
        }
        let build = Stamp {
            repository: None,
            commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".to_owned(),
            commit_time: None,
            number: Some(57),
            number_scope: None,
            policy: "travis@sha256:0".to_owned(),
            guards: Vec::new(),
        };
        let region = Region::parse("eu-central-1").unwrap();
        let plan = Plan {
            region,
            build,
            images: Vec::new(),
            targets: Vec::new(),
            reviews: Vec::new(),
            unread: Vec::new(),
        };
        self.at(second, Event::PlanCreated { plan, commands: Vec::new(), dry_run: false })
    }

    /// Builds an image from one second to the next, and pushes it to the third.
    pub(in crate::output::page) fn builds(&mut self, [build, push, end]: [f64; 3]) -> &mut Self {
        let docker = |step, command: &str| Event::DockerStarted { step, command: command.to_owned() };
        self.at(build, docker(DockerStep::Build, "docker build --tag=simple-todo:master ."));
        self.at(push, docker(DockerStep::Push, "docker push simple-todo:master"));
        let (image, digest) = ("simple-todo".to_owned(), Digest::parse(DIGEST).unwrap());
        self.at(end, Event::ImagePushed { image, digest, tags: vec![Tag::parse("master").unwrap()] })
    }

    pub(in crate::output::page) fn updates(&mut self, second: f64, name: &TargetName) -> &mut Self {
        let task_definition = arn("web:42");
        self.at(second, Event::ServiceUpdated { target: name.clone(), task_definition, deployment: None })
    }

    /// Running, pending and failed tasks of four, and the state.
    pub(in crate::output::page) fn progresses(
        &mut self,
        second: f64,
        name: &TargetName,
        counts: [i32; 3],
        state: &str,
    ) -> &mut Self {
        let [running, pending, failed] = counts;
        let progress =
            Progress { desired: 4, running, pending, failed, state: state.to_owned(), hooks: Vec::new() };
        self.at(second, Event::RolloutProgressed { target: name.clone(), progress })
    }

    pub(in crate::output::page) fn ends(
        &mut self,
        second: f64,
        name: &TargetName,
        verdict: Verdict,
    ) -> &mut Self {
        let task_definition = arn(&format!("{}:42", name.as_str().rsplit('/').next().unwrap_or_default()));
        let next = if verdict.is_success() {
            Vec::new()
        } else {
            vec!["`ecs-host status main` shows it".to_owned()]
        };
        self.at(second, Event::VerdictReached { target: name.clone(), verdict, task_definition, next })
    }

    pub(in crate::output::page) fn html(&self, exit: Exit) -> String {
        self.page.to_html(&self.summary, exit, Duration::from_secs_f64(self.now), &self.secrets)
    }
}

/// A run whose only target fails, with all that can be known of it.
pub(in crate::output::page) fn rolled_back() -> Run {
    let mut run = Run::new("run");
    let web = target("web");
    run.decides("master").plans(1.2, std::slice::from_ref(&web)).builds([1.2, 49.0, 58.0]);
    let task = "0a11c0a1d2e3".to_owned();
    let migrate =
        |change| Event::OneOffTaskChanged { target: target("web"), name: "migrate".to_owned(), change };
    run.at(60.0, migrate(OneOffTaskChange::Started { task: task.clone() }));
    run.at(72.0, migrate(OneOffTaskChange::Ended { task: task.clone(), succeeded: true }));
    run.updates(73.0, &web);
    for (second, counts) in
        [(75.0, [0, 2, 0]), (83.0, [1, 1, 0]), (90.0, [0, 0, 2]), (96.0, [1, 1, 2]), (103.0, [0, 0, 4])]
    {
        run.progresses(second, &web, counts, "IN_PROGRESS");
    }
    let message = "(service web) has started 2 tasks: (task 1a2b) (task 3c4d).".to_owned();
    run.at(76.0, Event::ServiceEvent { target: web.clone(), message });
    run.progresses(110.0, &web, [0, 0, 4], "ROLLBACK_IN_PROGRESS");
    let diagnosis = Diagnosis {
        causes: vec![
            Cause { count: 3, description: "web exited 1".to_owned() },
            Cause { count: 1, description: "web failed its health check".to_owned() },
        ],
        logs: vec![LogTail {
            container: "web".to_owned(),
            task,
            group: "/ecs/simple-todo".to_owned(),
            stream: "web/web/0a11c0a1d2e3".to_owned(),
            lines: vec!["simple-todo 2.0 starts".to_owned(), "error: DATABASE_URL is not set".to_owned()],
        }],
        unread: vec!["the log of `proxy` is empty".to_owned()],
    };
    run.at(128.0, Event::FailureDiagnosed { target: web.clone(), diagnosis });
    let reason = "the circuit breaker threshold was exceeded (4 tasks failed)".to_owned();
    run.ends(128.0, &web, Verdict::RolledBack { reason, runs: Some(arn("web:41")) });
    run
}

/// A run of many targets in two waves, one of which fails.
pub(in crate::output::page) fn many(count: usize) -> Run {
    let names: Vec<TargetName> = (0..count).map(|number| target(&format!("service-{number:02}"))).collect();
    let mut run = Run::new("run");
    run.decides("master").plans(2.0, &names).builds([2.0, 61.0, 80.0]);
    let mut events = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let start = if number < count / 2 { 82.0 } else { 150.0 } + number as f64 * 0.7;
        let pace = 4.0 + (number * 7 % 11) as f64;
        for (step, counts) in [[0, 2, 0], [1, 1, 0], [2, 0, 0], [2, 2, 0], [4, 0, 0]].into_iter().enumerate()
        {
            let counts = if number == 3 && step > 2 { [0, 1, 3] } else { counts };
            events.push((start + step as f64 * pace, name, Some(counts)));
        }
        events.push((start + 4.3 * pace, name, None));
    }
    events.sort_by(|one, other| one.0.total_cmp(&other.0));
    for name in &names {
        run.updates(
            if names.iter().position(|own| own == name) < Some(count / 2) { 82.0 } else { 150.0 },
            name,
        );
    }
    for (second, name, counts) in events {
        match counts {
            Some(counts) => run.progresses(second, name, counts, "IN_PROGRESS"),
            None if name == &names[3] => {
                run.ends(second, name, Verdict::Failed { reason: "3 × web exited 137".to_owned() })
            }
            None => run.ends(second, name, Verdict::Deployed { unproven: None }),
        };
    }
    run
}
