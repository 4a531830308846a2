//! The text of a plan.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::layout::{FAINT, HEADING, join_tags, put_line, write_heading};
use super::wrap::wrap_words;
use model::decision::{BuildkitOptions, ContextContent, Destination, DockerBuild, FailureAction, OneOffTask};
use model::names::short_revision;
use model::plan::{Change, ImageAction, ImagePlan, Plan, RolloutState, TargetPlan};
use model::secret::json::redact_document;
use model::secret::{MASK, is_secret, redact};
use model::text::{TRUNCATION_MARK, command_line, is_invisible, printable};

const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// The preferred width of a line, in columns. A longer line is split after its name.
const COLUMNS: usize = 80;

/// The maximum length of a one-off task's command, in characters.
const MAX_COMMAND_LEN: usize = 400;

pub(super) fn write_plan(
    out: &mut impl Write,
    plan: &Plan,
    commands: &[String],
    is_dry_run: bool,
) -> io::Result<()> {
    write_heading(out, "Plan", &format!("in {}", plan.region))?;
    for image in &plan.images {
        write_image(out, image)?;
    }
    let waves = plan.waves();
    for (wave, targets) in &waves {
        if waves.len() > 1 {
            put_line!(out, "  {HEADING}wave {wave}{HEADING:#}")?;
        }
        for target in targets {
            write_target(out, target)?;
        }
    }
    if is_dry_run {
        if !commands.is_empty() {
            put_line!(out, "  docker")?;
        }
        for command in commands {
            put_line!(out, "    {FAINT}${FAINT:#} {command}")?;
        }
        let is_up_to_date =
            plan.is_up_to_date() && plan.targets.iter().all(|target| target.tasks_after.is_empty());
        if is_up_to_date {
            put_line!(out, "{FAINT}nothing to do{FAINT:#}")?;
        } else {
            put_line!(out, "{FAINT}this is a plan: nothing was changed{FAINT:#} ({})", totals(plan))?;
        }
    }
    Ok(())
}

