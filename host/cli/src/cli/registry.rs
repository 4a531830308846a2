//! The flags about policies in registries.

use std::path::PathBuf;

use clap::Args;

use super::LimitArgs;
use super::values::{destination, digest, source};
use model::names::{Artifact, Digest};
use model::source::PolicySource;

/// The flag that pins a policy.
#[derive(Debug, Args)]
pub struct PinArgs {
    /// Digest that the policy must have, before ecs-host.lock
    #[arg(long, value_name = "sha256:…", value_parser = digest)]
    pub policy_digest: Option<Digest>,
    /// The project's folder, whose lock holds.
    #[arg(skip = PathBuf::from("."))]
    pub folder: PathBuf,
}

/// The flags of `push`.
#[derive(Debug, Args)]
pub struct PushArgs {
    /// The policy's file
    #[arg(value_name = "POLICY", value_parser = source())]
    pub policy: PolicySource,
    /// Where it goes: `oci://REGISTRY/REPOSITORY:TAG`
    #[arg(value_name = "TO", value_parser = destination)]
    pub to: Artifact,
    /// The sandbox, in which the policy is asked what it is
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// The flags of `lock`.
#[derive(Debug, Args)]
pub struct LockArgs {
    /// The policy, `oci://REGISTRY/REPOSITORY:TAG` [default: that of ecs-host.toml, or the one that
    /// is locked, as it is now]
    #[arg(value_name = "POLICY", value_parser = source())]
    pub policy: Option<PolicySource>,
    /// The project's folder, where the lock is.
    #[arg(skip = PathBuf::from("."))]
    pub folder: PathBuf,
}
