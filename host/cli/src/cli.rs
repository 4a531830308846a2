//! Every verb and flag, at a glance.

mod build;
mod configured;
mod examples;
mod new;
mod policy;
mod registry;
mod rollout;
mod sandbox;
mod settings;
pub mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use aws::Aws;
use aws::ecs::status::{Asked, Subject};
use build::BuildArgs;
pub use configured::{Invocation, parse};
use model::decision::ServiceName;
use model::names::{Place, Region, RevisionName, RoleArn};
use model::plan::Options as PlanOptions;
use model::source::PolicySource;
pub use new::NewArgs;
pub use policy::{InspectArgs, TestArgs};
pub use registry::{LockArgs, PinArgs, PushArgs};
use rollout::ROLLOUT;
pub use rollout::{Action, RolloutArgs};
pub use sandbox::{LimitArgs, SandboxArgs};
pub use settings::{Origin, Setting};
use values::{region, revision, role, seconds, service, source, subject, time};

/// Turns a CI build into running Amazon ECS services, led by a WebAssembly policy
#[derive(Debug, Parser)]
#[command(name = "ecs-host", version, max_term_width = 80, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
    /// File of the project's defaults for these flags [default: ecs-host.toml, where there is one]
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Go by the command line alone, and by no such file
    #[arg(long, global = true)]
    pub no_config: bool,
}

const EXIT_CODES: &str = "\
Exit codes:
  0 deployed, unchanged or skipped;   5 configuration, credentials, permission,
    shown, checked or taken back        or a missing resource
  1 failed in ECS, or rolled back     6 docker build or push
    by it                             7 superseded by a newer build
  2 usage                             8 timed out, still rolling out
  3 the policy said no          130/143 interrupted
  4 the policy broke";

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Deploy this build: decide, build, push, register, update, watch
    #[command(after_help = examples::RUN)]
    Run(RunArgs),
    /// Show what `run` would do, and change nothing
    #[command(after_help = examples::PLAN, mut_args(rollout::hidden_from_plan))]
    Plan(RunArgs),
    /// Run a policy's cases in its sandbox: what it answers to which build
    #[command(after_help = examples::TEST)]
    Test(TestArgs),
    /// Show what a policy is, which settings it reads and what it needs
    #[command(after_help = examples::INSPECT)]
    Inspect(InspectArgs),
    /// Publish a policy in a registry
    #[command(after_help = examples::PUSH)]
    Push(PushArgs),
    /// Write down which policy a project runs, into ecs-host.lock, which `run` then enforces
    #[command(after_help = examples::LOCK)]
    Lock(LockArgs),
    /// Check everything that `run` needs, and change nothing
    #[command(after_help = examples::VERIFY, mut_args(rollout::told_by_verify))]
    Verify(RunArgs),
    /// Show what services run, since when, and which build it came from
    #[command(after_help = examples::STATUS)]
    Status(StatusArgs),
    /// Take a service back to what it ran before, or to a named revision
    #[command(after_help = examples::ROLLBACK)]
    Rollback(RollbackArgs),
    /// Show what a run goes by here: each flag's value, and where that comes from
    #[command(after_help = examples::CONFIG, mut_args(configured::shown_by_config))]
    Config(RunArgs),
    /// Make the project of a new policy, which builds and passes its tests
    New(NewArgs),
}

/// The flags of `run`. `plan` and `verify` take them all, so that a line of a CI
/// configuration works with each of the three.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What the plan is made from
    #[command(flatten)]
    pub plan: PlanArgs,
    // Its heading would go on for what stands after it.
    /// The rollout
    #[command(flatten)]
    pub rollout: RolloutArgs,
}

/// The flags that a plan is made from.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The policy's file, or `oci://REGISTRY/REPOSITORY:TAG` [default: that of ecs-host.toml, the
    /// one that is locked, or the Travis convention]
    #[arg(value_name = "POLICY", value_parser = source())]
    pub policy: Option<PolicySource>,
    /// What it is held to
    #[command(flatten)]
    pub pin: PinArgs,
    /// AWS region to deploy to, before AWS_REGION
    #[arg(long, value_parser = region)]
    pub region: Option<Region>,
    /// The docker command line, or one that is called the same way
    #[arg(long, value_name = "PROGRAM", default_value = "docker")]
    pub docker: PathBuf,
    /// Build the images even where the registry has this commit's already
    #[arg(long)]
    pub rebuild: bool,
    /// Write build, settings, facts and answer into this new file, as a case for `ecs-host test`
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Deploy even where a newer build of the same repository runs
    #[arg(long, help_heading = ROLLOUT)]
    pub allow_older: bool,
    /// Deploy again even where nothing changes
    #[arg(long, help_heading = ROLLOUT)]
    pub force: bool,
    /// Write every event as one JSON object a line to stdout, and the text to stderr
    #[arg(long)]
    pub json: bool,
    /// The build
    #[command(flatten)]
    pub build: BuildArgs,
    /// The sandbox
    #[command(flatten)]
    pub sandbox: SandboxArgs,
}

/// The flags of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Services, or clusters for all of their services, by name or ARN
    #[arg(value_name = "CLUSTER[/SERVICE]", required = true, value_parser = subject)]
    pub subjects: Vec<Asked<Subject>>,
    /// Where they are
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// The flags of `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The service, by name or ARN
    #[arg(value_name = "CLUSTER/SERVICE", value_parser = service)]
    pub service: Asked<ServiceName>,
    /// Revision to go back to: its number, `family:7`, or its ARN [default: what ran before, or,
    /// while a rollout goes on, what that replaces; a service that went back already stays]
    #[arg(long, value_name = "REVISION", value_parser = revision)]
    pub to: Option<RevisionName>,
    /// Print what it would go back to and change nothing; so does the variable DRYRUN=1
    #[arg(long)]
    pub dry_run: bool,
    /// Seconds that going back may take
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = time)]
    pub timeout: Duration,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub poll: Duration,
    /// Where it is
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// The flags of verbs that need no build and no policy.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// AWS region, before AWS_REGION
    #[arg(long, value_parser = region)]
    pub region: Option<Region>,
    /// IAM role to assume, by its ARN
    #[arg(long, value_name = "ARN", value_parser = role)]
    pub role: Option<RoleArn>,
    /// Write every event as one JSON object a line to stdout, and the text to stderr
    #[arg(long)]
    pub json: bool,
}

impl PlaceArgs {
    /// The place that they name.
    #[must_use]
    pub fn of(&self, aws: &Aws) -> Place {
        Place { region: aws.region.clone(), role: self.role.clone() }
    }
}

impl PlanArgs {
    /// What the plan is to allow.
    #[must_use]
    pub fn options(&self) -> PlanOptions {
        PlanOptions { allow_older: self.allow_older, force: self.force }
    }
}

#[cfg(test)]
mod tests;
