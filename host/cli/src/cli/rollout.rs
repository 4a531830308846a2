//! The flags of the rollout.

use std::time::Duration;

use clap::{Arg, Args, ValueEnum};

use super::guards;
use super::notify::NotifyArgs;
use super::values::{interval, positive, time_limit, wait_until};
use crate::preflight::RolloutFlags;
use aws::ecs::engine::{DEFAULT_TIMEOUT, RolloutOptions};
use model::decision::{FailureAction, RevisionBase};
use model::lifecycle::WaitUntil;
use model::review::RolloutDefaults;

/// The help heading of the flags of the rollout.
pub(super) const ROLLOUT: &str = "Rollout options";

/// Hides the flags that `plan` accepts and ignores, and `--notify`, which it rejects.
pub(super) fn hide_from_plan(arg: Arg) -> Arg {
    let is_ignored = IDS.contains(&arg.get_id().as_str());
    arg.hide(is_ignored)
}

/// Hides the flag that `run` rejects unless it is a dry run.
pub(super) fn hide_from_run(arg: Arg) -> Arg {
    let is_of_plan = arg.get_id() == "out";
    if is_of_plan { arg.hide(true) } else { arg }
}

/// Hides the flags that `decide` accepts and ignores.
pub(super) fn hide_from_decide(arg: Arg) -> Arg {
    let is_ignored = ["format", "out", "report"].contains(&arg.get_id().as_str());
    if is_ignored { arg.hide(true) } else { guards::hide(hide_from_plan(arg)) }
}

/// Describes what `verify` checks for some flags of the rollout, and hides the others.
pub(super) fn describe_for_verify(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "on_failure" | "on_cancel" => {
            arg.help("With `roll-back`, also check the permission to stop rollouts").long_help(None::<&str>)
        }
        "keep" => arg.help("Also check the permissions to list and deregister revisions"),
        "allow_older" => arg.help("Accept that a newer build of the same repository runs"),
        "rebuild" => arg.help("Check what building the images requires even if they are built already"),
        "force" | "format" | "out" | "report" => arg.hide(true),
        _ => hide_from_plan(arg),
    }
}

/// The ids of the flags in [`RolloutArgs`].
const IDS: [&str; 11] = [
    "dry_run",
    "no_wait",
    "wait_until",
    "timeout",
    "poll",
    "on_failure",
    "on_cancel",
    "max_parallel",
    "fail_fast",
    "keep",
    "notify",
];

/// The flags of the rollout.
#[derive(Debug, Args)]
#[command(next_help_heading = ROLLOUT)]
pub struct RolloutArgs {
    /// Print the plan and change nothing (also DRYRUN=1)
    #[arg(long)]
    pub dry_run: bool,
    /// Start the rollouts and do not wait for their end
    #[arg(long)]
    pub no_wait: bool,
    /// When to stop waiting for a rollout: `deployed`, at its end; `paused`, at a pause; or the name
    /// of a lifecycle stage of ECS, such as BAKE_TIME
    #[arg(long, value_name = "WHEN", default_value = "deployed", value_parser = wait_until, conflicts_with = "no_wait")]
    pub wait_until: WaitUntil,
    /// Time limit for one rollout, in seconds, unless the policy sets one [default: 900, and the
    /// bake time of the service's strategy]
    #[arg(long, value_name = "SECONDS", value_parser = time_limit)]
    pub timeout: Option<Duration>,
    /// Interval between two polls of a rollout, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = interval)]
    pub poll: Duration,
    /// Action after a rollout fails or times out, unless the policy sets one
    #[arg(long, value_name = "ACTION", default_value = "leave")]
    pub on_failure: Action,
    /// Action for unfinished rollouts when a signal ends the run
    #[arg(long, value_name = "ACTION", default_value = "leave")]
    pub on_cancel: Action,
    /// Maximum number of targets that roll out at once [default: all of a wave]
    #[arg(long, value_name = "COUNT", value_parser = positive::<usize>)]
    pub max_parallel: Option<usize>,
    /// Start no further target after one that did not succeed
    #[arg(long)]
    pub fail_fast: bool,
    /// After success, deregister the old revisions of the deployed families, except the newest
    /// COUNT and those that a service runs or would roll back to, or that a rule or a schedule of
    /// EventBridge starts
    #[arg(long, value_name = "COUNT", value_parser = positive::<usize>)]
    pub keep: Option<usize>,
    /// What is notified of the end
    #[command(flatten)]
    pub notify: NotifyArgs,
}

/// An action on a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Leave the service as it is
    Leave,
    /// Roll back to the revision before
    RollBack,
}

/// The revision that a new one is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Base {
    /// The one that the service runs
    Running,
    /// The latest active one of its family that another tool registered, if it is newer
    Latest,
}

impl From<Base> for RevisionBase {
    fn from(base: Base) -> Self {
        match base {
            Base::Running => Self::Running,
            Base::Latest => Self::Latest,
        }
    }
}

impl From<Action> for FailureAction {
    fn from(action: Action) -> Self {
        match action {
            Action::Leave => Self::Leave,
            Action::RollBack => Self::RollBack,
        }
    }
}

/// What a policy leaves to the operator, by `--timeout` and `--on-failure`.
pub(super) fn rollout_defaults(timeout: Option<Duration>, on_failure: FailureAction) -> RolloutDefaults {
    let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    RolloutDefaults {
        timeout_seconds: timeout.map(seconds),
        default_timeout_seconds: seconds(DEFAULT_TIMEOUT),
        on_failure,
    }
}

impl RolloutArgs {
    /// The flags that require permissions of their own.
    #[must_use]
    pub fn flags(&self) -> RolloutFlags {
        RolloutFlags {
            rolls_back_on_failure: self.on_failure == Action::RollBack,
            rolls_back_on_cancel: self.on_cancel == Action::RollBack,
            waits_for_stage: self.wait_until != WaitUntil::Deployed,
            deregisters: self.keep.is_some(),
        }
    }

    /// What a policy leaves to the operator, for the review of a plan.
    #[must_use]
    pub fn defaults(&self) -> RolloutDefaults {
        rollout_defaults(self.timeout, self.on_failure.into())
    }

    /// The options of the engine. `exact`: see [`RolloutOptions::exact`].
    #[must_use]
    pub fn options(&self, exact: bool) -> RolloutOptions {
        RolloutOptions {
            poll: self.poll,
            timeout: self.timeout,
            no_wait: self.no_wait,
            wait_until: self.wait_until,
            on_failure: self.on_failure.into(),
            max_parallel: self.max_parallel,
            fail_fast: self.fail_fast,
            keep: self.keep,
            exact,
        }
    }
}
