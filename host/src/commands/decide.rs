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
    let build = Build::read(environment, &args.build)?;
    report.emit(&Event::Build { build: build.clone() });

    let policy = Policy::load(args.source(), cache_folder(environment).as_deref())?;
    if let Some(reason) = &policy.not_cached {
        let message = format!("the compiled policy is not kept for the next run: {reason}");
        report.emit(&Event::Warning { message });
    }
    let sandbox = &args.sandbox;
    let limits = sandbox.limits();
    let answer = policy::decide(&policy, &build, environment, &sandbox.allowed_secrets(), &limits);
    let tell = |name: &str, lines: &[String]| {
        for line in lines {
            report.emit(&Event::PolicyOutput { policy: name.to_owned(), line: line.clone() });
        }
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(undecided) => {
            tell(&policy.source.to_string(), &undecided.output);
            return Err(undecided.error.into());
        }
    };
    tell(&answer.manifest.name, &answer.output);
    report.emit(&Event::Policy {
        name: answer.manifest.name.clone(),
        version: answer.manifest.version.clone(),
        source: policy.source.to_string(),
        digest: policy.digest.clone(),
        settings: answer.settings.given.iter().map(|(name, _)| name.clone()).collect(),
        withheld: answer.settings.withheld.clone(),
        fuel: answer.fuel,
    });
    report.emit(&Event::Decision(answer.decision.clone()));
    let Decision::Deploy(deployment) = answer.decision else { return Ok(None) };
    let stamp = Stamp::new(&build, &answer.manifest.name, &policy.digest);
    Ok(Some(Decided { build, deployment, stamp }))
}

/// Where compiled policies are kept: `ecs-host` in the user's cache folder.
fn cache_folder(environment: &Environment) -> Option<PathBuf> {
    let named = environment.get("XDG_CACHE_HOME").map(PathBuf::from);
    let folder = named.or_else(|| environment.get("HOME").map(|home| Path::new(home).join(".cache")))?;
    folder.is_absolute().then(|| folder.join("ecs-host").join("policies"))
}
