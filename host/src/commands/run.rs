//! `ecs-host run`: all five stages.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use thiserror::Error;

use super::decide::{Decided, decide};
use super::plan::{publisher, services};
use super::signals;
use crate::aws::{Aws, AwsError, Trouble};
use crate::ci::Environment;
use crate::cli::RunArgs;
use crate::ecs::watch::{Watching, watch};
use crate::ecs::{self, Started, raw, rollout};
use crate::names::{Digest, revision};
use crate::plan::definition::DefinitionError;
use crate::plan::{Facts, Plan, Rollout, TargetPlan};
use crate::policy::decision::ServiceName;
use crate::report::{Event, Exit, Report, Verdict};

/// Deploys a build.
pub(super) fn run(args: &RunArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    let Some(decided) = decide(&args.plan, environment, report)? else { return Ok(Exit::Success) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let targets = Targets::default();
        tokio::select! {
            biased;
            // Dropping the work ends a docker that runs and removes the login.
            signal = signals::first() => {
                let exit = signal?;
                targets.tell_interrupted(report);
                Ok(exit)
            }
            exit = deploy(args, environment, report, &decided, &targets) => exit,
            never = report.break_silence() => match never {},
        }
    })
}

/// How far each target is, for the moment when a signal comes.
#[derive(Default)]
struct Targets(RefCell<BTreeMap<ServiceName, (Step, String)>>);

/// How far one target is.
#[derive(Clone, Copy)]
enum Step {
    /// Nothing of it was changed.
    Planned,
    /// `UpdateService` was sent, and not answered yet.
    Updating,
    /// It rolls out.
    RollingOut,
    /// Its verdict was told.
    Done,
}

impl Targets {
    fn set(&self, service: &ServiceName, step: Step, task_definition: &str) {
        self.0.borrow_mut().insert(service.clone(), (step, task_definition.to_owned()));
    }

    fn tell_interrupted(&self, report: &Report) {
        for (service, (step, task_definition)) in self.0.borrow().iter() {
            let left = match step {
                Step::Planned => "the service was not changed".to_owned(),
                Step::Updating => {
                    format!("the update to {} may or may not have reached ECS", revision(task_definition))
                }
                Step::RollingOut => {
                    format!(
                        "the rollout of {} goes on in ECS; run this again to watch it",
                        revision(task_definition)
                    )
                }
                Step::Done => continue,
            };
            let (service, task_definition) = (service.clone(), task_definition.clone());
            report.emit(&Event::Verdict { service, verdict: Verdict::Interrupted { left }, task_definition });
        }
    }
}

async fn deploy(
    args: &RunArgs,
    environment: &Environment,
    report: &Report,
    decided: &Decided,
    targets: &Targets,
) -> anyhow::Result<Exit> {
    let aws = Aws::connect(environment, args.plan.region.as_ref()).await?;
    let publisher = publisher(&args.plan, &aws, environment, report);
    let (client, names) = (aws.ecs(&aws.place()).await.client, services(&decided.deployment));

    // The registry is asked, the login made and the first build begun while ECS
    // is read; nothing is pushed before the plan is known and valid.
    let prepare =
        async { anyhow::Ok(publisher.prepare(&decided.deployment.images, &decided.build.commit).await?) };
    let read = async { anyhow::Ok(ecs::read::services(&client, &names).await?) };
    let (mut prepared, services) = tokio::try_join!(prepare, read)?;
    let facts = Facts { region: aws.region.clone(), images: std::mem::take(&mut prepared.facts), services };
    let plan = Plan::new(&decided.deployment, &facts, &decided.stamp)?;
    let commands = publisher.commands(&plan.images)?;
    report.emit(&Event::Plan { plan: plan.clone(), commands, dry: false });
    for target in &plan.targets {
        targets.set(&target.service, Step::Planned, &target.task_definition);
    }

    let digests = publisher.publish(&plan.images, prepared).await?;
    let rollouts = Rollouts { args, client, report, targets, digests };
    let mut exits = Vec::new();
    let mut watched = Vec::new();
    for target in &plan.targets {
        match rollouts.start(target).await {
            Ok(Some(started)) => watched.push((target, started)),
            Ok(None) => exits.push(rollouts.tell(target, &target.task_definition, Verdict::Unchanged)),
            Err(error) => {
                let verdict = Verdict::Failed { reason: error.to_string() };
                rollouts.tell(target, &target.task_definition, verdict);
                exits.push(error.exit());
            }
        }
    }
    exits.extend(join_all(watched.iter().map(|(target, started)| rollouts.finish(target, started))).await);
    Ok(Exit::worst(exits))
}

