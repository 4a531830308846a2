//! The flags of the verbs that are about a policy alone.

use std::path::PathBuf;

use clap::Args;
use regex_lite::Regex;

use super::values::{number, percent, source};
use super::{LimitArgs, PinArgs, SandboxArgs};
use crate::output::cases::Format;
use model::source::PolicySource;

/// The flags of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// The policy's file, `oci://REGISTRY/REPOSITORY:TAG`, or `built-in`
    #[arg(value_name = "POLICY", default_value = "built-in", value_parser = source())]
    pub policy: PolicySource,
    /// What it is held to
    #[command(flatten)]
    pub pin: PinArgs,
    /// Files of cases, or folders of such files (`*.toml`)
    #[arg(value_name = "CASES")]
    pub cases: Vec<PathBuf>,
    /// Run the cases whose names match
    #[arg(long, value_name = "REGEX")]
    pub run: Option<Regex>,
    /// Form of the results
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// Run again whenever the policy or a case changes
    #[arg(long)]
    pub watch: bool,
    /// Write what the policy answered into the cases that fail, for review
    #[arg(long)]
    pub update: bool,
    /// Fuel that a case may use
    #[arg(long, value_name = "UNITS", value_parser = number::<u64>)]
    pub max_fuel: Option<u64>,
    /// Share of the policy's ways that the cases have to cover
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub threshold: Option<u8>,
    /// The sandbox
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// The flags of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The policy's file, `oci://REGISTRY/REPOSITORY:TAG`, or `built-in`
    #[arg(value_name = "POLICY", default_value = "built-in", value_parser = source())]
    pub policy: PolicySource,
    /// What it is held to
    #[command(flatten)]
    pub pin: PinArgs,
    /// Write it as one JSON object
    #[arg(long)]
    pub json: bool,
    /// Print the contract that policies are built against, and nothing else
    #[arg(long, exclusive = true)]
    pub wit: bool,
    /// The sandbox
    #[command(flatten)]
    pub sandbox: SandboxArgs,
}
