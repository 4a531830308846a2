//! The differences of a target as rows, from which each format makes its own lines: containers are paired by their names,
//! and variables, secrets, mounts, ports and tags by theirs.

use serde_json::{Value, json};

use model::plan::{Change, ChangePath, Stamp, Step, TargetPlan};
use model::text::printable;

use super::values::{shorten_digests, value_text};

/// The field of a task definition with its containers.
const CONTAINERS: &str = "containerDefinitions";

/// One row of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::output) struct DiffRow {
    /// How deep it is: 0 for the target and its task definition, 1 for what is in a container.
    pub(in crate::output) depth: usize,
    /// What it is about, such as `container web` or `environment[A]`.
    pub(in crate::output) label: String,
    /// What happens to it.
    pub(in crate::output) change: RowChange,
}

/// What happens to what a row is about. The values are without secrets, and not shortened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::output) enum RowChange {
    /// It stays, and the deeper rows below it change.
    Heading,
    /// It is added, with the deeper rows below it.
    AddedHeading,
    /// It is removed, with the deeper rows below it.
    RemovedHeading,
    /// It is added, with this value.
    Added(String),
    /// It is removed, with this value.
    Removed(String),
    /// The old value and the new one.
    Changed(String, String),
}

/// The rows of a target. `build` is the build that the plan deploys: its stamp is one row, and not one for each label on
/// each container.
pub(in crate::output) fn diff_rows(target: &TargetPlan, build: &Stamp) -> Vec<DiffRow> {
    let mut rows = Vec::new();
    if !target.changes.is_empty() {
        rows.extend(build_change(target.base_build.as_ref(), build).map(|change| row(0, "build", change)));
    }
    rows.extend(definition_rows(&target.changes));
    if let Some((current, new)) = target.count_change() {
        rows.push(row(0, "desired count", RowChange::Changed(current.to_string(), new.to_string())));
    }
    rows
}

fn row(depth: usize, label: &str, change: RowChange) -> DiffRow {
    DiffRow { depth, label: label.to_owned(), change }
}

