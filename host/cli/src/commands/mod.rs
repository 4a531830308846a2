//! The verbs. Each one connects the stages, which do the work.

mod compiler;
mod config;
mod continuation;
mod decide;
mod error;
mod inspect;
mod lock;
mod lookups;
mod new;
mod plan;
mod policy;
mod push;
mod record;
mod region;
mod rollback;
mod run;
mod signals;
mod status;
mod stdout;
mod test;
mod verify;

use std::path::Path;

use model::event::EventSink as _;

use crate::cli::{Invocation, PlanArgs, Verb};
use crate::directories::Directories;
use crate::docker::Publisher;
use crate::output::{Report, Secrets};
use aws::Aws;
use error::Error;
use model::Environment;
use model::confinement::Confinement;
use model::event::{Event, SCHEMA};
use model::exit::Exit;

/// What every verb works with besides its own arguments.
struct Context<'a> {
    environment: &'a Environment,
    directories: &'a Directories,
    report: &'a Report,
    /// This program, which ends docker if the run is killed; `None` if its path is not known.
    guard_program: Option<&'a Path>,
    /// What the operator's file confines policies to.
    confinement: &'a Confinement,
}

impl<'a> Context<'a> {
    /// The publisher of a run's images.
    fn publisher(&self, args: &PlanArgs, aws: &'a Aws) -> Publisher<'a> {
        let Self { environment, report, guard_program, .. } = *self;
        let rules = args.build_rules();
        let guard_program = guard_program.map(Path::to_owned);
        Publisher { aws, environment, program: args.docker.clone(), guard_program, rules, report }
    }
}

/// Runs a verb, reports its end, and returns the exit code.
#[must_use]
pub fn dispatch(invocation: &Invocation) -> Exit {
    let Invocation { verb, environment, config_values, confinement } = invocation;
    let is_dry_run = verb.is_dry_run(environment);
    let report = Report::new(verb.has_json_events(), Secrets::from_environment(environment));
    let directories = Directories::from_environment(environment);
    // Programs read the stdout of these three: it contains the result and nothing else.
    let emits_events = !matches!(verb, Verb::Test(_) | Verb::Inspect(_) | Verb::Config(_));
    let guard_program = std::env::current_exe().ok();
    let guard_program = guard_program.as_deref();
    let context = Context { environment, directories: &directories, report: &report, guard_program, confinement };
    if emits_events {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        report.emit(&Event::RunStarted { schema: SCHEMA, version, verb: verb.name().to_owned() });
    }
    let result = match verb {
        Verb::Run(args) if is_dry_run => plan::plan(&args.plan, &context),
        Verb::Run(args) => run::run(args, &context),
        Verb::Plan(args) => plan::plan(&args.plan, &context),
        Verb::Verify(args) => verify::verify(args, &context),
        Verb::Status(args) => status::status(args, &context),
        Verb::Rollback(args) => rollback::rollback(args, is_dry_run, &context),
        Verb::Continue(args) => continuation::continue_rollout(args, is_dry_run, &context),
        Verb::Test(args) => test::test(args, &context),
        Verb::Inspect(args) => inspect::inspect(args, &context),
        Verb::Push(args) => push::push(args, &context),
        Verb::Lock(args) => lock::lock(args, &context),
        Verb::Config(args) => config::config(args, config_values),
        Verb::New(args) => new::new(args),
    };
    let exit = result.unwrap_or_else(|error| {
        report.emit(&Event::Error { message: error.to_string() });
        error.exit()
    });
    if emits_events {
        report.emit(&Event::RunFinished { exit });
    }
    match report.take_write_error() {
        // A verb that changes nothing has failed if its output is lost; so has a stream of events.
        Some(error) if verb.has_json_events() || is_dry_run => {
            let error = Error::Stdout(stdout::StdoutError(error));
            report.write_error_to_stderr(&error.to_string());
            if exit == Exit::Success { error.exit() } else { exit }
        }
        _ => exit,
    }
}

/// Runs a future to its end. Does not wait for background threads at the end: a DNS lookup may hang in one.
fn block_on(work: impl Future<Output = Result<Exit, Error>>) -> Result<Exit, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}
