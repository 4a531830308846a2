//! The flags of saved plans.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::notify::NotifyArgs;
use super::rollout::rollout_defaults;
use super::sandbox::build_grants;
use super::values::{file_digest, interval};
use super::{Action, BuilderArgs, CompilerArgs, GrantArg, GuardArgs, OidcArgs, PinArgs, RunArgs};
use crate::docker::rules::BuildRules;
use crate::output::PlanFormat;
use aws::ecs::engine::RolloutOptions;
use model::names::Digest;
use model::review::RolloutDefaults;
use model::saved_plan::SavedOptions;

/// The file of a saved plan.
#[derive(Debug, Args)]
pub struct PlanFileArgs {
    /// File of the plan, which `ecs-host plan --out FILE` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Digest that the file must have, which `plan --out` printed
    #[arg(long, value_name = "sha256:…", value_parser = file_digest)]
    pub plan_digest: Option<Digest>,
}

/// The flags of `apply`. Those of the rollout are in the plan.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The plan
    #[command(flatten)]
    pub plan: PlanFileArgs,
    /// Compare the facts, print the plan and change nothing (also DRYRUN=1)
    #[arg(long)]
    pub dry_run: bool,
    /// What pins the policy: without it, a policy in a registry must still be what its tag names
    #[command(flatten)]
    pub pin: PinArgs,
    /// The flags of identity tokens
    #[command(flatten)]
    pub oidc: OidcArgs,
    /// The flags of docker
    #[command(flatten)]
    pub builder: BuilderArgs,
    /// Allow builds to do what a build may not (repeatable)
    #[arg(long = "allow", value_name = "GRANT")]
    pub grants: Vec<GrantArg>,
    /// Interval between two polls of a rollout, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = interval)]
    pub poll: Duration,
    /// Action for unfinished rollouts when a signal ends the run
    #[arg(long, value_name = "ACTION", default_value = "leave")]
    pub on_cancel: Action,
    /// Write what the run did to a file, as one HTML page
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write events to stdout as JSON, one object a line, and text to stderr
    #[arg(long)]
    pub json: bool,
    /// What is notified of the end
    #[command(flatten)]
    pub notify: NotifyArgs,
    /// The flags of guards
    #[command(flatten)]
    pub guards: GuardArgs,
    /// The flags of the guards' sandboxes
    #[command(flatten)]
    pub compiler: CompilerArgs,
}

/// The flags of `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The plan
    #[command(flatten)]
    pub plan: PlanFileArgs,
    /// Format of the plan; other than `text` it is the only output on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PlanFormat,
}

impl ApplyArgs {
    /// What the operator allows a build to do.
    #[must_use]
    pub fn build_rules(&self) -> BuildRules {
        self.builder.rules(build_grants(&self.grants))
    }

    /// What the policy leaves to the operator, for the review of the plan.
    #[must_use]
    pub fn defaults(&self, saved: &SavedOptions) -> RolloutDefaults {
        rollout_defaults(self.rollout_options(saved).timeout, saved.on_failure)
    }

    /// The options of the engine. A saved plan is carried out as it is.
    #[must_use]
    pub fn rollout_options(&self, saved: &SavedOptions) -> RolloutOptions {
        RolloutOptions {
            poll: self.poll,
            timeout: saved.timeout_seconds.map(|seconds| Duration::from_secs(seconds.into())),
            no_wait: saved.no_wait,
            wait_until: saved.wait_until,
            on_failure: saved.on_failure,
            max_parallel: saved.max_parallel,
            fail_fast: saved.fail_fast,
            keep: saved.keep,
            exact: true,
        }
    }
}

impl RunArgs {
    /// The flags that are saved with a plan.
    #[must_use]
    pub fn saved_options(&self) -> SavedOptions {
        let Self { plan, rollout, .. } = self;
        let RolloutDefaults { timeout_seconds, on_failure, .. } = rollout.defaults();
        SavedOptions {
            allow_older: plan.allow_older,
            force: plan.force,
            rebuild: plan.rebuild,
            base: plan.base.into(),
            on_failure,
            timeout_seconds,
            no_wait: rollout.no_wait,
            wait_until: rollout.wait_until,
            max_parallel: rollout.max_parallel,
            fail_fast: rollout.fail_fast,
            keep: rollout.keep,
        }
    }
}
