//! The flags of the verbs about a policy alone.

use std::path::PathBuf;

use clap::Args;
use regex_lite::Regex;

use super::values::{positive, source};
use super::{OfflineSandboxArgs, PinArgs, SandboxArgs};
use crate::output::cases::Format;
use model::source::ComponentSource;
use sandbox::cases::OutcomeClass;

/// The flags of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Policy: a file, `oci://REGISTRY/REPOSITORY:TAG`, `built-in` for the Travis convention, or `rules` for
    /// deploy-rules.toml
    /// [default: that of ecs-host.toml, or `built-in`]
    // The indices are explicit: clap moves an argument that gets another default behind the others.
    #[arg(value_name = "POLICY", index = 1, default_value = "built-in", hide_default_value = true, value_parser = source())]
    pub policy: ComponentSource,
    /// What pins the policy
    #[command(flatten)]
    pub pin: PinArgs,
    /// Files of cases, or folders of such files (`*.toml`)
    /// [default: `cases` of ecs-host.toml]
    #[arg(value_name = "CASES", index = 2)]
    pub cases: Vec<PathBuf>,
    /// Run only the cases whose names match
    #[arg(long, value_name = "REGEX")]
    pub run: Option<Regex>,
    /// Format of the results
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// Build the policy first with a shell command, or with `build` of ecs-host.toml if none follows
    #[arg(long, value_name = "COMMAND")]
    pub build: Option<Option<String>>,
    /// `build` of ecs-host.toml, which only `--build` runs
    #[arg(skip)]
    pub project_build: Option<ProjectBuild>,
    /// Run again whenever the policy or a case changes; with `--build`, build again whenever a source changes
    #[arg(long)]
    pub watch: bool,
    /// Update the expectations of failing cases with the actual results, for review
    #[arg(long)]
    pub update: bool,
    /// Fuel limit for one case
    #[arg(long, value_name = "UNITS", value_parser = positive::<u64>)]
    pub max_fuel: Option<u64>,
    /// Fail unless the cases reach each outcome of a list, such as `deploy,skip`; without a list, each outcome that the
    /// policy can have
    #[arg(long, value_name = "OUTCOMES", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    #[arg(value_delimiter = ',')]
    pub require_outcomes: Vec<OutcomeArg>,
    /// The flags of the sandbox
    #[command(flatten)]
    pub sandbox: OfflineSandboxArgs,
}

/// The key `build` of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectBuild {
    /// The command.
    pub command: String,
    /// The folder of the file, in which the command runs; empty for the working folder.
    pub folder: PathBuf,
}

/// The outcomes that `--require-outcomes` requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OutcomeArg {
    /// Each outcome that the policy or the guard can have
    All,
    /// The policy deploys
    Deploy,
    /// The policy skips the build
    Skip,
    /// The guard has no finding
    Allow,
    /// The guard has a finding that denies
    Deny,
    /// The policy or the guard returns an error
    Error,
    /// Each setting that it reads is set in a case, and not set in another one
    Settings,
}

impl From<OutcomeArg> for OutcomeClass {
    fn from(arg: OutcomeArg) -> Self {
        match arg {
            OutcomeArg::All => Self::All,
            OutcomeArg::Deploy => Self::Deploy,
            OutcomeArg::Skip => Self::Skip,
            OutcomeArg::Allow => Self::Allow,
            OutcomeArg::Deny => Self::Deny,
            OutcomeArg::Error => Self::Error,
            OutcomeArg::Settings => Self::Settings,
        }
    }
}

/// The flags of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Policy: a file, `oci://REGISTRY/REPOSITORY:TAG`, `built-in` for the Travis convention, or `rules` for
    /// deploy-rules.toml
    /// [default: that of ecs-host.toml, or `built-in`]
    #[arg(value_name = "POLICY", default_value = "built-in", hide_default_value = true, value_parser = source())]
    pub policy: ComponentSource,
    /// What pins the policy
    #[command(flatten)]
    pub pin: PinArgs,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Print the WIT files of the contract, and nothing else
    #[arg(long, exclusive = true)]
    pub wit: bool,
    /// The flags of the sandbox
    #[command(flatten)]
    pub sandbox: SandboxArgs,
}
