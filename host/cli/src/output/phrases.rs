//! The phrases and sentences about the values of events: progress, verdicts, diagnoses, exit codes.

use model::build::short_commit;
use model::diagnosis::Diagnosis;
use model::exit::Exit;
use model::lookup::{LookupQuery, LookupReply};
use model::names::{short_revision, short_task_id};
use model::one_off::OneOffTaskChange;
use model::progress::Progress;
use model::text::printable;
use model::time::format_seconds;
use model::verdict::Verdict;

/// The description of an exit code.
pub(super) fn exit_summary(exit: Exit) -> &'static str {
    match exit {
        Exit::Success => "done",
        Exit::Failed => "rolled back, stopped or failed in ECS",
        Exit::Usage => "invalid command line or configuration",
        Exit::Rejected => "the policy, its settings, a guard or the operator's file rejected the build",
        Exit::PolicyFailed => "the policy or a guard failed",
        Exit::Preflight => "a setting, permission or resource is missing or wrong",
        Exit::Docker => "docker build or push failed",
        Exit::Superseded => "superseded by another deployment or change",
        Exit::Unknown => "not known in time: timed out, or ECS could not be read",
        Exit::Paused => "paused: a rollout waits for a person",
        Exit::Signal(_) => "interrupted",
    }
}

/// The progress of a rollout, on one line.
pub(super) fn progress_text(progress: &Progress) -> String {
    let Progress { running, desired, state, .. } = progress;
    if progress.is_rollback() {
        // The counts are of the revision that ECS rolls back from.
        return format!("ECS is rolling back, {state}");
    }
    let hooks: String = progress.hooks.iter().map(|hook| format!("; {hook}")).collect();
    format!("{running} of {desired} running, {state}{hooks}")
}

/// The functions that a rollout waits for, as the end of a sentence about it.
pub(super) fn functions_text(progress: &Progress) -> String {
    let functions = progress.hooks.iter().filter(|hook| !hook.is_pause());
    functions.map(|hook| format!("; {hook}")).collect()
}

/// A lookup, with the commit of the build if it is one in git.
pub(super) fn query_text(query: &LookupQuery, commit: Option<&str>) -> String {
    let preposition = if matches!(query, LookupQuery::ChangedFiles { .. }) { "up to" } else { "of" };
    let commit = commit.map(|commit| format!(" {preposition} commit {}", short_commit(commit)));
    format!("{query}{}", commit.unwrap_or_default())
}

/// The result of a lookup.
pub(super) fn reply_text(reply: &LookupReply) -> String {
    match reply {
        LookupReply::Services(services) if services.len() == 1 => "1 service".to_owned(),
        LookupReply::Services(services) => format!("{} services", services.len()),
        LookupReply::Service(None) | LookupReply::Image(None) | LookupReply::File(None) => {
            "not found".to_owned()
        }
        LookupReply::ChangedFiles(files) if files.len() == 1 => "1 file".to_owned(),
        LookupReply::ChangedFiles(files) => format!("{} files", files.len()),
        LookupReply::File(Some(text)) => format!("{} bytes", text.len()),
        LookupReply::Service(Some(service)) => {
            let images: Vec<&str> = service.containers.iter().map(|c| c.image.as_str()).collect();
            format!("it runs {}", images.join(", "))
        }
        LookupReply::Image(Some(image)) => image.digest.to_string(),
    }
}

/// The predicate of a sentence about a one-off task, after the task's name.
pub(super) fn task_text(change: &OneOffTaskChange) -> String {
    let (predicate, task) = match change {
        OneOffTaskChange::Started { task } => ("started", task),
        OneOffTaskChange::Resumed { task } => ("was started by another run and still runs", task),
        OneOffTaskChange::Stopping { task } => ("was started by another run and is being stopped", task),
        OneOffTaskChange::AlreadySucceeded { task } => ("succeeded in an earlier run", task),
        OneOffTaskChange::StateChanged { task, state } => {
            return format!("is {state} (task {})", short_task_id(task));
        }
        OneOffTaskChange::Ended { task, succeeded: true } => ("succeeded", task),
        OneOffTaskChange::Ended { task, succeeded: false } => ("failed", task),
        OneOffTaskChange::Warning { message } => return message.clone(),
    };
    format!("{predicate} (task {})", short_task_id(task))
}

