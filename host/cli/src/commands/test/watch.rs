//! `--watch`: the cases run again after a change of the policy or a case, and with `--build`, the policy is built again
//! after a change of a source.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::build::PolicyBuild;
use super::files::{Snapshot, case_files, printable_path};
use super::named::NamedFiles;
use super::{print_note, run_and_update, sources, warn_if_outdated};
use crate::cli::TestArgs;
use crate::commands::{Context, Error};
use model::event::{Event, EventSink as _};
use model::source::ComponentSource;

/// The shortest time between two checks for changed files.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// How many times longer than a check the time between two of them is: a large project does not keep a processor busy.
const REST: u32 = 20;

/// Runs the cases, and again after every change, until a signal ends the process.
pub(super) fn watch(args: &TestArgs, build: Option<&PolicyBuild>, context: &Context<'_>) -> ! {
    let mut sources = source_snapshot(args, build);
    let mut needs_build = true;
    loop {
        let built = match build {
            Some(build) if needs_build => build_until_current(args, build, &mut sources, context),
            Some(_) => Ok(()),
            None => {
                warn_if_outdated(args, context);
                Ok(())
            }
        };
        let (files, named) = (file_snapshot(args), NamedFiles::default());
        // The next change may fix an error. A component that is not built is not the one to test.
        if let Err(error) = built.and_then(|()| run_and_update(args, &named, context).map(drop)) {
            context.report.emit(&Event::Error { message: error.to_string() });
        }
        print_note(context.report, "watching for changes; Ctrl-C ends it");
        context.report.end_activity();
        needs_build = wait_for_change(args, build, &mut sources, (&files, &named));
    }
}

/// Builds the policy. A change during the build may be missing in the component, so it is built once more, and once
/// only: a build may write among its own sources.
fn build_until_current(
    args: &TestArgs,
    build: &PolicyBuild,
    sources: &mut Snapshot,
    context: &Context<'_>,
) -> Result<(), Error> {
    let mut result = build.run(context);
    let mut now = source_snapshot(args, Some(build));
    if now.changed_since(sources).is_some() {
        *sources = now;
        result = build.run(context);
        now = source_snapshot(args, Some(build));
        if let Some(path) = now.changed_since(sources) {
            let path = printable_path(&path);
            let message = format!(
                "{path} changed during the build, twice in a row: if the build writes it, name it in `.gitignore`; \
                 otherwise save it again to build the component"
            );
            context.report.emit(&Event::Warning { message });
        }
    }
    *sources = now;
    Ok(result?)
}

/// Waits until something changes. Returns whether a source has.
fn wait_for_change(
    args: &TestArgs,
    build: Option<&PolicyBuild>,
    sources: &mut Snapshot,
    (files, named): (&Snapshot, &NamedFiles),
) -> bool {
    let mut interval = POLL_INTERVAL;
    loop {
        sleep(interval);
        let start = Instant::now();
        let now = source_snapshot(args, build);
        if now != *sources {
            *sources = now;
            return true;
        }
        if file_snapshot(args) != *files || named.have_changed() {
            return false;
        }
        interval = POLL_INTERVAL.max(start.elapsed().saturating_mul(REST));
    }
}

/// The sources, which matter only if the policy is built.
fn source_snapshot(args: &TestArgs, build: Option<&PolicyBuild>) -> Snapshot {
    let sources = build.map(|_| sources::find_sources(args)).unwrap_or_default();
    let policy = policy_file(args);
    // The component is what the build writes.
    Snapshot::new(sources.into_iter().filter(|path| Some(path.as_path()) != policy))
}

/// The policy's file and the files of cases.
fn file_snapshot(args: &TestArgs) -> Snapshot {
    let policy = policy_file(args).map(Path::to_owned);
    Snapshot::new(policy.into_iter().chain(case_files(&args.cases)))
}

fn policy_file(args: &TestArgs) -> Option<&Path> {
    match &args.policy {
        ComponentSource::File(path) => Some(path),
        ComponentSource::BuiltIn(_) | ComponentSource::Oci(_) => None,
    }
}
