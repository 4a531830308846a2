//! The verbs. Each one connects the stages, which do the work.

mod apply;
mod compiler;
mod completions;
mod config;
mod continuation;
mod decide;
mod environment;
mod error;
mod evaluation;
mod fetch;
mod guards;
mod iam;
mod identity;
mod inspect;
mod lock;
mod lookups;
mod man;
mod new;
mod notify;
mod one_service;
mod plan;
mod policy;
mod push;
mod record;
mod region;
mod report;
mod review;
mod rollback;
mod run;
mod saved_plan;
mod show;
mod signals;
mod status;
mod test;
mod verify;

use std::path::Path;

use model::event::EventSink as _;
use std::time::Duration;

use crate::cli::{Invocation, OidcArgs, PlanArgs, Verb, unused_file_hint};
use crate::config::NamedGuard;
use crate::directories::Directories;
use crate::docker::Publisher;
use crate::docker::rules::BuildRules;
use crate::oci::Login;
use crate::oidc;
use crate::output::{Format, PlanFormat, Report};
use aws::{Aws, WebIdentity};
use error::Error;
use model::Environment;
use model::confinement::Confinement;
use model::event::{Event, SCHEMA};
use model::exit::Exit;
use model::time::Time;
use report::ReportFile;

/// What every verb works with besides its own arguments.
struct Context<'a> {
    environment: &'a Environment,
    directories: &'a Directories,
    report: &'a Report,
    /// This program, which ends docker if the run is killed; `None` if its path is not known.
    guard_program: Option<&'a Path>,
    /// What the operator's file confines policies to.
    confinement: &'a Confinement,
    /// The guards that the files and the command line name.
    guards: &'a [NamedGuard],
    /// The identity of the job, which assumes a role.
    identity: Option<WebIdentity>,
    /// When this process started, in seconds since 1970.
    started_at: u64,
}

impl<'a> Context<'a> {
    /// What logs in to the registries of policies.
    fn login(&self) -> Login<'_> {
        Login { environment: self.environment, identity: self.identity.as_ref() }
    }

    /// The publisher of a run's images.
    fn publisher(&self, args: &PlanArgs, aws: &'a Aws) -> Publisher<'a> {
        self.publisher_with(
            &args.builder.docker,
            args.builder.rules(args.sandbox.build_grants()),
            &args.oidc,
            aws,
        )
    }

    /// The publisher of images that `docker` builds by these rules.
    fn publisher_with(
        &self,
        docker: &Path,
        rules: BuildRules,
        oidc_args: &OidcArgs,
        aws: &'a Aws,
    ) -> Publisher<'a> {
        let Self { environment, report, guard_program, .. } = *self;
        let guard_program = guard_program.map(Path::to_owned);
        // A variable that the operator grants to builds is an exception.
        let tokens = oidc::TOKEN_VARIABLES.into_iter().chain(oidc_args.oidc_token_variable.as_deref());
        let withheld = tokens.filter(|name| !environment.is_build_secret(name)).map(str::to_owned).collect();
        Publisher { aws, environment, program: docker.to_owned(), guard_program, withheld, rules, report }
    }
}

