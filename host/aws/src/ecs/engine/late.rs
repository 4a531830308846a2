//! What is said of a rollout that takes longer than it may.

use crate::ecs::Rollout;
use model::progress::Progress;
use model::verdict::Verdict;

/// The verdict on a rollout whose time is over, with what to do next.
pub(super) fn late(
    seconds: f64,
    progress: Option<Progress>,
    unread: Option<f64>,
    started: &Rollout,
) -> Verdict {
    let next = if progress.as_ref().is_some_and(Progress::is_rollback) {
        format!("`ecs-host rollback {}` watches it", started.service)
    } else {
        "run this again to watch it".to_owned()
    };
    Verdict::TimedOut { watched_seconds: seconds, progress, unread_seconds: unread, advice: next }
}

/// What is said of a way back that takes longer than it may.
pub(super) fn not_back(seconds: f64) -> String {
    format!("going back was not complete after {:.0} s", seconds.ceil())
}
