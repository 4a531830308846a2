//! The text of a target of a plan.

use std::io::{self, Write};

use anstyle::Style;
use serde_json::Value;

use super::COLUMNS;
use super::commands::wrap_command;
use super::diff::diff_rows;
use super::diff_text::write_rows;
use super::phrases::{target_action, target_kind, target_warnings};
use crate::output::columns::{width, wrap};
use crate::output::layout::{CAUTION, FAINT, HEADING, put_line};
use model::decision::{FailureAction, OneOffTask};
use model::plan::{Stamp, TargetPlan};
use model::secret::json::redact_document;
use model::secret::{MASK, is_secret};
use model::text::{command_line, printable};

/// Writes the targets of a wave. Those that change in the same way are below each other, and the change is written once.
/// `build` is the build that the plan deploys.
pub(super) fn write_targets(out: &mut impl Write, targets: &[&TargetPlan], build: &Stamp) -> io::Result<()> {
    let mut groups: Vec<(Vec<u8>, Vec<&TargetPlan>)> = Vec::new();
    for target in targets {
        let mut change = Vec::new();
        write_change(&mut change, target, build)?;
        match groups.iter_mut().find(|(same, _)| *same == change && !change.is_empty()) {
            Some((_, group)) => group.push(target),
            None => groups.push((change, vec![target])),
        }
    }
    for (change, group) in groups {
        group.iter().try_for_each(|target| write_title(out, target))?;
        if group.len() > 1 {
            put_line!(out, "    {FAINT}the same for each of these {}:{FAINT:#}", group.len())?;
        }
        out.write_all(&change)?;
    }
    Ok(())
}

fn write_title(out: &mut impl Write, target: &TargetPlan) -> io::Result<()> {
    let (kind, name, action) = (target_kind(target), &target.name, target_action(target));
    if width(&format!("  {kind}{name}: {action}")) <= COLUMNS {
        put_line!(out, "  {kind}{HEADING}{name}{HEADING:#}: {action}")?;
    } else {
        put_line!(out, "  {kind}{HEADING}{name}{HEADING:#}:")?;
        write_detail(out, Style::new(), &action)?;
    }
    Ok(())
}

/// Writes what a plan states about a target, without its name.
fn write_change(out: &mut impl Write, target: &TargetPlan, build: &Stamp) -> io::Result<()> {
    for warning in target_warnings(target) {
        let text = format!("warning: {warning}");
        for (number, line) in wrap(&text, COLUMNS - 6).iter().enumerate() {
            let line = match line.strip_prefix("warning:").filter(|_| number == 0) {
                Some(rest) => format!("    {CAUTION}warning:{CAUTION:#}{rest}"),
                None => format!("      {line}"),
            };
            put_line!(out, "{line}")?;
        }
    }
    if target.is_up_to_date() {
        let mut tasks = target.tasks_after.iter();
        return tasks.try_for_each(|task| write_task(out, "unless it has succeeded", task));
    }
    for task in &target.tasks_before {
        write_task(out, "before", task)?;
    }
    write_rows(out, &diff_rows(target, build), 4)?;
    for task in &target.tasks_after {
        write_task(out, "after", task)?;
    }
    for line in rollout_lines(target) {
        write_detail(out, Style::new(), &line)?;
    }
    target.circuit_breaker_warning().map_or(Ok(()), |hint| write_detail(out, FAINT, hint))
}

/// What follows from the options of the rollout, one a line.
pub(super) fn rollout_lines(target: &TargetPlan) -> Vec<String> {
    let bake = target.rollout_options.bake_seconds;
    let bake = bake.map(|seconds| format!("after: stays healthy for {seconds} s"));
    let on_failure = target.rollout_options.on_failure.map(|action| match action {
        FailureAction::Leave => "on failure: no rollback".to_owned(),
        FailureAction::RollBack => "on failure: roll back to the previous revision".to_owned(),
    });
    let limit = target.rollout_options.timeout_seconds.map(|seconds| format!("at most: {seconds} s"));
    limit.into_iter().chain(bake).chain(on_failure).collect()
}

/// Writes a text below a target.
fn write_detail(out: &mut impl Write, style: Style, text: &str) -> io::Result<()> {
    wrap(text, COLUMNS - 4).iter().try_for_each(|line| put_line!(out, "    {style}{line}{style:#}"))
}

fn write_task(out: &mut impl Write, when: &str, task: &OneOffTask) -> io::Result<()> {
    let (start, command) = (format!("    {when}: {}", task_title(task)), task_command(task));
    if width(&start) + 1 + width(&command) <= COLUMNS {
        return put_line!(out, "{start} {command}");
    }
    put_line!(out, "{start}")?;
    wrap_command(&command, COLUMNS - 6).iter().try_for_each(|line| put_line!(out, "      {line}"))
}

/// The name of a one-off task, its container and its time limit.
pub(super) fn task_title(task: &OneOffTask) -> String {
    let limit = task.timeout_seconds.map(|seconds| format!(" (at most {seconds} s)")).unwrap_or_default();
    format!("{}  {}{limit}:", printable(&task.name), printable(&task.container))
}

/// The variables and the command of a one-off task, without secrets, quoted for a shell.
pub(super) fn task_command(task: &OneOffTask) -> String {
    let OneOffTask { command, environment, .. } = task;
    let variables = environment.iter().map(|(name, value)| {
        let value = if is_secret(name, value) { MASK } else { value };
        format!("{name}={value}")
    });
    let words: Vec<String> = variables.chain(command.iter().cloned()).collect();
    let mut shown = Value::from(words);
    redact_document(&mut shown);
    let words = shown.as_array().into_iter().flatten().filter_map(Value::as_str);
    printable(&command_line(words))
}
