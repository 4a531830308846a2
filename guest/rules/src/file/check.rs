//! Checks of the whole file: what is named exists, and what exists is used.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use ecs_host_policy::BaseRevision;

use super::rule::{Action, Entry, Kind, Patterns, Rule};
use super::target::{Kind as TargetKind, Target};
use super::{Damage, File};
use crate::problem::{Located, Problems, quoted, suggestion};
use crate::template::{Template, Value};

/// Adds the problems of a file whose parts are valid by themselves.
pub(super) fn check(file: &File, damage: &Damage, problems: &mut Problems) {
    // An unknown key of the file may be a table that the others name.
    if damage.keys {
        return;
    }
    check_environments(file, damage, problems);
    if !damage.rules {
        check_reachable(&file.rules, problems);
    }
    check_images(file, damage, problems);
    for target in &file.targets {
        if !damage.targets {
            check_target(file, damage, target, problems);
        }
        check_environments_of_target(file, target, problems);
    }
    let deploys = file.rules.iter().any(|rule| matches!(rule.action, Action::Deploy(_)));
    let publishes = file.images.iter().any(|image| image.is_publish_only);
    if deploys && file.targets.is_empty() && !publishes && problems.is_empty() {
        problems
            .add(0, "the file has no [[target]], and no image is `publish-only`: there is nothing to deploy");
    }
}

/// The environments that rules name literally; `None` if a rule takes the name from the build.
fn named_environments(file: &File) -> Option<Vec<&Located<Template>>> {
    let mut named = Vec::new();
    for rule in &file.rules {
        if let Action::Deploy(environment) = &rule.action {
            environment.value.as_literal()?;
            named.push(environment);
        }
    }
    Some(named)
}

fn check_environments(file: &File, damage: &Damage, problems: &mut Problems) {
    let known = || file.environments.iter().map(|environment| environment.name.as_str());
    // A name that is misspelled is not used where it is meant.
    let mut has_unknown = false;
    for rule in &file.rules {
        let Action::Deploy(environment) = &rule.action else { continue };
        if environment.value.contains(Value::Environment) {
            problems.add(environment.at, "`{environment}` has no value before a rule sets it");
        }
        if let Some(name) = environment.value.as_literal()
            && !known().any(|known| known == name)
        {
            let hint = match suggestion(name, known()) {
                hint if hint.is_empty() => {
                    format!("; write [environments.{}]", quoted(name).trim_matches('`'))
                }
                hint => hint,
            };
            problems.add(environment.at, format!("unknown environment {}{hint}", quoted(name)));
            has_unknown = true;
        }
    }
    if has_unknown || damage.rules {
        return;
    }
    let Some(named) = named_environments(file) else { return };
    for environment in &file.environments {
        if !named.iter().any(|used| used.value.as_literal() == Some(&environment.name)) {
            problems
                .add(environment.at, format!("no rule deploys to environment {}", quoted(&environment.name)));
        }
    }
}

/// A rule after one that matches the same builds is never reached.
fn check_reachable(rules: &[Rule], problems: &mut Problems) {
    for (position, rule) in rules.iter().enumerate() {
        let Some(earlier) = rules.iter().take(position).position(|earlier| covers(earlier, rule)) else {
            continue;
        };
        problems.add(
            rule.at,
            format!(
                "this rule is never reached: rule {} of the file matches every build that it matches",
                earlier + 1
            ),
        );
    }
}

fn covers(earlier: &Rule, rule: &Rule) -> bool {
    let pairs = [
        (&earlier.branch, &rule.branch),
        (&earlier.tag, &rule.tag),
        (&earlier.provider_event, &rule.provider_event),
        (&earlier.repository, &rule.repository),
        (&earlier.message, &rule.message),
        (&earlier.changed, &rule.changed),
    ];
    let kinds = kinds(earlier);
    self::kinds(rule).iter().all(|kind| kinds.contains(kind))
        && pairs.into_iter().all(|(earlier, patterns)| match (earlier, patterns) {
            (None, _) => true,
            (Some(earlier), Some(patterns)) => covers_patterns(earlier, patterns),
            (Some(_), None) => false,
        })
}

/// The builds that a rule matches, by their kinds.
pub(crate) fn kinds(rule: &Rule) -> Vec<Kind> {
    match &rule.events {
        Some(events) => events.clone(),
        None if rule.tag.is_some() => [Kind::Tag].into(),
        None if rule.branch.is_some() => [Kind::Push, Kind::Schedule, Kind::Manual].into(),
        None => [Kind::Push, Kind::Tag, Kind::Schedule, Kind::Manual].into(),
    }
}

