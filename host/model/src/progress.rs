//! How far a rollout is.

use std::fmt;

use serde::Serialize;

/// How far a rollout is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Tasks wanted of the new revision.
    pub desired: i32,
    /// Tasks of it that run.
    pub running: i32,
    /// Tasks of it that start.
    pub pending: i32,
    /// Tasks of it that failed to start.
    pub failed: i32,
    /// What ECS calls the state, such as `IN_PROGRESS`, with the lifecycle stage where it has one.
    pub state: String,
}

impl Progress {
    /// Whether ECS goes back, or went: then the counts are of what it leaves.
    #[must_use]
    pub fn goes_back(&self) -> bool {
        self.state.starts_with("ROLLBACK_")
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.goes_back() {
            return write!(f, "ECS takes it back, {}", self.state);
        }
        write!(f, "{} of {} running, {}", self.running, self.desired, self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_what_is_left_say_nothing_of_the_way_back() {
        let state = "ROLLBACK_IN_PROGRESS".to_owned();
        let back = Progress { state, ..Progress::default() };
        assert_eq!(back.to_string(), "ECS takes it back, ROLLBACK_IN_PROGRESS");
        let on = Progress { desired: 4, running: 1, state: "IN_PROGRESS".into(), ..Progress::default() };
        assert_eq!(on.to_string(), "1 of 4 running, IN_PROGRESS");
    }
}
