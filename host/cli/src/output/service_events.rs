//! The messages that ECS adds to the events of a service, as a person reads them: what the counts of a rollout show is
//! omitted, and what repeats is counted.
//!
//! The messages are those of the ECS developer guide, "Service event messages". One that is not known is printed.

use std::collections::BTreeMap;

/// The starts of the messages of a rollout that takes its course. What they state is in the counts and in the verdict.
const ROUTINE: [&str; 9] = [
    "has started ",
    "has stopped ",
    "has begun draining connections ",
    "has reached a steady state",
    "registered ",
    "deregistered ",
    "updated computedDesiredCount ",
    "updated state to ",
    "deployment completed",
];

/// What is the name of one task or instance, and differs from message to message.
const NAMED: [&str; 4] = ["task", "instance", "container-instance", "port"];

/// The messages of a run about all of its services.
#[derive(Debug, Default)]
pub(super) struct ServiceEvents {
    /// How often each message came, by target and by message without the names of tasks.
    counts: BTreeMap<(String, String), usize>,
    /// The last problem of each target, by target.
    problems: BTreeMap<String, String>,
}

impl ServiceEvents {
    /// The text of a message; `None` if it states nothing that is new to a reader. A problem that lasts is printed the
    /// first, the 10th and the 100th time.
    pub(super) fn fold(&mut self, target: &str, message: &str) -> Option<String> {
        let text = shorten(message);
        if is_routine(&text) {
            return None;
        }
        self.problems.insert(target.to_owned(), text.clone());
        let count = self.counts.entry((target.to_owned(), without_names(&text))).or_default();
        *count += 1;
        match *count {
            1 => Some(text),
            count if is_power_of_ten(count) => Some(format!("{text} ({count} times)")),
            _ => None,
        }
    }

    /// The last problem that ECS reported for a target.
    pub(super) fn problem(&self, target: &str) -> Option<&str> {
        self.problems.get(target).map(String::as_str)
    }
}

fn is_power_of_ten(count: usize) -> bool {
    count.checked_ilog10().and_then(|digits| 10_usize.checked_pow(digits)) == Some(count)
}

fn is_routine(text: &str) -> bool {
    // The deployment that a message is about is in front of it.
    let predicate = match text.strip_prefix("(deployment ").and_then(|rest| rest.split_once(") ")) {
        Some((_, rest)) => rest,
        None => text,
    };
    ROUTINE.iter().any(|start| predicate.starts_with(start))
}

/// A message without the names of tasks, instances and ports.
fn without_names(text: &str) -> String {
    let mut parts = text.split('(');
    let mut key = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        key.push('(');
        let name =
            NAMED.iter().find(|name| part.strip_prefix(**name).is_some_and(|rest| rest.starts_with(' ')));
        match (name, part.split_once(')')) {
            (Some(name), Some((_, rest))) => key.extend([name, ")", rest]),
            _ => key.push_str(part),
        }
    }
    key
}

/// A message without its service, which the line already names, and without task ids, which make lines too long.
pub(super) fn shorten(message: &str) -> String {
    let message = match message.strip_prefix("(service ").and_then(|rest| rest.split_once(") ")) {
        Some((_, rest)) => rest,
        None => message,
    };
    let mut text = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(" (task ") {
        let Some((_, after)) = after.split_once(')') else { break };
        text.push_str(before);
        rest = after;
    }
    text.push_str(rest);
    text.trim_end_matches([':', '.']).trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_printed_without_task_ids() {
        for (message, expected) in [
            ("(service web) has started 2 tasks: (task 1a2b) (task 3c4d).", "has started 2 tasks"),
            ("(service web) has reached a steady state.", "has reached a steady state"),
            (
                "(service web) (task 1a2b) failed container health checks.",
                "(task 1a2b) failed container health checks",
            ),
            (
                "(service web) deregistered 1 targets in (target-group a:b)",
                "deregistered 1 targets in (target-group a:b)",
            ),
            ("a (task without an end", "a (task without an end"),
        ] {
            assert_eq!(shorten(message), expected);
        }
    }

    #[test]
    fn what_a_rollout_that_takes_its_course_reports_is_omitted() {
        let mut events = ServiceEvents::default();
        for message in [
            "(service web) has started 2 tasks: (task 1a2b) (task 3c4d).",
            "(service web) has stopped 1 running tasks: (task 1a2b).",
            "(service web) has begun draining connections on 1 tasks.",
            "(service web) registered 2 targets in (target-group a:b)",
            "(service web) deregistered 2 targets in (target-group a:b)",
            "(service web) (deployment ecs-svc/123) deployment completed.",
            "(service web) has reached a steady state.",
        ] {
            assert_eq!(events.fold("main/web", message), None, "{message}");
        }
        assert_eq!(events.problem("main/web"), None);
    }

    #[test]
    fn a_problem_is_printed_and_counted() {
        let mut events = ServiceEvents::default();
        let printed: Vec<String> = (0..100)
            .filter_map(|task| {
                events
                    .fold("main/web", &format!("(service web) (task {task}) failed container health checks."))
            })
            .collect();
        assert_eq!(
            printed,
            [
                "(task 0) failed container health checks",
                "(task 9) failed container health checks (10 times)",
                "(task 99) failed container health checks (100 times)",
            ]
        );
        assert!(events.fold("main/api", "(service api) (task 1) failed container health checks.").is_some());
        for message in [
            "(service web) was unable to place a task because no container instance met all of its requirements.",
            "(service web) (deployment ecs-svc/123) deployment failed: tasks failed to start.",
            "(service web) rolling back to deployment ecs-svc/122.",
            "something new",
        ] {
            assert!(events.fold("main/web", message).is_some(), "{message}");
        }
        assert_eq!(events.problem("main/web"), Some("something new"));
    }
}
