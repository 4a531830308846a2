//! The flags of the verbs about running services.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::notify::NotifyArgs;
use super::values::{
    cluster, commit, continued_service, interval, region, revision, role, rolled_back_service, subject,
    time_limit, wait_until,
};
use super::{CompilerArgs, GuardArgs, OidcArgs};
use aws::ecs::status::{InRegion, StatusSubject};
use model::decision::ServiceName;
use model::lifecycle::WaitUntil;
use model::names::{Place, Region, RevisionName, RoleArn};

/// The flags of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Services, or clusters for all of their services, by name or ARN; also `schedule:GROUP/NAME` and
    /// `event-rule:BUS/NAME`
    #[arg(value_name = "CLUSTER[/SERVICE]", required_unless_present = "all", value_parser = subject)]
    pub subjects: Vec<InRegion<StatusSubject>>,
    /// The services of all clusters of the region, in a table
    #[arg(long, conflicts_with = "subjects")]
    pub all: bool,
    /// With --all: this cluster instead of all, by name or ARN (repeatable)
    #[arg(long = "cluster", value_name = "CLUSTER", requires = "all", conflicts_with = "subjects", value_parser = cluster)]
    pub clusters: Vec<InRegion<StatusSubject>>,
    /// Read again and again and show what changes, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// Interval between two readings of --watch, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = interval)]
    pub poll: Duration,
    /// Where the services are
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// The flags of `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// Service, by name or ARN
    #[arg(value_name = "CLUSTER/SERVICE", value_parser = rolled_back_service)]
    pub service: InRegion<ServiceName>,
    /// Revision to roll back to: its number, `family:7`, or its ARN [default: the revision before;
    /// during a rollout, the revision that it replaces; none if the service is rolled back already]
    #[arg(long, value_name = "REVISION", value_parser = revision)]
    pub to: Option<RevisionName>,
    /// Print the revision to roll back to and change nothing (also DRYRUN=1)
    #[arg(long)]
    pub dry_run: bool,
    /// Time limit for the rollback, in seconds [default: 900, and the bake time of the service's
    /// strategy]
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub timeout: Option<Duration>,
    /// Interval between two polls of the rollback, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = interval)]
    pub poll: Duration,
    /// Write what the rollback did to a file, as one HTML page
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// What is notified of the end
    #[command(flatten)]
    pub notify: NotifyArgs,
    /// Where the service is
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The flags of guards
    #[command(flatten)]
    pub guards: GuardArgs,
    /// The flags of the guards' sandboxes
    #[command(flatten)]
    pub compiler: CompilerArgs,
}

/// The flags of `continue`.
#[derive(Debug, Args)]
pub struct ContinueArgs {
    /// Service, by name or ARN
    #[arg(value_name = "CLUSTER/SERVICE", value_parser = continued_service)]
    pub service: InRegion<ServiceName>,
    /// Roll the rollout back instead
    #[arg(long)]
    pub roll_back: bool,
    /// Id of the pause, if the rollout waits for several
    #[arg(long, value_name = "ID")]
    pub hook: Option<String>,
    /// Commit of the build that the rollout must be of, in full or its first digits: another one is
    /// left as it is
    #[arg(long, value_name = "HASH", value_parser = commit)]
    pub commit: Option<String>,
    /// Print the pause and change nothing (also DRYRUN=1)
    #[arg(long)]
    pub dry_run: bool,
    /// Request it and do not wait for the end of the rollout
    #[arg(long)]
    pub no_wait: bool,
    /// When to stop waiting: `deployed`, at the end; `paused`, at the next pause; or the name of a
    /// lifecycle stage of ECS
    #[arg(long, value_name = "WHEN", default_value = "deployed", value_parser = wait_until, conflicts_with = "no_wait")]
    pub wait_until: WaitUntil,
    /// Time limit for the rest of the rollout, in seconds [default: 900, and the bake time of the
    /// service's strategy]
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub timeout: Option<Duration>,
    /// Interval between two polls of the rollout, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = interval)]
    pub poll: Duration,
    /// Write what the rollout did to a file, as one HTML page
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// What is notified of the end
    #[command(flatten)]
    pub notify: NotifyArgs,
    /// Where the service is
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// The flags of verbs that need no build and no policy.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// AWS region [default: AWS_REGION, AWS_DEFAULT_REGION, that of ecs-host.toml, or the profile's]
    #[arg(long, value_parser = region)]
    pub region: Option<Region>,
    /// IAM role to assume
    #[arg(long, value_name = "ARN", value_parser = role)]
    pub role: Option<RoleArn>,
    /// The flags of identity tokens
    #[command(flatten)]
    pub oidc: OidcArgs,
    /// Write events to stdout as JSON, one object a line, and text to stderr
    #[arg(long)]
    pub json: bool,
}

impl PlaceArgs {
    /// The place of the services, in the run's region.
    #[must_use]
    pub fn to_place(&self, region: &Region) -> Place {
        Place { region: region.clone(), role: self.role.clone() }
    }
}