/// Runs a verb, reports its end, and returns the exit code.
#[must_use]
pub fn dispatch(invocation: &Invocation) -> Exit {
    let Invocation {
        verb,
        color,
        detail,
        environment,
        config_values,
        confinement,
        guards,
        secrets,
        unused_project_file,
    } = invocation;
    anstream::ColorChoice::from(*color).write_global();
    let started_at = Time::now().unix_seconds();
    let is_dry_run = verb.is_dry_run(environment);
    // Programs read the stdout of these: it contains the result and nothing else.
    let has_result = matches!(
        verb,
        Verb::Test(_)
            | Verb::Inspect(_)
            | Verb::Iam(_)
            | Verb::Config(_)
            | Verb::Completions(_)
            | Verb::Man(_)
    );
    let format = match verb {
        _ if has_result => Format::Result,
        verb if verb.has_json_events() => Format::Json,
        verb => match verb.plan_format(environment) {
            Some(format @ (PlanFormat::Markdown | PlanFormat::Json)) => Format::Plan(format),
            Some(PlanFormat::Text) | None => Format::Text,
        },
    };
    let may_be_live = handles_signals(verb, is_dry_run) || matches!(verb, Verb::Status(args) if args.watch);
    let report = Report::new(format, *detail, may_be_live, environment);
    let (report_file, report_check) = match verb.report_file().map(ReportFile::new).transpose() {
        Ok(file) => (file, Ok(())),
        Err(error) => (None, Err(Error::from(error))),
    };
    if report_file.is_some() {
        report.record_page();
    }
    report.add_secrets(secrets.iter().cloned());
    let directories = Directories::from_environment(environment);
    let guard_program = std::env::current_exe().ok();
    let guard_program = guard_program.as_deref();
    let mut context = Context {
        environment,
        directories: &directories,
        report: &report,
        guard_program,
        confinement,
        guards,
        identity: None,
        started_at,
    };
    // `test --watch` waits in silence for a change.
    if !matches!(verb, Verb::Test(args) if args.watch) {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        report.emit(&Event::RunStarted { schema: SCHEMA, version, verb: verb.name().to_owned() });
    }
    if let Some(file) = unused_project_file.as_ref().filter(|_| verb.has_default_policy()) {
        report.emit(&Event::Warning { message: unused_file_hint(file) });
    }
    let checked = environment::check(verb, environment).map_err(Error::from).and(report_check);
    let identity = checked.and_then(|()| identity::find(verb, environment, &report));
    let result = identity.map(|identity| context.identity = identity).and_then(|()| match verb {
        Verb::Run(args) if is_dry_run => plan::plan(args, &context),
        Verb::Run(args) => run::run(args, &context),
        Verb::Plan(args) => plan::plan(args, &context),
        Verb::Apply(args) => apply::apply(args, is_dry_run, &context),
        Verb::Show(args) => show::show(args, &context),
        Verb::Decide(args) => decide::print_decision(&args.plan, &context),
        Verb::Verify(args) => verify::verify(args, &context),
        Verb::Status(args) => status::status(args, &context),
        Verb::Rollback(args) => rollback::rollback(args, is_dry_run, &context),
        Verb::Continue(args) => continuation::continue_rollout(args, is_dry_run, &context),
        Verb::Test(args) => test::test(args, &context),
        Verb::Inspect(args) => inspect::inspect(args, &context),
        Verb::Push(args) => push::push(args, &context),
        Verb::Lock(args) => lock::lock(args, &context),
        Verb::Iam(args) => iam::iam(args, &context),
        Verb::Config(args) => config::config(args, config_values, &context),
        Verb::New(args) => new::new(args),
        Verb::Completions(args) => completions::completions(args),
        Verb::Man(args) => man::man(args),
    });
    let exit = result.unwrap_or_else(|error| {
        report.emit(&Event::Error { message: error.to_string() });
        error.exit()
    });
    if !has_result {
        let has_verdicts = deploys(verb);
        if has_verdicts {
            report.publish_summary(exit, environment);
        }
        // Before anything is sent, which takes time.
        if let Some(file) = report_file {
            write_page(&file, exit, &report);
        }
        if has_verdicts && !is_dry_run {
            notify::notify(verb, exit, &context);
        }
        report.emit(&Event::RunFinished { exit });
    }
    let (exit, unread) = end_output(verb, exit, is_dry_run, &report);
    match report.take_write_error().or(unread) {
        // A verb that changes nothing has failed if its output is lost; so has a stream of events, and one whose result
        // is printed and nowhere else.
        Some(error)
            if verb.has_json_events() || is_dry_run || matches!(verb, Verb::Push(_) | Verb::Lock(_)) =>
        {
            let error = Error::Stdout(error);
            report.write_last_line(&format!("error: {error}"), PATIENCE_AFTER_SIGNAL);
            if exit == Exit::Success { error.exit() } else { exit }
        }
        _ => exit,
    }
}

/// Writes the page of a run, and a line with its path. A failure is a warning: the run has ended, whatever becomes of its
/// page.
fn write_page(file: &ReportFile<'_>, exit: Exit, report: &Report) {
    let patience = if matches!(exit, Exit::Signal(_)) { PATIENCE_AFTER_SIGNAL } else { READER_PATIENCE };
    let Some(page) = report.page(exit) else { return };
    match file.write(page, patience) {
        Ok(()) => report.set_page_path(file.path()),
        Err(error) => report.emit(&Event::Warning { message: error.to_string() }),
    }
}

/// How long the end of a run waits for a reader that does not read, and in all after a signal.
const READER_PATIENCE: Duration = Duration::from_secs(5);
const PATIENCE_AFTER_SIGNAL: Duration = Duration::from_secs(2);

/// Waits until the output is written. A verb that changes nothing waits for its reader, such as a pager, as long as that
/// takes: a signal ends it. The others, which handle signals themselves, wait only while the reader reads.
/// Returns the exit code, which is that of a signal that arrives meanwhile, and the error of output that nobody read.
fn end_output(verb: &Verb, exit: Exit, is_dry_run: bool, report: &Report) -> (Exit, Option<std::io::Error>) {
    let waited = block_on(async {
        if matches!(exit, Exit::Signal(_)) {
            let _ = tokio::time::timeout(PATIENCE_AFTER_SIGNAL, report.wait_until_written()).await;
            return Ok((exit, None));
        }
        if !handles_signals(verb, is_dry_run) {
            report.wait_until_written().await;
            return Ok((exit, None));
        }
        tokio::select! {
            biased;
            unread = report.wait_while_read(READER_PATIENCE) => Ok((exit, unread.err())),
            signal = signals::first() => Ok((signal?, None)),
        }
    });
    waited.unwrap_or((exit, None))
}

/// Whether a signal ends the work of a verb, and not the process.
fn handles_signals(verb: &Verb, is_dry_run: bool) -> bool {
    deploys(verb) && !is_dry_run
}

/// Whether a verb reaches verdicts.
fn deploys(verb: &Verb) -> bool {
    matches!(verb, Verb::Run(_) | Verb::Apply(_) | Verb::Rollback(_) | Verb::Continue(_))
}

/// Runs a future to its end. Does not wait for background threads at the end: a DNS lookup may hang in one.
fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}
