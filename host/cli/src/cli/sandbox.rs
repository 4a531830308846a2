//! The flags of the policy's sandbox.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;

use super::values::{GrantArg, number, variable, within};
use model::lookup::Grant;
use sandbox::Limits;

/// The flags that open the policy's sandbox wider.
#[derive(Debug, Args)]
#[command(next_help_heading = "The policy's sandbox")]
pub struct SandboxArgs {
    /// Let the policy look up facts (repeatable)
    #[arg(long = "allow", value_name = "GRANT")]
    pub grants: Vec<GrantArg>,
    /// How much it may use
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// The flags that say how much a policy may use.
#[derive(Debug, Args)]
#[command(next_help_heading = "The policy's sandbox")]
pub struct LimitArgs {
    /// Give the policy a variable that looks like a secret (repeatable)
    #[arg(long = "allow-secret", value_name = "NAME", value_parser = variable)]
    pub allowed_secrets: Vec<String>,
    /// How much it may use
    #[command(flatten)]
    pub most: MostArgs,
}

impl SandboxArgs {
    /// What the operator lets the policy look up.
    #[must_use]
    pub fn grants(&self) -> BTreeSet<Grant> {
        self.grants.iter().map(|grant| grant.0).collect()
    }
}

impl LimitArgs {
    /// The sandbox's limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.most.limits()
    }

    /// The secrets that the policy may have.
    #[must_use]
    pub fn allowed_secrets(&self) -> BTreeSet<String> {
        self.allowed_secrets.iter().cloned().collect()
    }
}

/// How much a policy may use. Each flag takes what the host itself can bear.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "The policy's sandbox")]
pub struct MostArgs {
    /// Size of its file
    #[arg(long, value_name = "MIB", default_value_t = mib(Limits::default().size),
        value_parser = within::<1, 1024>)]
    pub policy_size: u64,
    /// Seconds that compiling it may take, where it is not cached
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().compile.as_secs(),
        value_parser = within::<1, DAY>)]
    pub policy_compile: u64,
    /// Fuel that it may use, about one unit an instruction
    #[arg(long, value_name = "UNITS", default_value_t = Limits::default().fuel,
        value_parser = number::<u64>)]
    pub policy_fuel: u64,
    /// Memory that it may use
    #[arg(long, value_name = "MIB", default_value_t = mib(Limits::default().memory),
        value_parser = within::<1, { 1 << 20 }>)]
    pub policy_memory: u64,
    /// Table elements that it may use
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().table_elements,
        value_parser = number::<usize>)]
    pub policy_table_elements: usize,
    /// Instances, memories and tables that it may have of each
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().instances,
        value_parser = number::<usize>)]
    pub policy_instances: usize,
    /// Stack that it may use
    #[arg(long, value_name = "KIB", default_value_t = kib(Limits::default().stack),
        value_parser = within::<16, { 1 << 20 }>)]
    pub policy_stack: u64,
    /// What each of its answers may have
    #[arg(long, value_name = "KIB", default_value_t = kib(Limits::default().answer),
        value_parser = within::<1, { 1 << 20 }>)]
    pub policy_answer: u64,
    /// Handles that it may hold at a time
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().handles,
        value_parser = number::<usize>)]
    pub policy_handles: usize,
    /// What it may print to each of its output streams
    #[arg(long, value_name = "KIB", default_value_t = kib(Limits::default().output),
        value_parser = within::<1, { 1 << 20 }>)]
    pub policy_output: u64,
    /// Different questions that it may ask of ECS and ECR
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().lookups,
        value_parser = number::<usize>)]
    pub policy_lookups: usize,
    /// Seconds that its answers may take, lookups included
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().time.as_secs(),
        value_parser = within::<1, DAY>)]
    pub policy_time: u64,
}

/// A day in seconds: no clock of the host's overflows by that.
const DAY: u64 = 24 * 60 * 60;

fn mib(bytes: usize) -> u64 {
    kib(bytes) >> 10
}

fn kib(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX) >> 10
}

/// Bytes, of so many units of them.
fn bytes(count: u64, unit: usize) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(unit)
}

impl MostArgs {
    /// The limits.
    pub(super) fn limits(&self) -> Limits {
        const KIB: usize = 1 << 10;
        const MIB: usize = 1 << 20;
        Limits {
            size: bytes(self.policy_size, MIB),
            compile: Duration::from_secs(self.policy_compile),
            fuel: self.policy_fuel,
            memory: bytes(self.policy_memory, MIB),
            table_elements: self.policy_table_elements,
            instances: self.policy_instances,
            stack: bytes(self.policy_stack, KIB),
            answer: bytes(self.policy_answer, KIB),
            handles: self.policy_handles,
            output: bytes(self.policy_output, KIB),
            lookups: self.policy_lookups,
            time: Duration::from_secs(self.policy_time),
        }
    }
}
