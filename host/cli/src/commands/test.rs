//! `ecs-host test`: a policy's cases, run in its sandbox.

mod files;

use model::event::EventSink as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use regex_lite::Regex;

use super::inspect::print;
use super::source::{self, Locked};
use crate::cli::TestArgs;
use crate::output::Report;
use crate::output::cases::{Results, Tested};
pub(super) use files::NoCases;
use files::{changes, read, replace, shown};
use model::Environment;
use model::event::Event;
use model::exit::Exit;
use model::lookup::Grant;
use model::text::printable;
use sandbox::cases;
use sandbox::cases::coverage::Coverage;
use sandbox::cases::{Case, Difference, Ran};
use sandbox::lookup::Nothing;
use sandbox::{Manifest, Policy, Terms};

/// How often `--watch` looks for changes.
const LOOK: Duration = Duration::from_millis(200);

/// Runs the cases, once or at every change.
pub(super) fn test(args: &TestArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    if !args.watch {
        return once(args, environment, report);
    }
    loop {
        let seen = changes(&args.policy, &args.cases);
        // What is wrong now may be right after the next change.
        if let Err(error) = once(args, environment, report) {
            report.emit(&Event::Error { message: error.to_string() });
        }
        note("watching for changes; Ctrl-C ends it");
        while changes(&args.policy, &args.cases) == seen {
            std::thread::sleep(LOOK);
        }
    }
}

/// Says what goes on. The results alone are on stdout, where programs read them.
fn note(text: &str) {
    let style = anstyle::Style::new().dimmed();
    // Nobody has to read it.
    let _ = writeln!(anstream::stderr(), "{style}{text}{style:#}");
}

fn once(args: &TestArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    run(args, environment, report, false)
}

fn run(args: &TestArgs, environment: &Environment, report: &Report, updated: bool) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let grants = Grant::ALL.into_iter().collect();
    let limits = args.limits.limits();
    let binary =
        source::get(args.policy.clone(), Some(&args.pin), Locked::Registries, &limits, environment, report)?;
    let policy = Policy::compile(&binary, source::compiled(environment).as_deref(), &grants, &limits)?;
    let terms = Terms { limits, allowed_secrets: args.limits.allowed_secrets(), lookup: Arc::new(Nothing) };
    let manifest = policy.ask(|asker| asker.describe(&terms))?;
    let texts = read(&args.cases)?;
    let mut all = Vec::new();
    for (path, text) in &texts {
        all.extend(cases::read(&path.display().to_string(), text)?);
    }
    let wanted: Vec<&Case> = all.iter().filter(|case| is_wanted(case, args.run.as_ref())).collect();
    if wanted.is_empty() {
        bail!(NoCases("none of the cases' names matches `--run`".to_owned()));
    }
    let mut ran = cases::run(&policy, &wanted, &terms)?;
    if let Some(most) = args.max_fuel {
        ran.iter_mut().for_each(|ran| budget(ran, most));
    }
    if args.update && !updated && update(&texts, &wanted, &ran, report)? {
        // What is told are the cases as they are now.
        return run(args, environment, report, true);
    }
    let results = results(args, &policy, &manifest, &wanted, &ran, started.elapsed());
    let mut out = Vec::new();
    results.write(&mut out, args.format)?;
    print(&out)?;
    Ok(if results.is_good() { Exit::Success } else { Exit::Failed })
}

fn results<'r>(
    args: &TestArgs,
    policy: &Policy,
    manifest: &Manifest,
    wanted: &[&'r Case],
    ran: &'r [Ran],
    took: Duration,
) -> Results<'r> {
    Results {
        policy: Tested {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            source: policy.source.clone(),
            digest: policy.digest.to_string(),
        },
        cases: wanted.iter().copied().zip(ran).collect(),
        coverage: Coverage::of(manifest, ran),
        threshold: args.threshold.map(usize::from),
        took,
    }
}

fn is_wanted(case: &Case, pattern: Option<&Regex>) -> bool {
    pattern.is_none_or(|pattern| pattern.is_match(&case.name))
}

/// Holds a case to the budget of fuel.
fn budget(ran: &mut Ran, most: u64) {
    if ran.fuel > most {
        let (expected, answered) = (format!("at most {most}"), ran.fuel.to_string());
        ran.differences.push(Difference { at: "fuel".to_owned(), expected, answered });
    }
}

/// Makes the cases expect what was answered, file by file, and tells whether
/// any was written.
fn update(
    texts: &[(PathBuf, String)],
    wanted: &[&Case],
    ran: &[Ran],
    report: &Report,
) -> anyhow::Result<bool> {
    let mut any = false;
    for (path, text) in texts {
        let name = path.display().to_string();
        let own: Vec<_> = wanted.iter().copied().zip(ran).filter(|(case, _)| *case.file == *name).collect();
        let name = shown(path);
        let updated = cases::update(text, &own)
            .map_err(|why| NoCases(format!("{name} can't be updated: {}", printable(&why))))?;
        if updated.text != *text {
            replace(path, &updated.text).map_err(|why| {
                NoCases(format!("{name} can't be written: {why}; without `--update` it is only read"))
            })?;
        }
        any |= !updated.written.is_empty();
        for line in updated.written {
            note(&format!("updated {name}:{line}"));
        }
        for (line, why) in updated.left {
            let message = format!("{name}:{line} is left as it is: {why}");
            report.emit(&Event::Warning { message });
        }
    }
    Ok(any)
}
