//! `ecs-host test`: runs the cases of a policy or a guard.

mod build;
mod files;
mod ignored;
mod lines;
mod named;
mod settings;
mod sources;
mod watch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use regex_lite::Regex;

use super::policy::PolicySelection;
use super::{Context, Error, compiler};
use crate::cli::TestArgs;
use crate::output::Report;
use crate::output::cases::{Format, TestReport, TestedComponent};
use build::PolicyBuild;
pub(super) use build::PolicyBuildError;
pub(super) use files::NoCases;
use files::{printable_path, read_cases, replace_text};
use model::event::{Event, EventSink as _};
use model::exit::Exit;
use model::lookup::Grant;
use model::source::ComponentSource;
use model::text::{abbreviate, printable};
use named::NamedFiles;
use sandbox::cases::{self, Case, CaseResult, Difference, OutcomeClass, Outcomes, UnusedFact};
use sandbox::lookup::NoLookups;
use sandbox::{AnyComponent, Manifest, SandboxOptions};

/// Builds the policy, if `--build` requests it, and runs the cases: once, or again after every change.
pub(super) fn test(args: &TestArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let build = PolicyBuild::from_args(args)?;
    if args.watch {
        watch::watch(args, build.as_ref(), context);
    }
    match build {
        Some(build) => build.run(context)?,
        None => warn_if_outdated(args, context),
    }
    run_and_update(args, &NamedFiles::default(), context)
}

/// Reports that the component is older than a source. A build that has succeeded left it as it has to be.
fn warn_if_outdated(args: &TestArgs, context: &Context<'_>) {
    let sources = sources::find_sources(args);
    let (ComponentSource::File(policy), Some(source)) =
        (&args.policy, sources::newer_source(&args.policy, &sources))
    else {
        return;
    };
    let here = std::env::current_dir().unwrap_or_default();
    let shown = |path: &Path| printable_path(path.strip_prefix(&here).unwrap_or(path));
    let remedy = match &args.project_build {
        Some(build) => format!("pass --build to run `{}` first", abbreviate(&build.command)),
        None => "build it, or pass --build COMMAND".to_owned(),
    };
    let message = format!("`{}` is older than `{}`: {remedy}", shown(policy), shown(&source));
    context.report.emit(&Event::Warning { message });
}

/// Writes a line to stderr. Programs read stdout, which contains the results only.
fn print_note(report: &Report, text: &str) {
    let style = anstyle::Style::new().dimmed();
    report.write_to_stderr(&format!("{style}{text}{style:#}"));
}

/// Runs the cases and prints the results. With `--update`, updates the failed cases and runs all again.
fn run_and_update(args: &TestArgs, named: &NamedFiles, context: &Context<'_>) -> Result<Exit, Error> {
    let start = Instant::now();
    let (component, options) = load_component(args, context)?;
    let manifest = component.describe(&options)?;
    let mut run = TestRun::new(args, named, &component, &options)?;
    if args.update && run.update(context.report)? {
        run = TestRun::new(args, named, &component, &options)?;
    }
    let report = run.report(args, &component, &manifest, start.elapsed());
    let mut out = Vec::new();
    report.write(&mut out, args.format)?;
    let out = String::from_utf8_lossy(&out).into_owned();
    let out = if args.format == Format::Text { context.report.wrap(out) } else { out };
    context.report.write_result(&out);
    Ok(if report.has_passed() { Exit::Success } else { Exit::Failed })
}

fn load_component(args: &TestArgs, context: &Context<'_>) -> Result<(AnyComponent, SandboxOptions), Error> {
    let limits = args.sandbox.limits();
    let binary =
        PolicySelection::for_test(args.policy.clone(), &args.pin)?.fetch(&args.sandbox.compiler, context)?;
    // The facts of a case replace those of AWS, so they need no grant.
    let grants = Grant::ALL.into_iter().collect();
    let compiler = compiler::with_cache(&args.sandbox.compiler, context);
    let component = AnyComponent::compile(&binary, &compiler, &grants, &args.sandbox.compiler.limits())?;
    compiler::warn_if_not_cached(component.component(), context.report);
    let allowed_secrets = args.sandbox.allowed_secrets();
    Ok((component, SandboxOptions { limits, allowed_secrets, lookup: Arc::new(NoLookups) }))
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
        component: &AnyComponent,
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
        let mut results = cases::run(component, &cases.iter().collect::<Vec<_>>(), options)?;
        if let Some(max_fuel) = args.max_fuel {
            results.iter_mut().for_each(|result| check_fuel(result, max_fuel));
        }
        Ok(Self { files, cases, results })
    }

    /// Updates the failed cases, file by file. Returns whether any was updated.
    fn update(&self, report: &Report) -> Result<bool, Error> {
        let mut is_updated = false;
        let by_file = self.results_by_file();
        for (path, text) in &self.files {
            let name = path.display().to_string();
            let results = by_file.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let file = printable_path(path);
            let update = cases::update(text, results)
                .map_err(|error| NoCases(format!("cannot update {file}: {}", printable(&error))))?;
            if update.text != *text {
                replace_text(path, &update.text).map_err(|error| {
                    NoCases(format!("cannot write {file}: {error}; without `--update` it is only read"))
                })?;
            }
            is_updated |= !update.updated.is_empty();
            for case in update.updated {
                print_note(report, &format!("updated {file}:{} {}", case.line, printable(&case.name)));
                for (line, key) in case.rewritten {
                    print_note(report, &format!("  {file}:{line}: {}", printable(&key)));
                }
            }
            for (line, reason) in update.skipped {
                report.emit(&Event::Warning { message: format!("{file}:{line} is not updated: {reason}") });
            }
        }
        Ok(is_updated)
    }

    fn results_by_file(&self) -> BTreeMap<&str, Vec<(&Case, &CaseResult)>> {
        let mut by_file: BTreeMap<&str, Vec<(&Case, &CaseResult)>> = BTreeMap::new();
        for (case, result) in self.cases.iter().zip(&self.results) {
            by_file.entry(&case.file).or_default().push((case, result));
        }
        by_file
    }

    /// The facts that no lookup asked for, by file. With `--run`, a case that does not run may ask for them.
    fn unused_facts(&self, args: &TestArgs) -> Vec<(String, UnusedFact)> {
        if args.run.is_some() {
            return Vec::new();
        }
        let by_file = self.results_by_file();
        let in_file = |(path, text): &(PathBuf, String)| {
            let name = path.display().to_string();
            let results = by_file.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
            let facts = cases::unused_facts(text, results);
            facts.into_iter().map(move |fact| (name.clone(), fact)).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(in_file).collect()
    }

    fn report(
        &self,
        args: &TestArgs,
        component: &AnyComponent,
        manifest: &Manifest,
        duration: Duration,
    ) -> TestReport<'_> {
        let component = component.component();
        TestReport {
            component: TestedComponent {
                kind: component.kind,
                name: manifest.name.clone(),
                version: manifest.version.clone(),
                source: component.source.clone(),
                digest: component.digest.to_string(),
            },
            results: self.cases.iter().zip(&self.results).collect(),
            outcomes: Outcomes::find(
                component.kind,
                &settings::relevant_settings(&component.source, manifest, &self.results),
                &self.results,
            ),
            required_outcomes: args.require_outcomes.iter().copied().map(OutcomeClass::from).collect(),
            unused_facts: self.unused_facts(args),
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
