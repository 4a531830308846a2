//! The verbs: each wires the stages together and does nothing itself.

mod config;
mod decide;
mod inspect;
mod lock;
mod lookups;
mod new;
mod plan;
mod push;
mod rollback;
mod run;
mod signals;
mod source;
mod status;
mod test;
mod verify;

use model::event::EventSink as _;
use thiserror::Error;

use crate::ci::BuildError;
use crate::cli::{Invocation, Verb};
use crate::docker::ImageError;
use crate::oci::{LockError, RegistryError};
use crate::output::{Report, Secrets};
use crate::project::ProjectError;
use aws::AwsError;
use aws::ecs::rollback::RollbackError;
use model::Environment;
use model::event::Event;
use model::exit::Exit;
use model::names::Region;
use model::plan::PlanError;
use sandbox::PolicyError;
use sandbox::cases::CaseError;

/// Runs a verb, tells how it ended, and gives the exit code.
#[must_use]
pub fn dispatch(invocation: &Invocation) -> Exit {
    let Invocation { verb, environment, settings } = invocation;
    let json = match verb {
        Verb::Run(args) | Verb::Plan(args) | Verb::Verify(args) => args.plan.json,
        Verb::Status(args) => args.place.json,
        Verb::Rollback(args) => args.place.json,
        Verb::New(_) | Verb::Test(_) | Verb::Inspect(_) | Verb::Push(_) | Verb::Lock(_) | Verb::Config(_) => {
            false
        }
    };
    let report = Report::new(json, Secrets::of(environment));
    let ended = match verb {
        Verb::Run(args) if !is_dry(verb, environment) => run::run(args, environment, &report),
        Verb::Run(args) | Verb::Plan(args) => plan::plan(&args.plan, environment, &report),
        Verb::Verify(args) => verify::verify(args, environment, &report),
        Verb::Status(args) => status::status(args, environment, &report),
        Verb::Inspect(args) => inspect::inspect(args, environment, &report),
        Verb::Push(args) => push::push(args, environment, &report),
        Verb::Lock(args) => lock::lock(args, environment, &report),
        Verb::Test(args) => test::test(args, environment, &report),
        Verb::New(args) => new::new(args),
        Verb::Config(args) => config::config(args, settings),
        Verb::Rollback(args) => rollback::rollback(args, is_dry(verb, environment), environment, &report),
    };
    let exit = ended.unwrap_or_else(|error| {
        report.emit(&Event::Error { message: error.to_string() });
        exit_of(&error)
    });
    // What these write may be read by programs: nothing else is on stdout.
    if !matches!(verb, Verb::Test(_) | Verb::Inspect(_) | Verb::Config(_)) {
        report.emit(&Event::finished(exit));
    }
    match report.unwritten() {
        // Without what it tells, a verb that changes nothing has done nothing.
        Some(error) if json || is_dry(verb, environment) => {
            report.complain(&format!("what this tells could not be written to stdout: {error}"));
            if exit == Exit::Success { Exit::Preflight } else { exit }
        }
        _ => exit,
    }
}

/// ARNs of another region than that which is asked.
#[derive(Debug, Error)]
#[error(
    "this asks in {asked}, and an ARN is of {named}: ask about it by itself, and without another --region"
)]
struct OtherRegion {
    asked: Region,
    named: Region,
}

/// The region that the command line names, by `--region` or in ARNs.
fn region<'r>(
    given: Option<&'r Region>,
    named: impl Iterator<Item = &'r Region>,
) -> Result<Option<&'r Region>, OtherRegion> {
    let mut asked = given;
    for named in named {
        let asked = *asked.get_or_insert(named);
        if asked != named {
            return Err(OtherRegion { asked: asked.clone(), named: named.clone() });
        }
    }
    Ok(asked)
}

/// Whether nothing is to be changed.
fn is_dry(verb: &Verb, environment: &Environment) -> bool {
    match verb {
        Verb::Run(args) => args.rollout.dry_run || environment.is_on("DRYRUN"),
        Verb::Rollback(args) => args.dry_run || environment.is_on("DRYRUN"),
        Verb::Plan(_)
        | Verb::Verify(_)
        | Verb::Status(_)
        | Verb::Test(_)
        | Verb::Inspect(_)
        | Verb::Config(_) => true,
        Verb::New(_) | Verb::Push(_) | Verb::Lock(_) => false,
    }
}

/// Runs a verb's work to its end, and waits for nothing beyond that: the
/// resolver of host names may hang in a thread of its own.
fn run_to_end(work: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(work);
    runtime.shutdown_background();
    ended
}

/// The exit code of an error, by the stage that it comes from.
fn exit_of(error: &anyhow::Error) -> Exit {
    if error.is::<BuildError>()
        || error.is::<OtherRegion>()
        || error.is::<ProjectError>()
        || error.is::<CaseError>()
        || error.is::<test::NoCases>()
        || error.is::<decide::NotRecorded>()
    {
        return Exit::Usage;
    }
    if let Some(policy) = error.downcast_ref::<PolicyError>() {
        return match policy {
            PolicyError::Unreadable { .. } => Exit::Usage,
            PolicyError::Rejected { .. } => Exit::Rejected,
            PolicyError::Secret { .. } | PolicyError::NotGranted { .. } | PolicyError::Sandbox { .. } => {
                Exit::Preflight
            }
            _ => Exit::PolicyFailed,
        };
    }
    if let Some(image) = error.downcast_ref::<ImageError>() {
        return match image {
            ImageError::Aws(_) => Exit::Preflight,
            ImageError::Docker(_) | ImageError::Login(_) | ImageError::TwoDigests { .. } => Exit::Docker,
        };
    }
    if let Some(plan) = error.downcast_ref::<PlanError>() {
        return if plan.superseded { Exit::Superseded } else { Exit::Preflight };
    }
    if error.is::<AwsError>()
        || error.is::<RollbackError>()
        || error.is::<RegistryError>()
        || error.is::<LockError>()
        || error.is::<source::OtherPolicy>()
        || error.is::<inspect::Unwritten>()
        || error.is::<lookups::OutOfReach>()
    {
        return Exit::Preflight;
    }
    Exit::Failed
}