fn covers_patterns(earlier: &Patterns, patterns: &Patterns) -> bool {
    let entries =
        |patterns: &Patterns| -> Vec<Entry> { patterns.0.iter().map(|entry| entry.value.clone()).collect() };
    let (earlier, entries) = (entries(earlier), entries(patterns));
    if earlier == entries {
        return true;
    }
    let is_plain = |entry: &Entry| matches!(entry, Entry::Matches(_));
    earlier.iter().all(is_plain)
        && entries.iter().any(is_plain)
        && entries.iter().all(|entry| match entry {
            Entry::Matches(pattern) => {
                earlier.iter().any(|other| matches!(other, Entry::Matches(other) if other.covers(pattern)))
            }
            // What is excluded only makes the list smaller.
            Entry::Excludes(_) => true,
            Entry::Words(_) => false,
        })
}

/// Every image must be known where it is named, and be used.
fn check_images(file: &File, damage: &Damage, problems: &mut Problems) {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut has_unknown = damage.images;
    let known = || file.images.iter().map(|image| image.key.as_str());
    for target in &file.targets {
        let named: Vec<&Located<String>> = match (&target.containers, &target.images) {
            (Some(containers), _) => {
                containers.iter().filter_map(|container| container.image.as_ref()).collect()
            }
            (None, Some(images)) => images.iter().collect(),
            (None, None) => {
                used.extend(known());
                continue;
            }
        };
        for name in named {
            match file.images.iter().find(|image| image.key == name.value) {
                // An image with a mistake is not in the list.
                None if damage.images => {}
                None => {
                    has_unknown = true;
                    let hint = suggestion(&name.value, known());
                    problems.add(name.at, format!("unknown image {}{hint}", quoted(&name.value)));
                }
                Some(image) if image.is_publish_only => {
                    problems.add(
                        name.at,
                        format!("image {} is `publish-only`, so no target runs it", quoted(&name.value)),
                    );
                }
                Some(image) => {
                    used.insert(&image.key);
                }
            }
        }
    }
    if has_unknown || damage.targets {
        return;
    }
    for image in &file.images {
        if !image.is_publish_only && !used.contains(image.key.as_str()) {
            let name = quoted(&image.key);
            problems.add(
                image.at,
                format!(
                    "no target runs image {name}; an image that is only published is `publish-only = true`"
                ),
            );
        }
    }
}

/// Whether a target changes anything, as the contract requires.
fn has_change(file: &File, target: &Target) -> bool {
    let runs_image = match &target.containers {
        Some(containers) => !containers.is_empty(),
        None => file.images.iter().any(|image| !image.is_publish_only),
    };
    let has_size = target.cpu_units.or(target.memory_mib).or(target.desired_count).is_some();
    runs_image || has_size || target.base == Some(BaseRevision::Latest)
}

fn check_target(file: &File, damage: &Damage, target: &Target, problems: &mut Problems) {
    if !damage.images && !has_change(file, target) {
        problems.add(target.at, "[[target]] changes nothing: there is no image for it; write [images.NAME]");
    }
    if !damage.environments && target.kind == TargetKind::Service && target.cluster.is_none() {
        let reached = file.environments.iter().filter(|environment| is_for(target, &environment.name));
        let lacking: Vec<String> =
            reached.filter(|environment| environment.cluster.is_none()).map(|it| quoted(&it.name)).collect();
        if !lacking.is_empty() || named_environments(file).is_none() {
            let of = if lacking.is_empty() { "every environment".into() } else { lacking.join(", ") };
            problems.add(
                target.at,
                format!("[[target]] has no `cluster`, and neither has the environment: {of}"),
            );
        }
    }
}

fn check_environments_of_target(file: &File, target: &Target, problems: &mut Problems) {
    let Some(environments) = &target.environments else { return };
    if named_environments(file).is_none() {
        return;
    }
    let known = || file.environments.iter().map(|environment| environment.name.as_str());
    for entry in &environments.0 {
        if let Entry::Matches(pattern) | Entry::Excludes(pattern) = &entry.value
            && !known().any(|name| pattern.matches(name))
        {
            let hint = pattern.single_text().map(|name| suggestion(name, known())).unwrap_or_default();
            problems.add(entry.at, format!("`environments` of [[target]] matches no environment{hint}"));
        }
    }
}

/// Whether a target is one of an environment, as far as the file alone decides it.
fn is_for(target: &Target, environment: &str) -> bool {
    target.environments.as_ref().is_none_or(|patterns| patterns.matches_literally(environment))
}