/// What the plan would change, counted: `1 image to build, 2 targets to change, 1 unchanged`.
fn totals(plan: &Plan) -> String {
    let count = |count: usize, one: &str, several: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {several}")),
    };
    let built = plan.images.iter().filter(|image| matches!(image.action, ImageAction::Build(_))).count();
    let missing = plan.images.iter().filter(|image| !image.is_up_to_date()).count();
    let unchanged = plan.targets.iter().filter(|target| target.is_up_to_date()).count();
    let parts = [
        count(built, "image to build", "images to build"),
        count(missing - built, "image to tag", "images to tag"),
        count(plan.targets.len() - unchanged, "target to change", "targets to change"),
        count(unchanged, "target unchanged", "targets unchanged"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn write_image(out: &mut impl Write, plan: &ImagePlan) -> io::Result<()> {
    let image = &plan.image;
    let action = match &plan.action {
        ImageAction::Build(build) => format!("build `{}` and push", printable(&build.context)),
        ImageAction::Reuse { missing_tags, .. } if missing_tags.is_empty() => {
            "in the registry already".to_owned()
        }
        ImageAction::Reuse { missing_tags, .. } => {
            format!("in the registry already; tag it {}", join_tags(missing_tags))
        }
    };
    let only = if image.publish_only { ", for no target" } else { "" };
    put_line!(out, "  image {HEADING}{}{HEADING:#}: {action}{only}", image.name)?;
    put_line!(out, "    {}", image.repository)?;
    match &plan.action {
        ImageAction::Build(build) => {
            put_line!(out, "    tags {}", join_tags(&image.tags))?;
            build_options(build).iter().try_for_each(|line| put_line!(out, "    {}", printable(line)))
        }
        ImageAction::Reuse { digest, .. } => put_line!(out, "    {}", digest.as_str()),
    }
}

/// The options of a build that use more than its context, one a line. The value of a secret is not known here.
fn build_options(build: &DockerBuild) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(build.dockerfile.as_ref().map(|path| format!("Dockerfile `{path}`")));
    lines.extend(build.stage.as_ref().map(|stage| format!("stage {stage}")));
    if !build.platforms.is_empty() {
        lines.push(format!("platforms {}", build.platforms.join(", ")));
    }
    let pairs = [("argument", &build.arguments), ("label", &build.labels)];
    lines.extend(pairs.into_iter().flat_map(|(kind, pairs)| {
        pairs.iter().map(move |(name, value)| format!("{kind} {name}={}", redact(name, value)))
    }));
    lines.extend(build.pull.then(|| "pull newer base images".to_owned()));
    let Some(BuildkitOptions { secrets, ssh, cache_from, cache_to, contexts }) = build.buildkit.as_deref()
    else {
        return lines;
    };
    lines.extend(secrets.iter().map(|secret| format!("secret {} from {}", secret.id, secret.variable)));
    lines.extend(ssh.iter().map(|id| format!("ssh {id}")));
    lines.extend(cache_from.iter().map(|cache| format!("cache from {cache}")));
    lines.extend(cache_to.iter().map(|cache| format!("cache to {cache}")));
    lines.extend(contexts.iter().map(|context| match &context.content {
        ContextContent::Directory(path) => format!("context {}: `{path}`", context.name),
        ContextContent::Image(image) => format!("context {}: {image}", context.name),
    }));
    lines
}

fn write_target(out: &mut impl Write, target: &TargetPlan) -> io::Result<()> {
    let (kind, action) = match &target.destination {
        Destination::Service(_) => ("service ", service_action(target)),
        Destination::Family(_) => ("family ", family_action(target)),
        Destination::Schedule(_) => ("", trigger_action(target)),
        Destination::EventRule(_) => ("", trigger_action(target)),
    };
    let name = &target.name;
    let room = COLUMNS.saturating_sub(format!("  {kind}{name}: ").chars().count());
    if action.chars().count() <= room {
        put_line!(out, "  {kind}{HEADING}{name}{HEADING:#}: {action}")?;
    } else {
        put_line!(out, "  {kind}{HEADING}{name}{HEADING:#}:")?;
        put_line!(out, "    {action}")?;
    }
    for warning in &target.warnings {
        put_line!(out, "    warning: {warning}")?;
    }
    if target.is_up_to_date() {
        let mut tasks = target.tasks_after.iter();
        return tasks.try_for_each(|task| write_task(out, "unless it has succeeded", task));
    }
    for task in &target.tasks_before {
        write_task(out, "before", task)?;
    }
    for Change { path, before, after } in &target.changes {
        put_line!(out, "    {}", printable(path))?;
        for (sign, style, value) in [("-", OLD, before), ("+", NEW, after)] {
            if let Some(value) = value {
                for line in value_lines(value) {
                    put_line!(out, "      {style}{sign} {line}{style:#}")?;
                }
            }
        }
    }
    if let Some((current, new)) = target.count_change() {
        put_line!(out, "    desired count")?;
        put_line!(out, "      {OLD}- {current}{OLD:#}")?;
        put_line!(out, "      {NEW}+ {new}{NEW:#}")?;
    }
    for task in &target.tasks_after {
        write_task(out, "after", task)?;
    }
    if let Some(seconds) = target.rollout_options.bake_seconds {
        put_line!(out, "    after: stays healthy for {seconds} s")?;
    }
    if let Some(hint) = target.circuit_breaker_warning() {
        for line in wrap_words(hint, 70) {
            put_line!(out, "    {FAINT}{line}{FAINT:#}")?;
        }
    }
    match target.rollout_options.on_failure {
        None => Ok(()),
        Some(FailureAction::Leave) => put_line!(out, "    on failure: no rollback"),
        Some(FailureAction::RollBack) => put_line!(out, "    on failure: roll back to the previous revision"),
    }
}

fn service_action(target: &TargetPlan) -> String {
    let current = short_revision(&target.base);
    match (target.unchanged, target.redeploy, &target.rollout) {
        (true, true, _) if target.is_deregistered => {
            format!("{current} already matches, but is deregistered: deploy a copy")
        }
        (true, _, RolloutState::Failed) => {
            format!("{current} already matches, but its rollout failed: deploy it again")
        }
        (true, true, _) => format!("{current} already matches: deploy it again, as requested"),
        (true, false, RolloutState::Complete) if target.count_change().is_some() => {
            format!("{current} already matches, with another number of tasks")
        }
        (true, false, RolloutState::Complete) => format!("unchanged, {current} already matches"),
        (true, false, RolloutState::InProgress(_)) => {
            format!("{current} already matches and is still rolling out")
        }
        (false, ..) if target.made_from != target.base => {
            format!("new revision after {current}, made from {}", short_revision(&target.made_from))
        }
        (false, ..) => format!("new revision after {current}"),
    }
}

fn family_action(target: &TargetPlan) -> String {
    let current = short_revision(&target.base);
    match target.unchanged {
        true => format!("unchanged, {current} already matches"),
        false => format!("new revision after {current}, nothing is rolled out"),
    }
}

/// The name of a schedule or a rule names its kind.
fn trigger_action(target: &TargetPlan) -> String {
    let current = short_revision(&target.base);
    let names_revision = target.trigger.as_ref().is_some_and(|trigger| trigger.names_revision);
    match (target.unchanged, target.redeploy) {
        (true, true) if target.is_deregistered => {
            format!("{current} already matches, but is deregistered: start a copy")
        }
        (true, true) => format!("{current} already matches: start it in each target"),
        (true, false) => format!("unchanged, {current} already matches"),
        (false, _) if names_revision => format!("new revision after {current}, started from then on"),
        (false, _) => format!("new revision after {current}; each start runs the latest one"),
    }
}

fn write_task(out: &mut impl Write, when: &str, task: &OneOffTask) -> io::Result<()> {
    let OneOffTask { name, container, command, environment, .. } = task;
    let start = format!("    {when}: {name}  {container}:");
    let variables = environment.iter().map(|(name, value)| {
        let value = if is_secret(name, value) { MASK } else { value };
        format!("{name}={value}")
    });
    let words: Vec<String> = variables.chain(command.iter().cloned()).collect();
    let mut shown = Value::from(words);
    redact_document(&mut shown);
    let words = shown.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut command = command_line(words);
    if let Some((end, _)) = command.char_indices().nth(MAX_COMMAND_LEN) {
        command.truncate(end);
        command.push_str(TRUNCATION_MARK);
    }
    if start.chars().count() + 1 + command.chars().count() <= COLUMNS {
        put_line!(out, "{start} {command}")
    } else {
        put_line!(out, "{start}")?;
        put_line!(out, "      {command}")
    }
}

/// The lines of a value: a string without quotes, an object with one field a line.
pub(super) fn value_lines(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.contains(is_invisible) => vec![printable(text)],
        Value::Object(fields) if !fields.is_empty() => {
            let field = |(name, value): (&String, &Value)| match value {
                Value::String(text) if !text.contains(is_invisible) => printable(&format!("{name}: {text}")),
                other => printable(&format!("{name}: {other}")),
            };
            fields.iter().map(field).collect()
        }
        other => vec![printable(&other.to_string())],
    }
}

#[cfg(test)]
mod tests;
