//! The command line: every verb and flag.

mod arguments;
mod build;
mod config_values;
mod documents;
mod examples;
mod exclusions;
mod guards;
mod iam;
mod new;
mod notify;
mod oidc;
mod parse;
mod policy;
mod registry;
mod rollout;
mod sandbox;
mod saved_plan;
mod services;
mod usage;
mod values;
mod verb;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::docker::rules::{BuildGrant, BuildRules};
use crate::output::{Detail, PlanFormat};
use build::BuildArgs;
pub use config_values::{ConfigValue, Origin};
pub use documents::{CompletionsArgs, ManArgs};
pub use guards::GuardArgs;
use guards::guards_of_command_line;
pub use iam::{IamArgs, PrincipalArg};
use model::names::Region;
use model::plan::PlanOptions;
use model::source::ComponentSource;
pub use new::{LanguageArg, NewArgs, Place};
pub use oidc::OidcArgs;
pub(crate) use parse::unused_file_hint;
pub use parse::{Invocation, parse};
pub use policy::{InspectArgs, ProjectBuild, TestArgs};
pub use registry::{LockArgs, PinArgs, PublishTarget, PushArgs};
use rollout::ROLLOUT;
pub use rollout::{Action, Base, RolloutArgs};
pub use sandbox::{CompilerArgs, LimitArgs, OfflineSandboxArgs, SandboxArgs};
pub use saved_plan::{ApplyArgs, PlanFileArgs, ShowArgs};
pub use services::{ContinueArgs, PlaceArgs, RollbackArgs, StatusArgs};
pub use usage::report_error;
pub use values::GrantArg;
use values::{region, source, variable};

/// Turns a CI build into running Amazon ECS services, led by a WebAssembly policy
#[derive(Debug, Parser)]
#[command(name = "ecs-host", version, max_term_width = 80, after_help = examples::EXIT_CODES)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
    /// File with the project's defaults for flags [default: ecs-host.toml, if it exists]
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Ignore the project's ecs-host.toml
    #[arg(long, global = true)]
    pub no_config: bool,
    /// When to print colors: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto", hide_possible_values = true)]
    #[arg(hide_default_value = true)]
    pub color: ColorArg,
    /// Print results and problems only
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print everything, and each call to AWS with its time and its attempts
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

impl Cli {
    /// How much is printed.
    #[must_use]
    pub fn detail(&self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (_, true) => Detail::Verbose,
            (false, false) => Detail::Normal,
        }
    }
}

/// When colors are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set; elsewhere if `CLICOLOR_FORCE` is.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<ColorArg> for anstream::ColorChoice {
    fn from(color: ColorArg) -> Self {
        match color {
            ColorArg::Auto => Self::Auto,
            ColorArg::Always => Self::Always,
            ColorArg::Never => Self::Never,
        }
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Deploy this build: decide, build, push, register, update, watch
    #[command(after_help = examples::RUN, mut_args(rollout::hide_from_run))]
    Run(RunArgs),
    /// Show what `run` would do, without changing anything
    #[command(after_help = examples::PLAN, mut_args(rollout::hide_from_plan))]
    Plan(RunArgs),
    /// Deploy a plan that `plan --out` saved, exactly as it was reviewed
    #[command(after_help = examples::APPLY, mut_args(sandbox::hide_compiler))]
    Apply(ApplyArgs),
    /// Show a plan that `plan --out` saved
    #[command(after_help = examples::SHOW)]
    Show(ShowArgs),
    /// Show what the policy returns for this build, without AWS and docker
    #[command(after_help = examples::DECIDE, mut_args(rollout::hide_from_decide))]
    Decide(RunArgs),
    /// Run the test cases of a policy or a guard in the sandbox
    #[command(after_help = examples::TEST)]
    Test(TestArgs),
    /// Show the name, version, settings and required grants of a policy or a guard
    #[command(after_help = examples::INSPECT)]
    Inspect(InspectArgs),
    /// Publish a policy or a guard in an OCI registry
    #[command(after_help = examples::PUSH)]
    Push(PushArgs),
    /// Pin the project's policy by digest in ecs-host.lock, which `run` enforces
    #[command(after_help = examples::LOCK)]
    Lock(LockArgs),
    /// Check everything that `run` requires, without changing anything
    #[command(after_help = examples::VERIFY, mut_args(rollout::describe_for_verify))]
    Verify(RunArgs),
    /// Show what services run, since when, and from which build
    #[command(after_help = examples::STATUS)]
    Status(StatusArgs),
    /// Roll back a service to the revision before, or to a named one
    #[command(after_help = examples::ROLLBACK, mut_args(sandbox::hide_compiler))]
    Rollback(RollbackArgs),
    /// Continue a paused rollout, or roll it back
    #[command(after_help = examples::CONTINUE)]
    Continue(ContinueArgs),
    /// Print the least-privilege IAM policy of a run, with the reason of each statement
    #[command(after_help = examples::IAM, mut_args(iam::describe))]
    Iam(Box<IamArgs>),
    /// Show the effective settings of a run and where each comes from
    #[command(after_help = examples::CONFIG, mut_args(arguments::describe_for_config))]
    Config(RunArgs),
    /// Create the project of a new policy or guard, with tests
    #[command(after_help = examples::NEW, override_usage = "ecs-host new <NAME> <--rules|[--guard] --lang <LANGUAGE>|--guard>")]
    New(NewArgs),
    /// Print the completions of this command line for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the man page of the program or of a verb
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
}