/// The number of tasks that stopped for one cause. ECS counts a rollout's failed tasks in another way: those in a row.
fn stopped_tasks(count: usize) -> String {
    format!("{count} {} stopped", if count == 1 { "task" } else { "tasks" })
}

/// A diagnosis, with one cause or log line per line.
pub(super) fn diagnosis_lines(diagnosis: &Diagnosis) -> Vec<String> {
    let causes = diagnosis.causes.iter();
    let mut lines: Vec<String> =
        causes.map(|cause| format!("{}: {}", stopped_tasks(cause.count), cause.description)).collect();
    for log in &diagnosis.logs {
        lines.push(format!("log of {} (task {}):", log.container, short_task_id(&log.task)));
        lines.extend(log.lines.iter().map(|line| format!("  {line}").trim_end().to_owned()));
    }
    lines.extend(diagnosis.unread.iter().cloned());
    lines
}

/// The word of a verdict.
pub(super) fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Deployed { .. } => "deployed",
        Verdict::Reverted { .. } => "reverted",
        Verdict::Unchanged => "unchanged",
        Verdict::Registered { .. } => "registered",
        Verdict::Started => "started",
        Verdict::RolledBack { .. } => "rolled back",
        Verdict::Superseded { .. } => "superseded",
        Verdict::Stopped { .. } => "stopped",
        Verdict::TimedOut { .. } => "timed out",
        Verdict::Unknown { .. } => "unknown",
        Verdict::Paused { .. } => "paused",
        Verdict::Reached { .. } => "reached",
        Verdict::Failed { .. } => "failed",
        Verdict::Interrupted { .. } => "interrupted",
        Verdict::NotStarted { .. } => "not started",
    }
}

/// The rest of a verdict's sentence, after [`verdict_word`]. Empty if there are no details.
pub(super) fn verdict_detail(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Deployed { unproven: None }
        | Verdict::Unchanged
        | Verdict::Registered { next_start: None } => String::new(),
        Verdict::Registered { next_start: Some(start) } if start.is_enabled => {
            format!(", started next by {start}")
        }
        Verdict::Registered { next_start: Some(start) } => {
            format!("; it is disabled: once it is enabled, it is started by {start}")
        }
        Verdict::Deployed { unproven: Some(why) } => {
            format!("; not proven that it runs the pushed images: {why}")
        }
        Verdict::Reverted { runs } => format!(" to {}", short_revision(runs)),
        Verdict::Started => ", not watched (--no-wait)".to_owned(),
        Verdict::RolledBack { reason, runs: Some(arn) } => {
            format!(": {reason}; the service runs {}", short_revision(arn))
        }
        Verdict::RolledBack { reason, runs: None } => {
            format!(": {reason}; the revision that runs now could not be read; `ecs-host status` shows it")
        }
        Verdict::Stopped { reason }
        | Verdict::Failed { reason }
        | Verdict::Unknown { reason }
        | Verdict::NotStarted { reason } => format!(": {reason}"),
        Verdict::Superseded { by } => format!(" by {by}"),
        // The rest was printed when the rollout was paused.
        Verdict::Paused { hook, .. } => {
            hook.stage.as_ref().map(|stage| format!(" at {}", printable(stage))).unwrap_or_default()
        }
        Verdict::Reached { stage } => {
            format!(" {} (--wait-until); the rollout continues in ECS", stage.as_str())
        }
        Verdict::TimedOut { watched_seconds, progress, unread_seconds, advice } => {
            let state = match unread_seconds {
                Some(unread) => {
                    format!(
                        "nothing could be read for {} s, so its progress is unknown",
                        format_seconds(*unread)
                    )
                }
                None => "the rollout is still in progress in ECS".to_owned(),
            };
            let last = progress.as_ref().map(|progress| {
                let before = if unread_seconds.is_some() { "before that: " } else { "" };
                format!(" ({before}{})", progress_text(progress))
            });
            let last = last.unwrap_or_default();
            format!(" after {} s of watching; {state}{last}; {advice}", format_seconds(*watched_seconds))
        }
        Verdict::Interrupted { ongoing } => format!("; {ongoing}"),
    }
}

