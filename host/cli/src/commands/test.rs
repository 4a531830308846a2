//! `ecs-host test`: runs the cases of a policy.

mod files;
mod named;

use model::event::EventSink as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use regex_lite::Regex;

use super::policy::PolicySelection;
use super::{Context, Error, compiler};
use crate::cli::TestArgs;
use crate::output::Report;
use crate::output::cases::{TestReport, TestedPolicy};
pub(super) use files::NoCases;
use files::{modification_times, printable_path, read_cases, replace_text};
use model::event::Event;
use model::exit::Exit;
use model::lookup::Grant;
use model::text::printable;
use named::NamedFiles;
use sandbox::cases::{self, Case, CaseResult, Coverage, Difference};
use sandbox::lookup::NoLookups;
use sandbox::{Manifest, Policy, SandboxOptions};

/// Time between two checks for changed files, with `--watch`.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// Runs the cases, once or after every change.
pub(super) fn test(args: &TestArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let named = NamedFiles::default();
    if !args.watch {
        return run_and_update(args, &named, context);
    }
    loop {
        named.clear();
        let times = modification_times(&args.policy, &args.cases);
        // The next change may fix an error.
        if let Err(error) = run_and_update(args, &named, context) {
            context.report.emit(&Event::Error { message: error.to_string() });
        }
        print_note(context.report, "watching for changes; Ctrl-C ends it");
        while modification_times(&args.policy, &args.cases) == times && !named.have_changed() {
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}

/// Writes a line to stderr. Programs read stdout, which contains the results only.
fn print_note(report: &Report, text: &str) {
    let style = anstyle::Style::new().dimmed();
    report.write_to_stderr(&format!("{style}{text}{style:#}"));
}

/// Runs the cases and prints the results. With `--update`, updates the failed cases and runs all again.
fn run_and_update(args: &TestArgs, named: &NamedFiles, context: &Context<'_>) -> Result<Exit, Error> {
    let start = Instant::now();
    let (policy, options) = load_policy(args, context)?;
    let manifest = policy.describe(&options)?;
    let mut run = TestRun::new(args, named, &policy, &options)?;
    if args.update && run.update(context.report)? {
        run = TestRun::new(args, named, &policy, &options)?;
    }
    let report = run.report(args, &policy, &manifest, start.elapsed());
    let mut out = Vec::new();
    report.write(&mut out, args.format)?;
    context.report.write_result(&String::from_utf8_lossy(&out));
    Ok(if report.has_passed() { Exit::Success } else { Exit::Failed })
}

fn load_policy(args: &TestArgs, context: &Context<'_>) -> Result<(Policy, SandboxOptions), Error> {
    let limits = args.sandbox.limits();
    let binary = PolicySelection::for_test(args.policy.clone(), &args.pin)?.fetch(&args.sandbox, context)?;
    // The facts of a case replace those of AWS, so they need no grant.
    let grants = Grant::ALL.into_iter().collect();
    let policy = compiler::compile(&binary, &args.sandbox, &grants, context)?;
    compiler::warn_if_not_cached(&policy, context.report);
    let allowed_secrets = args.sandbox.allowed_secrets();
    Ok((policy, SandboxOptions { limits, allowed_secrets, lookup: Arc::new(NoLookups) }))
}

/// The selected cases, with their results.
struct TestRun {
    files: Vec<(PathBuf, String)>,
    cases: Vec<Case>,
    results: Vec<CaseResult>,
}

impl TestRun {
    fn new(
        args: &TestArgs,
        named: &NamedFiles,
        policy: &Policy,
        options: &SandboxOptions,
    ) -> Result<Self, Error> {
        let files = read_cases(&args.cases)?;
        let mut cases = Vec::new();
        for (path, text) in &files {
            let read = |name: &str| named.read(path, name);
            cases.extend(cases::parse_with_files(&path.display().to_string(), text, &read)?);
        }
        cases.retain(|case| is_selected(case, args.run.as_ref()));
        if cases.is_empty() {
            return Err(NoCases("no case has a name that matches `--run`".to_owned()).into());
        }
        let mut results = cases::run(policy, &cases.iter().collect::<Vec<_>>(), options)?;
        if let Some(max_fuel) = args.max_fuel {
            results.iter_mut().for_each(|result| check_fuel(result, max_fuel));
        }
        Ok(Self { files, cases, results })
    }

    /// Updates the failed cases, file by file. Returns whether any was updated.
    fn update(&self, report: &Report) -> Result<bool, Error> {
        let mut is_updated = false;
        for (path, text) in &self.files {
            let file = path.display().to_string();
            let results = self.cases.iter().zip(&self.results);
            let results: Vec<_> = results.filter(|(case, _)| *case.file == *file).collect();
            let file = printable_path(path);
            let update = cases::update(text, &results)
                .map_err(|error| NoCases(format!("cannot update {file}: {}", printable(&error))))?;
            if update.text != *text {
                replace_text(path, &update.text).map_err(|error| {
                    NoCases(format!("cannot write {file}: {error}; without `--update` it is only read"))
                })?;
            }
            is_updated |= !update.updated_lines.is_empty();
            for line in update.updated_lines {
                print_note(report, &format!("updated {file}:{line}"));
            }
            for (line, reason) in update.skipped {
                report.emit(&Event::Warning { message: format!("{file}:{line} is not updated: {reason}") });
            }
        }
        Ok(is_updated)
    }

    fn report(
        &self,
        args: &TestArgs,
        policy: &Policy,
        manifest: &Manifest,
        duration: Duration,
    ) -> TestReport<'_> {
        TestReport {
            policy: TestedPolicy {
                name: manifest.name.clone(),
                version: manifest.version.clone(),
                source: policy.source.clone(),
                digest: policy.digest.to_string(),
            },
            results: self.cases.iter().zip(&self.results).collect(),
            coverage: Coverage::measure(manifest, &self.results),
            threshold: args.threshold.map(usize::from),
            duration,
        }
    }
}

fn is_selected(case: &Case, pattern: Option<&Regex>) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(&case.name))
}

/// Adds a difference if the case consumed more fuel than `--max-fuel`.
fn check_fuel(result: &mut CaseResult, max_fuel: u64) {
    if result.fuel > max_fuel {
        let expected = format!("at most {max_fuel}");
        result.differences.push(Difference::new("fuel", &expected, &result.fuel.to_string()));
    }
}
