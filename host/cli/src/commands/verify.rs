//! `ecs-host verify`: what a deployment of this build needs, and what of it is missing.

use model::event::EventSink as _;
use std::cell::Cell;

use super::decide;
use super::exit_of;
use super::plan::publisher;
use super::run_to_end;
use crate::cli::{PlanArgs, RunArgs};
use crate::output::Report;
use crate::preflight;
use crate::preflight::{Images, Subject};
use aws::Aws;
use model::Environment;
use model::build::Build;
use model::check::{Check, CheckState};
use model::decision::{Decision, Deployment};
use model::event::Event;
use model::exit::Exit;
use model::plan::Stamp;
use sandbox::{Answer, Policy};

/// Checks everything, and changes nothing.
pub(super) fn verify(run: &RunArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    let args = &run.plan;
    let (build, policy) = decide::begin(args, environment, report)?;

    let exit = Cell::new(Exit::Success);
    let tell = |check: Check| {
        if check.state == CheckState::Failed && exit.get() == Exit::Success {
            exit.set(Exit::Preflight);
        }
        report.emit(&Event::CheckFinished(check));
    };
    let decided = match policy.and_then(|policy| ask(args, environment, &build, &policy, report, &tell)) {
        Ok(Some(decided)) => Decided::Deploy(decided),
        Ok(None) => Decided::Skip,
        Err(error) => {
            // What the policy itself says or breaks has an exit code of its own.
            let name = if exit_of(&error) == Exit::Rejected { "decision" } else { "policy" };
            tell(Check::failed(name, error.to_string()));
            exit.set(exit_of(&error));
            Decided::Unknown
        }
    };
    run_to_end(async {
        tokio::select! {
            () = look(run, environment, &build, &decided, report, &tell) => Ok(exit.get()),
            never = report.break_silence() => match never {},
        }
    })
}

/// What is known of the decision.
enum Decided {
    /// It is to deploy.
    Deploy((Deployment, Stamp)),
    /// This build is not deployed.
    Skip,
    /// There is none.
    Unknown,
}

/// What the policy decided; none where this build is not deployed.
fn ask(
    args: &PlanArgs,
    environment: &Environment,
    build: &Build,
    policy: &Policy,
    report: &Report,
    tell: &impl Fn(Check),
) -> anyhow::Result<Option<(Deployment, Stamp)>> {
    let answer = decide::ask(args, environment, build, policy, report)?;
    if let Some(manifest) = &answer.manifest {
        tell(Check::ok("policy", format!("{} {}, {}", manifest.name, manifest.version, policy.source)));
    }
    decide::tell(&answer, report);
    settings(&answer, tell);
    match answer.decision? {
        Decision::Skip { reason } => {
            tell(Check::skipped("decision", format!("this build is skipped: {reason}")));
            Ok(None)
        }
        Decision::Deploy(deployment) => {
            let (images, targets) = (deployment.images.len(), deployment.targets.len());
            tell(Check::ok("decision", format!("deploy; images: {images}, targets: {targets}")));
            let stamp = Stamp::new(build, &answer.policy, policy.digest.as_str());
            Ok(Some((deployment, stamp)))
        }
    }
}

/// The settings that the policy declares as required.
fn settings(answer: &Answer, tell: &impl Fn(Check)) {
    let declared = answer.manifest.iter().flat_map(|manifest| &manifest.settings);
    let given = |name: &str| {
        name.strip_suffix('*').map_or_else(
            || answer.settings.given.iter().any(|(given, _)| given == name),
            |start| answer.settings.given.iter().any(|(given, _)| given.starts_with(start)),
        )
    };
    let required: Vec<_> = declared.filter(|setting| setting.required).collect();
    let missing: Vec<_> = required.iter().filter(|setting| !given(&setting.name)).collect();
    for setting in &missing {
        let detail = format!("the policy needs it, and it is not set: {}", setting.description);
        tell(Check::failed(format!("setting {}", setting.name), detail));
    }
    if missing.is_empty() && !required.is_empty() {
        let told = match required.len() {
            1 => "the one that the policy needs is set".to_owned(),
            count => format!("all {count} that the policy needs are set"),
        };
        tell(Check::ok("settings", told));
    }
}

/// Everything that takes AWS or docker.
async fn look(
    run: &RunArgs,
    environment: &Environment,
    build: &Build,
    decided: &Decided,
    report: &Report,
    tell: &impl Fn(Check),
) {
    let args = &run.plan;
    // Only a build that is skipped is known to need no docker.
    let docker = async || {
        if !matches!(decided, Decided::Skip) {
            tell(preflight::docker(&args.docker).await);
        }
    };
    let aws = match Aws::connect(environment, args.region.as_ref()).await {
        Ok(aws) => aws,
        Err(error) => {
            tell(Check::failed(error.operation, error.to_string()));
            docker().await;
            return tell(Check::skipped("AWS", "nothing of it can be checked without that"));
        }
    };
    tell(Check::ok("region", aws.region.as_str()));
    let deployment = match decided {
        Decided::Deploy((deployment, _)) => Some(deployment),
        Decided::Skip | Decided::Unknown => None,
    };
    let places = preflight::reach(&aws, deployment, tell).await;
    let Decided::Deploy((deployment, stamp)) = decided else {
        docker().await;
        return tell(Check::skipped("images and targets", "there are none without a decision to deploy"));
    };
    let publisher = publisher(args, &aws, environment, report);
    let images = Images::look(&publisher, &deployment.images, &build.commit, tell).await;
    let subject = Subject {
        deployment,
        stamp,
        options: &args.options(),
        rollout: &run.rollout.wishes(),
        region: &aws.region,
    };
    preflight::targets(subject, &images, &places, tell).await;
}
