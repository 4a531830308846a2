//! The flags that say how targets are rolled out.

use std::time::Duration;

use clap::{Arg, Args, ValueEnum};

use super::values::{number, seconds, time};
use crate::preflight::RolloutFlags;
use aws::ecs::engine::RolloutOptions;
use model::decision::FailureAction;

/// The heading of the flags that are about the rollout.
pub(super) const ROLLOUT: &str = "The rollout";

/// What `plan` takes and makes no use of.
pub(super) fn hidden_from_plan(arg: Arg) -> Arg {
    let is_used = !ALL.contains(&arg.get_id().as_str());
    arg.hide(!is_used)
}

/// What `verify` takes: what it checks by some of them, and the others unseen.
pub(super) fn told_by_verify(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "on_failure" | "on_cancel" => {
            arg.help("With `roll-back`, check the permission to stop rollouts too").long_help(None::<&str>)
        }
        "keep" => arg.help("Check the permissions to list and deregister revisions too"),
        "allow_older" => arg.help("A newer build of the same repository is no obstacle"),
        "rebuild" => arg.help("Check what building the images needs even where they are built already"),
        "force" => arg.hide(true),
        _ => hidden_from_plan(arg),
    }
}

/// The flags of [`RolloutArgs`].
const ALL: [&str; 9] =
    ["dry_run", "no_wait", "timeout", "poll", "on_failure", "on_cancel", "max_parallel", "fail_fast", "keep"];

/// The flags that say how targets are rolled out.
#[derive(Debug, Args)]
#[command(next_help_heading = ROLLOUT)]
pub struct RolloutArgs {
    /// Print the plan and change nothing; so does the variable DRYRUN=1
    #[arg(long)]
    pub dry_run: bool,
    /// Start the rollouts and don't wait for their end
    #[arg(long)]
    pub no_wait: bool,
    /// Seconds that a rollout may take, where the policy does not say
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = time)]
    pub timeout: Duration,
    /// Seconds between two looks at a rollout
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub poll: Duration,
    /// What to do about a rollout that fails or takes too long, where the policy does not say
    #[arg(long, value_name = "ACTION", default_value = "leave")]
    pub on_failure: Action,
    /// What to do about rollouts that go on when a signal ends this
    #[arg(long, value_name = "ACTION", default_value = "leave")]
    pub on_cancel: Action,
    /// Targets that roll out at the same time [default: all of a wave]
    #[arg(long, value_name = "COUNT", value_parser = number::<usize>)]
    pub max_parallel: Option<usize>,
    /// Start no further target after one that did not succeed
    #[arg(long)]
    pub fail_fast: bool,
    /// After success, deregister all revisions of the families deployed but the
    /// newest COUNT and those that a service has or would go back to
    #[arg(long, value_name = "COUNT", value_parser = number::<usize>)]
    pub keep: Option<usize>,
}

/// What to do about a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Leave it as it is
    Leave,
    /// Go back to what ran before
    RollBack,
}

impl From<Action> for FailureAction {
    fn from(action: Action) -> Self {
        match action {
            Action::Leave => Self::Leave,
            Action::RollBack => Self::RollBack,
        }
    }
}

impl RolloutArgs {
    /// What of them needs permissions of its own.
    #[must_use]
    pub fn wishes(&self) -> RolloutFlags {
        let rolls_back = |action| action == Action::RollBack;
        RolloutFlags {
            rolls_back: rolls_back(self.on_failure),
            rolls_back_on_cancel: rolls_back(self.on_cancel),
            keeps: self.keep.is_some(),
        }
    }

    /// How the engine rolls targets out.
    #[must_use]
    pub fn options(&self) -> RolloutOptions {
        RolloutOptions {
            poll: self.poll,
            timeout: self.timeout,
            no_wait: self.no_wait,
            on_failure: self.on_failure.into(),
            max_parallel: self.max_parallel,
            fail_fast: self.fail_fast,
            keep: self.keep,
        }
    }
}