#[cfg(test)]
mod tests {
    use model::diagnosis::{Cause, LogTail};
    use model::verdict::NewerDeployment;

    use super::*;

    fn sentence(verdict: &Verdict) -> String {
        format!("{}{}", verdict_word(verdict), verdict_detail(verdict))
    }

    #[test]
    fn the_counts_of_a_revision_that_is_rolled_back_are_omitted() {
        let state = "ROLLBACK_IN_PROGRESS".to_owned();
        let rollback = Progress { state, ..Progress::default() };
        assert_eq!(progress_text(&rollback), "ECS is rolling back, ROLLBACK_IN_PROGRESS");
        let rollout = Progress { desired: 4, running: 1, state: "IN_PROGRESS".into(), ..Progress::default() };
        assert_eq!(progress_text(&rollout), "1 of 4 running, IN_PROGRESS");
    }

    #[test]
    fn a_superseded_rollout_names_the_newer_deployment() {
        let by = NewerDeployment {
            deployment: Some("ecs-svc/9".into()),
            task_definition: Some("arn:aws:ecs:eu-west-1:1:task-definition/web:8".into()),
            build: None,
        };
        assert_eq!(sentence(&Verdict::Superseded { by }), "superseded by web:8 (ecs-svc/9)");
        let unknown = Verdict::Superseded { by: NewerDeployment::default() };
        assert_eq!(sentence(&unknown), "superseded by a newer deployment");
    }

    #[test]
    fn a_timeout_states_the_progress_and_what_to_do() {
        let progress =
            Progress { desired: 2, running: 1, state: "IN_PROGRESS".into(), ..Progress::default() };
        let timed_out = |unread_seconds| {
            sentence(&Verdict::TimedOut {
                watched_seconds: 2.0,
                progress: Some(progress.clone()),
                unread_seconds,
                advice: "run this again to watch it".to_owned(),
            })
        };
        let expected = "timed out after 2 s of watching; the rollout is still in progress in ECS (1 of 2 running, \
                        IN_PROGRESS); run this again to watch it";
        assert_eq!(timed_out(None), expected);
        let unread = timed_out(Some(40.03));
        assert!(
            unread.contains("nothing could be read for 40 s") && !unread.contains("is in progress"),
            "{unread}"
        );
    }

    #[test]
    fn a_rollback_states_the_revision_that_runs() {
        let rolled_back = |runs| sentence(&Verdict::RolledBack { reason: "it failed".into(), runs });
        let known = rolled_back(Some("arn:aws:ecs:eu-west-1:1:task-definition/web:1".into()));
        assert_eq!(known, "rolled back: it failed; the service runs web:1");
        assert!(rolled_back(None).contains("`ecs-host status` shows it"));
    }

    #[test]
    fn a_diagnosis_lists_its_causes_before_the_log() {
        let diagnosis = Diagnosis {
            causes: vec![Cause { count: 5, description: "web exited 1".into() }],
            logs: vec![LogTail {
                container: "web".into(),
                task: "0123456789abcdef".into(),
                group: "web".into(),
                stream: "web/web/0".into(),
                lines: vec!["no such table".into()],
            }],
            unread: vec!["the log of `proxy` is empty".into()],
        };
        let expected = [
            "5 tasks stopped: web exited 1",
            "log of web (task 01234567…):",
            "  no such table",
            "the log of `proxy` is empty",
        ];
        assert_eq!(diagnosis_lines(&diagnosis), expected);
        assert!(diagnosis_lines(&Diagnosis::default()).is_empty());
    }
}
