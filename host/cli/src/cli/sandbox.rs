//! The flags of the sandbox.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Arg, Args};

use super::values::{GrantArg, in_range, positive, variable};
use crate::docker::rules::BuildGrant;
use model::lookup::Grant;
use sandbox::Limits;

/// The flags of a sandbox with lookups.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sandbox options")]
pub struct SandboxArgs {
    /// Allow the policy to look up facts, or its builds to do what a build may not (repeatable)
    #[arg(long = "allow", value_name = "GRANT")]
    pub grants: Vec<GrantArg>,
    /// The flags of every sandbox
    #[command(flatten)]
    pub offline: OfflineSandboxArgs,
}

/// The flags of a sandbox without lookups.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sandbox options")]
pub struct OfflineSandboxArgs {
    /// Pass a variable to the policy even if it looks like a secret (repeatable)
    #[arg(long = "allow-secret", value_name = "NAME", value_parser = variable)]
    pub allowed_secrets: Vec<String>,
    /// The flags of a component that receives no secret
    #[command(flatten)]
    pub compiler: CompilerArgs,
}

/// The flags that apply to every component.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sandbox options")]
pub struct CompilerArgs {
    /// Neither read nor write the caches of policies, fetched and compiled ones
    #[arg(long)]
    pub no_policy_cache: bool,
    /// Resource limits
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// What the operator grants to builds.
pub(super) fn build_grants(grants: &[GrantArg]) -> BTreeSet<BuildGrant> {
    let build = |grant: &GrantArg| match grant {
        GrantArg::Build(grant) => Some(*grant),
        GrantArg::Lookup(_) => None,
    };
    grants.iter().filter_map(build).collect()
}

/// Hides the flags of [`CompilerArgs`] from a verb that needs them for guards only.
pub(super) fn hide_compiler(arg: Arg) -> Arg {
    let id = arg.get_id().as_str();
    let is_of_compiler = id == "no_policy_cache" || id.starts_with("policy_") && id != "policy_digest";
    arg.hide(is_of_compiler)
}

impl SandboxArgs {
    /// The lookups that the operator grants.
    #[must_use]
    pub fn grants(&self) -> BTreeSet<Grant> {
        let lookup = |grant: &GrantArg| match grant {
            GrantArg::Lookup(grant) => Some(*grant),
            GrantArg::Build(_) => None,
        };
        self.grants.iter().filter_map(lookup).collect()
    }

    /// What the operator grants to builds.
    #[must_use]
    pub fn build_grants(&self) -> BTreeSet<BuildGrant> {
        build_grants(&self.grants)
    }

    /// The sandbox's limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.offline.limits()
    }

    /// The names of the secrets that the operator grants.
    #[must_use]
    pub fn allowed_secrets(&self) -> BTreeSet<String> {
        self.offline.allowed_secrets()
    }
}

impl OfflineSandboxArgs {
    /// The sandbox's limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.compiler.limits()
    }

    /// The names of the secrets that the operator grants.
    #[must_use]
    pub fn allowed_secrets(&self) -> BTreeSet<String> {
        self.allowed_secrets.iter().cloned().collect()
    }
}

impl CompilerArgs {
    /// The sandbox's limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits.to_limits()
    }
}

/// The resource limits of a component. The range of each flag is what the host itself can provide.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sandbox options")]
pub struct LimitArgs {
    /// Size limit for the policy's file
    #[arg(long, value_name = "MIB", default_value_t = mib(Limits::default().size),
        value_parser = in_range::<1, 1024>)]
    pub policy_size: u64,
    /// Time limit for compiling a policy that is not cached, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().compile.as_secs(),
        value_parser = in_range::<1, DAY>)]
    pub policy_compile: u64,
    /// Memory limit for compiling a policy that is not cached
    #[arg(long, value_name = "MIB", default_value_t = mib(Limits::default().compile_memory),
        value_parser = in_range::<64, { 1 << 20 }>)]
    pub policy_compile_memory: u64,
    /// Fuel limit, about one unit an instruction
    #[arg(long, value_name = "UNITS", default_value_t = Limits::default().fuel,
        value_parser = positive::<u64>)]
    pub policy_fuel: u64,
    /// Memory limit
    #[arg(long, value_name = "MIB", default_value_t = mib(Limits::default().memory),
        value_parser = in_range::<1, { 1 << 20 }>)]
    pub policy_memory: u64,
    /// Table element limit
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().table_elements,
        value_parser = positive::<usize>)]
    pub policy_table_elements: usize,
    /// Limit for the number of instances, of memories and of tables
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().instances,
        value_parser = positive::<usize>)]
    pub policy_instances: usize,
    /// Stack limit
    #[arg(long, value_name = "KIB", default_value_t = kib(Limits::default().stack),
        value_parser = in_range::<16, { 1 << 20 }>)]
    pub policy_stack: u64,
    /// Size limit for each value that the policy returns
    #[arg(long, value_name = "KIB", default_value_t = kib(Limits::default().answer),
        value_parser = in_range::<1, { 1 << 20 }>)]
    pub policy_answer: u64,
    /// Limit for open handles
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().handles,
        value_parser = positive::<usize>)]
    pub policy_handles: usize,
    /// Size limit for each output stream
    #[arg(long, value_name = "KIB", default_value_t = kib(Limits::default().output),
        value_parser = in_range::<1, { 1 << 20 }>)]
    pub policy_output: u64,
    /// Limit for different lookups in ECS and ECR
    #[arg(long, value_name = "COUNT", default_value_t = Limits::default().lookups,
        value_parser = positive::<usize>)]
    pub policy_lookups: usize,
    /// Time limit for all calls of the policy, lookups included, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().time.as_secs(),
        value_parser = in_range::<1, DAY>)]
    pub policy_time: u64,
}

/// A day in seconds, which overflows no clock of the host.
const DAY: u64 = 24 * 60 * 60;

fn mib(bytes: usize) -> u64 {
    kib(bytes) >> 10
}

fn kib(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX) >> 10
}

/// The bytes of a number of units.
fn bytes(count: u64, unit: usize) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(unit)
}

impl LimitArgs {
    fn to_limits(&self) -> Limits {
        const KIB: usize = 1 << 10;
        const MIB: usize = 1 << 20;
        Limits {
            size: bytes(self.policy_size, MIB),
            compile: Duration::from_secs(self.policy_compile),
            compile_memory: bytes(self.policy_compile_memory, MIB),
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
