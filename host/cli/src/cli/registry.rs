//! The flags about policies in registries.

use std::path::PathBuf;

use clap::Args;

use super::OfflineSandboxArgs;
use super::values::{destination, digest, source};
use model::names::{Artifact, Digest, Tag};
use model::source::ComponentSource;

/// The flag that pins a policy.
#[derive(Debug, Args)]
pub struct PinArgs {
    /// Digest that the policy must have; overrides ecs-host.lock
    #[arg(long, value_name = "sha256:…", value_parser = digest)]
    pub policy_digest: Option<Digest>,
    /// The project's folder, which contains the lock.
    #[arg(skip = PathBuf::from("."))]
    pub folder: PathBuf,
}

/// Where a policy is published: under a tag. Its digest results from it.
#[derive(Debug, Clone)]
pub struct PublishTarget {
    /// The artifact.
    pub artifact: Artifact,
    /// The artifact's tag.
    pub tag: Tag,
}

/// The flags of `push`.
#[derive(Debug, Args)]
pub struct PushArgs {
    /// File of the policy
    #[arg(value_name = "POLICY", value_parser = source())]
    pub policy: ComponentSource,
    /// Destination: `oci://REGISTRY/REPOSITORY:TAG`
    #[arg(value_name = "TO", value_parser = destination)]
    pub to: PublishTarget,
    /// The flags of the sandbox, in which the policy is inspected first
    #[command(flatten)]
    pub sandbox: OfflineSandboxArgs,
}

/// The flags of `lock`.
#[derive(Debug, Args)]
pub struct LockArgs {
    /// Policy: `oci://REGISTRY/REPOSITORY:TAG` [default: that of ecs-host.toml, or of the lock]
    #[arg(value_name = "POLICY", value_parser = source())]
    pub policy: Option<ComponentSource>,
    /// The project's folder, which contains the lock.
    #[arg(skip = PathBuf::from("."))]
    pub folder: PathBuf,
}