/// The build of the base and the new one: number and commit, and what else differs. `None` if they are the same.
fn build_change(base: Option<&Stamp>, build: &Stamp) -> Option<RowChange> {
    let Some(base) = base else {
        let parts: Vec<String> = [number(build), Some(commit(build))].into_iter().flatten().collect();
        return Some(RowChange::Added(parts.join(", ")));
    };
    let repository =
        |stamp: &Stamp| stamp.repository.as_ref().map(|repository| format!("of {}", printable(repository)));
    let policy = |stamp: &Stamp| Some(format!("policy {}", shorten_digests(&printable(&stamp.policy))));
    let text = |stamp: &Stamp| {
        let parts = [
            number(stamp),
            repository(stamp).filter(|_| base.repository != build.repository),
            Some(commit(stamp)),
            policy(stamp).filter(|_| base.policy != build.policy),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let (before, after) = (text(base), text(build));
    (before != after).then_some(RowChange::Changed(before, after))
}

fn number(stamp: &Stamp) -> Option<String> {
    stamp.number.map(|number| number.to_string())
}

fn commit(stamp: &Stamp) -> String {
    format!("commit {}", stamp.short_commit())
}

/// The rows of a task definition.
pub(in crate::output) fn definition_rows(changes: &[Change]) -> Vec<DiffRow> {
    let mut rows: Vec<DiffRow> = Vec::new();
    let mut container: Option<&str> = None;
    for change in changes {
        let steps = change.path.steps();
        let (own, rest) = match steps {
            [Step::Field(field), Step::Element(name), rest @ ..] if field == CONTAINERS => (Some(name), rest),
            rest => (None, rest),
        };
        let leaves = change.leaves();
        let is_whole = leaves.len() > 1;
        let is_omitted = |leaf: &Change| is_stamp(&leaf.path) || is_whole && is_empty_field(leaf);
        let leaves: Vec<&Change> = leaves.iter().filter(|leaf| !is_omitted(leaf)).collect();
        if leaves.is_empty() {
            continue;
        }
        if let Some(name) = own
            && (container != Some(name.as_str()) || rest.is_empty())
        {
            let heading = match (rest.is_empty(), &change.before) {
                (false, _) => RowChange::Heading,
                (true, None) => RowChange::AddedHeading,
                (true, Some(_)) => RowChange::RemovedHeading,
            };
            rows.push(row(0, &format!("container {}", printable(name)), heading));
        }
        container = own.map(String::as_str);
        let (depth, skipped) = if own.is_some() { (1, 2) } else { (0, 0) };
        rows.extend(leaves.into_iter().filter_map(|leaf| leaf_row(depth, skipped, leaf)));
    }
    rows
}

/// Whether a path is that of a label of a stamp.
fn is_stamp(path: &ChangePath) -> bool {
    let [Step::Field(field), Step::Element(_), Step::Field(labels), Step::Field(name)] = path.steps() else {
        return false;
    };
    field == CONTAINERS && labels == "dockerLabels" && name.starts_with("ecs-host.")
}

/// Whether a field is an empty list or an empty object, as ECS adds them.
fn is_empty_field(leaf: &Change) -> bool {
    let value = leaf.after.as_ref().or(leaf.before.as_ref());
    let is_empty = value.is_some_and(|value| *value == json!([]) || *value == json!({}));
    is_empty && matches!(leaf.path.steps().last(), Some(Step::Field(_)))
}

/// The row of a single value. `skipped` is the number of steps that the heading above it names.
fn leaf_row(depth: usize, skipped: usize, leaf: &Change) -> Option<DiffRow> {
    // An element of which the name is all.
    let is_name =
        |value: &Value| *value == json!({}) && matches!(leaf.path.steps().last(), Some(Step::Element(_)));
    let change = match (&leaf.before, &leaf.after) {
        (None, None) => return None,
        (None, Some(after)) if is_name(after) => RowChange::AddedHeading,
        (Some(before), None) if is_name(before) => RowChange::RemovedHeading,
        (None, Some(after)) => RowChange::Added(value_text(after)),
        (Some(before), None) => RowChange::Removed(value_text(before)),
        (Some(before), Some(after)) => RowChange::Changed(value_text(before), value_text(after)),
    };
    let steps = leaf.path.steps().get(skipped..).unwrap_or_default();
    // The name of a variable, a secret or a tag suffices for its value.
    let steps = match steps {
        [own @ .., Step::Field(field)] if field == "value" || field == "valueFrom" => match own {
            [.., Step::Element(_)] => own,
            _ => steps,
        },
        steps => steps,
    };
    let label: ChangePath = steps.iter().cloned().collect();
    Some(row(depth, &quote_colon(printable(&label.to_string())), change))
}

/// A label in quotes if it ends with a colon: with the one that follows a label, it would begin a command for the CI system.
fn quote_colon(label: String) -> String {
    if label.ends_with(':') { format!("\"{label}\"") } else { label }
}

#[cfg(test)]
mod tests {
    use model::plan::diff::diff;

    use super::*;

    fn rows(before: &Value, after: &Value) -> Vec<String> {
        let changes = diff(before.as_object().unwrap(), after.as_object().unwrap());
        let line = |row: DiffRow| {
            let change = match row.change {
                RowChange::Heading => String::new(),
                RowChange::AddedHeading => " added".to_owned(),
                RowChange::RemovedHeading => " removed".to_owned(),
                RowChange::Added(value) => format!(" + {value}"),
                RowChange::Removed(value) => format!(" - {value}"),
                RowChange::Changed(before, after) => format!(" {before} -> {after}"),
            };
            format!("{}{}{change}", " ".repeat(row.depth), row.label)
        };
        definition_rows(&changes).into_iter().map(line).collect()
    }

    #[test]
    fn the_colon_after_a_label_begins_no_command() {
        for (name, expected) in [(":", "\":\" + 1"), ("a :", "\"a :\" + 1"), ("a:b", "a:b + 1")] {
            assert_eq!(rows(&json!({}), &json!({ name: 1 })), [expected]);
        }
    }

    #[test]
    fn containers_and_their_variables_are_paired_by_name() {
        let variable = |name: &str, value: &str| json!({"name": name, "value": value});
        let before = json!({"cpu": "256", "containerDefinitions": [
            {"name": "web", "image": "a", "environment": [variable("A", "1"), variable("B", "2")]},
            {"name": "log", "image": "l", "portMappings": [{"containerPort": 80}], "volumesFrom": []},
        ]});
        let after = json!({"cpu": "512", "containerDefinitions": [
            {"name": "proxy", "image": "p", "secrets": [{"name": "S", "valueFrom": "arn:1"}]},
            {"name": "web", "image": "z", "environment": [variable("B", "3"), variable("C", "4")],
                "dockerLabels": {"ecs-host.commit": "c", "team": "a"}},
        ]});
        assert_eq!(
            rows(&before, &after),
            [
                "cpu 256 -> 512",
                "container web",
                " image a -> z",
                " environment[A] - 1",
                " environment[B] 2 -> 3",
                " environment[C] + 4",
                " dockerLabels.team + a",
                "container log removed",
                " image - l",
                " portMappings[80/tcp] removed",
                "container proxy added",
                " image + p",
                " secrets[S] + arn:1",
            ]
        );
    }

    #[test]
    fn another_order_is_a_row_of_its_own() {
        let container = |name: &str, image: &str| json!({"name": name, "image": image});
        let before = json!({"containerDefinitions": [container("web", "a"), container("log", "b")]});
        let after = json!({"containerDefinitions": [container("log", "b"), container("web", "evil")]});
        assert_eq!(
            rows(&before, &after),
            [
                "container web",
                " image a -> evil",
                "containerDefinitions (order) [\"web\", \"log\"] -> [\"log\", \"web\"]",
            ]
        );
    }

    #[test]
    fn a_build_is_described_by_what_differs() {
        let stamp = |number: u64, policy: &str| Stamp {
            repository: Some("a/b".to_owned()),
            commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".to_owned(),
            commit_time: None,
            number: Some(number),
            number_scope: None,
            policy: policy.to_owned(),
            guards: Vec::new(),
        };
        let digest = |digit: char| format!("travis@sha256:{}", digit.to_string().repeat(64));
        let build = stamp(57, &digest('a'));
        let changed =
            |before: &str, after: &str| Some(RowChange::Changed(before.to_owned(), after.to_owned()));
        for (base, expected) in [
            (None, Some(RowChange::Added("57, commit 3f2a9c10d1e2".to_owned()))),
            (Some(stamp(56, &digest('a'))), changed("56, commit 3f2a9c10d1e2", "57, commit 3f2a9c10d1e2")),
            (
                Some(stamp(57, &digest('b'))),
                changed(
                    "57, commit 3f2a9c10d1e2, policy travis@sha256:bbbbbbbbbbbb…",
                    "57, commit 3f2a9c10d1e2, policy travis@sha256:aaaaaaaaaaaa…",
                ),
            ),
            (Some(build.clone()), None),
        ] {
            assert_eq!(build_change(base.as_ref(), &build), expected);
        }
    }

    #[test]
    fn a_stamp_alone_is_no_row() {
        let web = |labels: Value| json!({"containerDefinitions": [{"name": "web", "dockerLabels": labels}]});
        let (before, after) = (web(json!({"ecs-host.build": "1"})), web(json!({"ecs-host.build": "2"})));
        assert_eq!(rows(&before, &after), Vec::<String>::new());
    }
}
