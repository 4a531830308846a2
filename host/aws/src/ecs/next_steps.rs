//! What a person does next about a target that did not succeed.

use super::Ecs;
use model::decision::ServiceName;
use model::verdict::Verdict;

/// The commands that follow a verdict, as clauses. `is_updated` is whether the run has set the service to another revision.
/// Empty after a success, and if the verdict itself states what to do.
#[must_use]
pub fn next_steps(ecs: &Ecs, service: &ServiceName, verdict: &Verdict, is_updated: bool) -> Vec<String> {
    let command = |verb, effect: &str| format!("`{}` {effect}", ecs.command(verb, service));
    let status = || command("status", "shows what it runs");
    match verdict {
        Verdict::TimedOut { .. } => {
            vec![
                command("status", "shows how it proceeds"),
                command("rollback", "restores the revision before"),
            ]
        }
        Verdict::Failed { .. } if is_updated => {
            vec![command("rollback", "restores the revision before"), status()]
        }
        Verdict::Failed { .. }
        | Verdict::Unknown { .. }
        | Verdict::Stopped { .. }
        | Verdict::RolledBack { .. }
        | Verdict::Interrupted { .. }
        | Verdict::Superseded { .. } => vec![status()],
        Verdict::Deployed { .. }
        | Verdict::Reverted { .. }
        | Verdict::Unchanged
        | Verdict::Registered { .. }
        | Verdict::Started
        | Verdict::Reached { .. }
        | Verdict::NotStarted { .. }
        | Verdict::Paused { .. } => Vec::new(),
    }
}
