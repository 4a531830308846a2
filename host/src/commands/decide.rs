//! Stages 1 and 2, which every verb about a build shares.

use std::path::{Path, PathBuf};

use crate::ci::{Build, Environment};
use crate::cli::PlanArgs;
use crate::plan::Stamp;
use crate::policy::{self, Decision, Deployment, Policy};
use crate::report::{Event, Report};

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
    let mut build = Build::read(environment, &args.build)?;
    build.ask_git();
    report.emit(&Event::Build { build: build.clone() });

    let policy = Policy::load(args.source(), cache_folder(environment).as_deref())?;
    if let Some(reason) = &policy.not_cached {
        let message = format!("the compiled policy is not kept for the next run: {reason}");
        report.emit(&Event::Warning { message });
    }
    let sandbox = &args.sandbox;
    let limits = sandbox.limits();
    let answer = policy::decide(&policy, &build, environment, &sandbox.allowed_secrets(), &limits)?;
    for line in &answer.output {
        report.emit(&Event::PolicyOutput { policy: answer.policy.clone(), line: line.clone() });
    }
    for name in &answer.settings.withheld {
        report.emit(&Event::Withheld { policy: answer.policy.clone(), name: name.clone() });
    }
    let decision = answer.decision?;
    let version = answer.manifest.map(|manifest| manifest.version).unwrap_or_default();
    report.emit(&Event::Policy {
        name: answer.policy.clone(),
        version,
        source: policy.source.to_string(),
        digest: policy.digest.clone(),
        settings: answer.settings.given.iter().map(|(name, _)| name.clone()).collect(),
        fuel: answer.fuel,
    });
    report.emit(&Event::Decision(decision.clone()));
    let Decision::Deploy(deployment) = decision else { return Ok(None) };
    let stamp = Stamp::new(&build, &answer.policy, &policy.digest);
    Ok(Some(Decided { build, deployment, stamp }))
}

/// Where compiled policies are kept: `ecs-host` in the user's cache folder.
pub(super) fn cache_folder(environment: &Environment) -> Option<PathBuf> {
    let named = environment.get("XDG_CACHE_HOME").map(PathBuf::from);
    let folder = named.or_else(|| environment.get("HOME").map(|home| Path::new(home).join(".cache")))?;
    folder.is_absolute().then(|| folder.join("ecs-host").join("policies"))
}
