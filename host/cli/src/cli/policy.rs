//! The flags of the verbs about a policy alone.

use std::path::PathBuf;

use clap::Args;
use regex_lite::Regex;

use super::values::{percent, positive, source};
use super::{OfflineSandboxArgs, PinArgs, SandboxArgs};
use crate::output::cases::Format;
use model::source::PolicySource;

/// The flags of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Policy: a file, `oci://REGISTRY/REPOSITORY:TAG`, `built-in`, or `rules`
    // The indices are explicit: clap moves an argument that gets another default behind the others.
    #[arg(value_name = "POLICY", index = 1, default_value = "built-in", value_parser = source())]
    pub policy: PolicySource,
    /// What pins the policy
    #[command(flatten)]
    pub pin: PinArgs,
    /// Files of cases, or folders of such files (`*.toml`)
    #[arg(value_name = "CASES", index = 2)]
    pub cases: Vec<PathBuf>,
    /// Run only the cases whose names match
    #[arg(long, value_name = "REGEX")]
    pub run: Option<Regex>,
    /// Format of the results
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// Run again whenever the policy or a case changes
    #[arg(long)]
    pub watch: bool,
    /// Update the expectations of failing cases with the actual results, for review
    #[arg(long)]
    pub update: bool,
    /// Fuel limit for one case
    #[arg(long, value_name = "UNITS", value_parser = positive::<u64>)]
    pub max_fuel: Option<u64>,
    /// Minimum coverage of the policy by the cases
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub threshold: Option<u8>,
    /// The flags of the sandbox
    #[command(flatten)]
    pub sandbox: OfflineSandboxArgs,
}

/// The flags of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// Policy: a file, `oci://REGISTRY/REPOSITORY:TAG`, `built-in`, or `rules`
    #[arg(value_name = "POLICY", default_value = "built-in", value_parser = source())]
    pub policy: PolicySource,
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
