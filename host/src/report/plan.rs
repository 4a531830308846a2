//! A plan as text for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::terminal::{FAINT, HEADING, head, listed, wrapped};
use crate::names::revision;
use crate::plan::{Change, ImageAction, ImagePlan, Plan, Rollout, TargetPlan};
use crate::policy::decision::{Destination, FailureAction, OneOffTask};

const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// How wide a line gets, where names leave a choice.
const COLUMNS: usize = 80;

/// How much of a one-off task's command is shown.
const SHOWN: usize = 400;

pub(super) fn write_plan(
    out: &mut impl Write,
    plan: &Plan,
    commands: &[String],
    dry: bool,
) -> io::Result<()> {
    head(out, "Plan", &format!("in {}", plan.region))?;
    for image in &plan.images {
        write_image(out, image)?;
    }
    let waves = plan.waves();
    for (wave, targets) in &waves {
        if waves.len() > 1 {
            writeln!(out, "  {HEADING}wave {wave}{HEADING:#}")?;
        }
        for target in targets {
            write_target(out, target)?;
        }
    }
    if dry {
        if !commands.is_empty() {
            writeln!(out, "  docker")?;
        }
        for command in commands {
            writeln!(out, "    {FAINT}${FAINT:#} {command}")?;
        }
        let nothing = plan.is_unchanged() && plan.targets.iter().all(|target| target.tasks_after.is_empty());
        let end = if nothing { "nothing to do" } else { "this is a plan: nothing was changed" };
        writeln!(out, "{FAINT}{end}{FAINT:#}")?;
    }
    Ok(())
}

fn write_image(out: &mut impl Write, plan: &ImagePlan) -> io::Result<()> {
    let image = &plan.image;
    let action = match &plan.action {
        ImageAction::Build(build) => format!("build `{}` and push", build.context),
        ImageAction::Reuse { missing_tags, .. } if missing_tags.is_empty() => {
            "in the registry already".to_owned()
        }
        ImageAction::Reuse { missing_tags, .. } => {
            format!("in the registry already; tag it {}", listed(missing_tags))
        }
    };
    writeln!(out, "  image {HEADING}{}{HEADING:#}: {action}", image.name)?;
    writeln!(out, "    {}", image.repository)?;
    match &plan.action {
        ImageAction::Build(_) => writeln!(out, "    tags {}", listed(&image.tags)),
        ImageAction::Reuse { digest, .. } => writeln!(out, "    {}", digest.as_str()),
    }
}

fn write_target(out: &mut impl Write, target: &TargetPlan) -> io::Result<()> {
    let (kind, action) = match &target.destination {
        Destination::Service(_) => ("service", of_service(target)),
        Destination::Family(_) => ("family", of_family(target)),
    };
    let name = &target.name;
    let room = COLUMNS.saturating_sub(format!("  {kind} {name}: ").chars().count());
    let gap = if action.chars().count() <= room { " " } else { "\n    " };
    writeln!(out, "  {kind} {HEADING}{name}{HEADING:#}:{gap}{action}")?;
    if target.is_settled() {
        let mut tasks = target.tasks_after.iter();
        return tasks.try_for_each(|task| write_task(out, "unless it has succeeded", task));
    }
    for task in &target.tasks_before {
        write_task(out, "before", task)?;
    }
    for Change { path, before, after } in &target.changes {
        writeln!(out, "    {path}")?;
        for (sign, style, value) in [("-", OLD, before), ("+", NEW, after)] {
            if let Some(value) = value {
                for line in value_lines(value) {
                    writeln!(out, "      {style}{sign} {line}{style:#}")?;
                }
            }
        }
    }
    for task in &target.tasks_after {
        write_task(out, "after", task)?;
    }
    if let Some(hint) = target.breaker_hint() {
        for line in wrapped(hint, 70) {
            writeln!(out, "    {FAINT}{line}{FAINT:#}")?;
        }
    }
    match target.on_failure {
        None => Ok(()),
        Some(FailureAction::Leave) => writeln!(out, "    on failure: leave it as it is then"),
        Some(FailureAction::RollBack) => writeln!(out, "    on failure: roll back to what ran before"),
    }
}

fn of_service(target: &TargetPlan) -> String {
    let now = revision(&target.task_definition);
    match (target.unchanged, target.again, &target.rollout) {
        (true, _, Rollout::Failed) => format!("{now} is this already, and its rollout failed: once more"),
        (true, true, _) => format!("{now} is this already: once more, as asked for"),
        (true, false, Rollout::Complete) => format!("unchanged, {now} runs this already"),
        (true, false, Rollout::UnderWay(_)) => format!("{now} is this already, and still rolls out"),
        (false, ..) => format!("new revision after {now}"),
    }
}

fn of_family(target: &TargetPlan) -> String {
    let now = revision(&target.task_definition);
    match target.unchanged {
        true => format!("unchanged, {now} is this already"),
        false => format!("new revision after {now}, nothing is rolled out"),
    }
}

fn write_task(out: &mut impl Write, when: &str, task: &OneOffTask) -> io::Result<()> {
    let OneOffTask { name, container, command, .. } = task;
    let start = format!("    {when}: {name}  {container}:");
    let command = command_line(command);
    let gap = if start.chars().count() + 1 + command.chars().count() <= COLUMNS { " " } else { "\n      " };
    writeln!(out, "{start}{gap}{command}")
}

/// A command as a person would type it, on one line.
fn command_line(command: &[String]) -> String {
    let quoted = command.iter().map(|argument| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@,+".contains(c);
        if !argument.is_empty() && argument.chars().all(plain) {
            return argument.clone();
        }
        let mut quoted = String::from("'");
        for c in argument.chars() {
            match c {
                '\'' => quoted.push_str(r"'\''"),
                // With these a policy could forge lines or move the cursor.
                c if c.is_control() => quoted.extend(c.escape_default()),
                c => quoted.push(c),
            }
        }
        quoted + "'"
    });
    let line = quoted.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} … (cut)", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// A value as people read it: a text without quotes, an object field by field.
fn value_lines(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.contains(char::is_control) => vec![text.clone()],
        Value::Object(fields) if !fields.is_empty() => {
            let field = |(name, value): (&String, &Value)| match value {
                Value::String(text) if !text.contains(char::is_control) => format!("{name}: {text}"),
                other => format!("{name}: {other}"),
            };
            fields.iter().map(field).collect()
        }
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_one_line_that_a_shell_would_take() {
        let line = |command: &[&str]| {
            command_line(&command.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(line(&["./manage.py", "migrate", "--no-input"]), "./manage.py migrate --no-input");
        assert_eq!(line(&["sh", "-c", "it's && ok", ""]), r"sh -c 'it'\''s && ok' ''");
        assert_eq!(line(&["a\nVerdict\u{1b}[2J"]), r"'a\nVerdict\u{1b}[2J'");
        let long = line(&["echo", &"ä".repeat(5000)]);
        assert!(long.ends_with(" … (cut)") && long.chars().count() < SHOWN + 20, "{long}");
    }
}
