//! Stages 1 and 2, which every verb about a build shares.

use model::event::EventSink as _;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::lookups::FromAws;
use super::source::{self, Locked};
use crate::ci;
use crate::cli::PlanArgs;
use crate::output::{Report, Secrets};
use model::Environment;
use model::build::{Build, PartialBuild};
use model::decision::{Decision, Deployment};
use model::event::Event;
use model::plan::Stamp;
use model::source::PolicySource;
use sandbox::cases;
use sandbox::{Answer, Lookup, Policy, Terms};

/// A build that is to be deployed.
pub(super) struct Decided {
    pub(super) build: Build,
    pub(super) deployment: Deployment,
    pub(super) stamp: Stamp,
}

/// Reads the build and asks the policy; none where it is skipped.
pub(super) fn decide(
    args: &PlanArgs,
    environment: &Environment,
    report: &Report,
) -> anyhow::Result<Option<Decided>> {
    if let Some(path) = args.record.as_deref().filter(|path| path.exists()) {
        let why = "there is such a file already; name a new one".to_owned();
        return Err(NotRecorded { path: path.to_owned(), why }.into());
    }
    let (build, policy) = begin(args, environment, report)?;
    let policy = policy?;
    let answer = ask(args, environment, &build, &policy, report)?;
    if let Some(path) = &args.record {
        record(path, &build, &answer, args, environment)?;
    }
    // One that says no, or breaks, is told too where it came to say what it is.
    if let Some(manifest) = &answer.manifest {
        report.emit(&Event::PolicyLoaded {
            name: answer.policy.clone(),
            version: manifest.version.clone(),
            source: policy.source.clone(),
            digest: policy.digest.to_string(),
            settings: answer.settings.given.iter().map(|(name, _)| name.clone()).collect(),
            fuel: answer.fuel,
        });
    }
    tell(&answer, report);
    let decision = answer.decision?;
    report.emit(&Event::DecisionMade(decision.clone()));
    let Decision::Deploy(deployment) = decision else { return Ok(None) };
    let stamp = Stamp::new(&build, &answer.policy, policy.digest.as_str());
    Ok(Some(Decided { build, deployment, stamp }))
}

/// The case that a decision was to be written into, and was not.
#[derive(Debug, thiserror::Error)]
#[error("`--record {}`: {why}", path.display())]
pub(super) struct NotRecorded {
    path: PathBuf,
    why: String,
}

/// Writes a decision down as a case. A value that is a secret's is hidden, as
/// in everything else that the host writes.
fn record(
    path: &Path,
    build: &Build,
    answer: &Answer,
    args: &PlanArgs,
    environment: &Environment,
) -> Result<(), NotRecorded> {
    let not_recorded = |why: String| NotRecorded { path: path.to_owned(), why };
    let secrets = args.sandbox.limits.allowed_secrets();
    // Where the policy broke there is nothing to record, and the run's own error tells why.
    let Ok(case) = cases::record(build, answer, &secrets) else { return Ok(()) };
    let case = Secrets::of(environment).hide(&case);
    std::fs::write(path, case).map_err(|error| not_recorded(error.to_string()))
}

/// Reads the build and tells of it, and gets and compiles the policy meanwhile.
pub(super) fn begin(
    args: &PlanArgs,
    environment: &Environment,
    report: &Report,
) -> anyhow::Result<(Build, anyhow::Result<Policy>)> {
    let mut build = ci::resolve(environment, PartialBuild::from(&args.build))?;
    // What a registry makes the host tell comes after the build.
    let is_at_hand = !matches!(source::meant(args), Ok(PolicySource::Oci(_)));
    let load = || load(args, environment, report);
    let policy = thread::scope(|scope| {
        let early = is_at_hand.then(|| thread::Builder::new().spawn_scoped(scope, load));
        ci::read_commit_time(&mut build);
        report.emit(&Event::BuildDetected { build: build.clone() });
        match early {
            Some(Ok(loading)) => loading.join().unwrap_or_else(|panic| resume_unwind(panic)),
            _ => load(),
        }
    });
    Ok((build, policy))
}

/// Gets the policy and compiles it.
fn load(args: &PlanArgs, environment: &Environment, report: &Report) -> anyhow::Result<Policy> {
    let sandbox = &args.sandbox;
    let limits = sandbox.limits.limits();
    let binary =
        source::get(source::meant(args)?, Some(&args.pin), Locked::Always, &limits, environment, report)?;
    let cache = source::compiled(environment);
    Ok(Policy::compile(&binary, cache.as_deref(), &sandbox.grants(), &limits)?)
}

/// Asks the policy.
pub(super) fn ask(
    args: &PlanArgs,
    environment: &Environment,
    build: &Build,
    policy: &Policy,
    report: &Report,
) -> anyhow::Result<Answer> {
    if let Some(reason) = &policy.not_cached {
        let message = format!("the compiled policy is not kept for the next run: {reason}");
        report.emit(&Event::Warning { message });
    }
    let aws = Arc::new(FromAws::new(environment, args.region.as_ref()));
    let terms = Terms {
        limits: args.sandbox.limits.limits(),
        allowed_secrets: args.sandbox.limits.allowed_secrets(),
        lookup: Arc::clone(&aws) as Arc<dyn Lookup>,
    };
    let answer = policy.ask(|asker| asker.decide(build, environment, &terms))?;
    // What nobody can look up here is no decision of the policy's, whatever it says then.
    match aws.out_of_reach() {
        Some(why) if answer.decision.is_err() => Err(why.into()),
        _ => Ok(answer),
    }
}

/// Tells what a policy looked up, what it printed, and what was kept from it.
pub(super) fn tell(answer: &Answer, report: &Report) {
    let name = || answer.policy.clone();
    for lookup in &answer.lookups {
        report.emit(&Event::PolicyLookup { policy: name(), lookup: lookup.clone() });
    }
    for line in shown(&answer.output) {
        report.emit(&Event::PolicyOutput { policy: name(), line });
    }
    for withheld in &answer.settings.withheld {
        report.emit(&Event::SettingWithheld { policy: name(), name: withheld.clone() });
    }
}

/// How many lines of what a policy prints are shown: some CI systems end a job
/// whose log grows too long.
const SHOWN: usize = 200;

/// The lines of a policy's output that are shown, and how many are not.
fn shown(output: &[String]) -> impl Iterator<Item = String> {
    let more = output.len().saturating_sub(SHOWN);
    let left_out = (more > 0).then(|| format!("… {} more lines", thousands(more)));
    output.iter().take(SHOWN).cloned().chain(left_out)
}

/// A number as people read it: `3,800`.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_output_is_cut_and_says_so() {
        let lines = |count: usize| -> Vec<String> { (0..count).map(|line| line.to_string()).collect() };
        assert_eq!(shown(&lines(SHOWN)).count(), SHOWN);
        let shown: Vec<String> = shown(&lines(4000)).collect();
        assert_eq!((shown.len(), shown.last().map(String::as_str)), (201, Some("… 3,800 more lines")));
    }

    #[test]
    fn a_number_is_grouped_by_thousands() {
        let texts = [0, 999, 1000, 1_234_567].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }
}