/// How often a target is deployed on top of what others deploy at the same time.
const ATTEMPTS: usize = 3;

/// Why a rollout did not start.
#[derive(Debug, Error)]
enum StepError {
    /// AWS did not do it.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The definition does not take the change.
    #[error("its task definition can't be revised: {0}")]
    Definition(#[from] DefinitionError),
    /// Others kept deploying to the service.
    #[error("others deploy to {service} all the time; run this again when they are done")]
    Contended {
        /// The service.
        service: ServiceName,
    },
}

impl StepError {
    /// A permission is something to set up, anything else a failure in ECS.
    fn exit(&self) -> Exit {
        match self {
            Self::Aws(error) if matches!(error.trouble, Trouble::Permission | Trouble::Credentials) => {
                Exit::Preflight
            }
            _ => Exit::Failed,
        }
    }
}

/// The rollouts of all targets.
struct Rollouts<'r> {
    args: &'r RunArgs,
    client: aws_sdk_ecs::Client,
    report: &'r Report,
    targets: &'r Targets,
    digests: BTreeMap<String, Digest>,
}

impl Rollouts<'_> {
    /// Registers and updates one target; none where there is nothing to do.
    async fn start(&self, target: &TargetPlan) -> Result<Option<Started>, StepError> {
        let mut planned = std::borrow::Cow::Borrowed(target);
        let mut before = None;
        for _ in 0..ATTEMPTS {
            // Another run of this build may have come first: then the rollout
            // that this one started before is of the same, and is watched.
            let Some(started) = self.update(&planned).await? else { return Ok(before) };
            let Some(other) = started.overtook(&planned.deployments) else { return Ok(Some(started)) };
            // Between the plan and the update somebody deployed another
            // revision, whose changes this one lacks: again, on top of it.
            let message = format!(
                "{} got {other} from somebody else since the plan was made; deploying on top of it",
                started.service
            );
            self.report.emit(&Event::Warning { message });
            let definition = raw::describe(&self.client, other).await?;
            let again = planned.on_top_of(other.to_owned(), definition, &started.task_definition);
            planned = std::borrow::Cow::Owned(again);
            before = Some(started);
        }
        Err(StepError::Contended { service: target.service.clone() })
    }

    async fn update(&self, target: &TargetPlan) -> Result<Option<Started>, StepError> {
        let service = &target.service;
        let current = &target.task_definition;
        let (arn, again) = match (target.revision(&self.digests)?, &target.rollout) {
            (Some(revision), _) => {
                let arn = raw::register(&self.client, &revision).await?;
                let task_definition = arn.clone();
                self.report.emit(&Event::Registered { service: service.clone(), task_definition });
                (arn, false)
            }
            (None, Rollout::Complete) => return Ok(None),
            // An earlier run of this build was cut off: it is watched to its end.
            (None, Rollout::UnderWay(deployment)) => {
                let started = Started::found(service, current, deployment.as_deref());
                self.begun(&started);
                return Ok(Some(started));
            }
            (None, Rollout::Failed) => (current.clone(), true),
        };
        self.targets.set(service, Step::Updating, &arn);
        let started = rollout::update(&self.client, service, &arn, again).await?;
        self.begun(&started);
        Ok(Some(started))
    }

    fn begun(&self, started: &Started) {
        self.targets.set(&started.service, Step::RollingOut, &started.task_definition);
        self.report.emit(&Event::Updated {
            service: started.service.clone(),
            task_definition: started.task_definition.clone(),
            deployment: started.deployment.clone(),
        });
    }

    /// Watches one rollout to its verdict.
    async fn finish(&self, target: &TargetPlan, started: &Started) -> Exit {
        let verdict = if self.args.no_wait {
            Verdict::Started
        } else {
            let timeout = target.timeout.unwrap_or(self.args.timeout);
            let timeout = Duration::from_secs(timeout.into());
            let watching = Watching { poll: self.args.poll, timeout };
            watch(&self.client, started, &watching, self.report).await
        };
        self.tell(target, &started.task_definition, verdict)
    }

    fn tell(&self, target: &TargetPlan, task_definition: &str, verdict: Verdict) -> Exit {
        self.targets.set(&target.service, Step::Done, task_definition);
        let exit = verdict.exit();
        let (service, task_definition) = (target.service.clone(), task_definition.to_owned());
        self.report.emit(&Event::Verdict { service, verdict, task_definition });
        exit
    }
}