/// The flags of `run`. `plan`, `decide`, `verify` and `config` accept all of them, so that a line of a CI configuration
/// works with each of the five.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The flags of the plan
    #[command(flatten)]
    pub plan: PlanArgs,
    /// The flags of guards
    #[command(flatten)]
    pub guards: GuardArgs,
    // Last: its help heading would apply to the flags after it.
    /// The flags of the rollout
    #[command(flatten)]
    pub rollout: RolloutArgs,
}

/// The flags of stages 1 to 3: build, decision and plan.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Policy: a file, `oci://REGISTRY/REPOSITORY:TAG`, `built-in` for the Travis convention, or `rules` for
    /// deploy-rules.toml
    /// [default: that of ecs-host.toml, that of ecs-host.lock, or `built-in`]
    #[arg(value_name = "POLICY", value_parser = source())]
    pub policy: Option<ComponentSource>,
    /// What pins the policy
    #[command(flatten)]
    pub pin: PinArgs,
    /// AWS region [default: AWS_REGION, AWS_DEFAULT_REGION, that of ecs-host.toml, or the profile's]
    #[arg(long, value_parser = region)]
    pub region: Option<Region>,
    /// The flags of identity tokens
    #[command(flatten)]
    pub oidc: OidcArgs,
    /// The flags of docker
    #[command(flatten)]
    pub builder: BuilderArgs,
    /// Build images even if the registry contains those of this commit
    #[arg(long)]
    pub rebuild: bool,
    /// Record build, settings, facts and decision in a new file, as a case for `ecs-host test`
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Record the plan in a new file, as JSON, for the cases of a guard
    #[arg(long, value_name = "FILE")]
    pub record_plan: Option<PathBuf>,
    /// Save the plan and the flags of the run in a new file, for `ecs-host apply`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write what the run did to a file, as one HTML page: verdicts, timeline, tasks over time, changes, causes
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Deploy even if a newer build of the same repository runs
    #[arg(long, help_heading = ROLLOUT)]
    pub allow_older: bool,
    /// Deploy even if nothing changes
    #[arg(long, help_heading = ROLLOUT)]
    pub force: bool,
    /// Revision that the new revision of a service is made from, unless the policy sets it
    #[arg(long, value_name = "BASE", default_value = "running", help_heading = ROLLOUT)]
    pub base: Base,
    /// Write events to stdout as JSON, one object a line, and text to stderr
    #[arg(long)]
    pub json: bool,
    /// Format of the plan; other than `text` it is the only output on stdout [default: text]
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<PlanFormat>,
    /// The flags of the build
    #[command(flatten)]
    pub build: BuildArgs,
    /// The flags of the sandbox
    #[command(flatten)]
    pub sandbox: SandboxArgs,
}

/// The flags of docker.
#[derive(Debug, Args)]
pub struct BuilderArgs {
    /// Docker command line, or a program with the same arguments
    #[arg(long, value_name = "PROGRAM", default_value = "docker")]
    pub docker: PathBuf,
    /// Let builds read a variable as a secret (repeatable)
    #[arg(long = "allow-build-secret", value_name = "NAME", value_parser = variable)]
    pub allowed_build_secrets: Vec<String>,
}

impl BuilderArgs {
    /// What the operator allows a build to do, with these grants.
    #[must_use]
    pub fn rules(&self, grants: BTreeSet<BuildGrant>) -> BuildRules {
        BuildRules { grants, secrets: self.allowed_build_secrets.iter().cloned().collect() }
    }
}

impl RunArgs {
    /// Why a run that deploys is rejected: it has a flag of a plan.
    fn flag_of_a_plan(&self) -> Option<&'static str> {
        match &self.plan {
            PlanArgs { format: Some(_), .. } => Some(
                "--format is the format of a plan: add --dry-run, or use `ecs-host plan`; for a run that deploys, \
                 --json writes its events\n",
            ),
            PlanArgs { out: Some(_), .. } => Some(
                "--out saves a plan that `ecs-host apply` deploys after its review: add --dry-run, or use `ecs-host plan`\n",
            ),
            _ => None,
        }
    }

    /// The options of the plan.
    #[must_use]
    pub fn plan_options(&self) -> PlanOptions {
        let Self { plan, rollout, .. } = self;
        PlanOptions {
            allow_older: plan.allow_older,
            force: plan.force,
            base: plan.base.into(),
            on_failure: (!rollout.no_wait).then(|| rollout.on_failure.into()),
        }
    }
}

#[cfg(test)]
mod tests;
