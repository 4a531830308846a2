//! Events as text for people: a heading in a column of its own, then what it
//! says. Made to be read in 80 columns and in a CI log.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::{Event, Verdict};
use crate::names::{Tag, revision};
use crate::plan::{Change, ImageAction, ImagePlan, Plan, Rollout, TargetPlan};
use crate::policy::Decision;

const HEADING: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// Writes an event.
pub(super) fn write(out: &mut impl Write, event: &Event, elapsed: Duration) -> io::Result<()> {
    match event {
        Event::Build { build } => {
            let number = build.number.map(|number| format!(" #{number}")).unwrap_or_default();
            let repository = build.repository.as_deref().map(|name| format!("{name}{number}, "));
            head(out, "Build", &format!("{} at {}", build.branch, build.short_commit()))?;
            more(out, &format!("{}told by {}", repository.unwrap_or_default(), teller(build.provider)))
        }
        Event::Policy { name, version, source, .. } => {
            head(out, "Policy", &format!("{name} {version}, {source}"))
        }
        Event::Withheld { policy, name } => writeln!(
            out,
            "{CAUTION}warning:{CAUTION:#} {name} looks like a secret and was kept from policy `{policy}`; \
             --allow-secret {name} gives it"
        ),
        Event::PolicyOutput { policy, line } => writeln!(out, "{FAINT}[{policy}]{FAINT:#} {line}"),
        Event::Decision(Decision::Skip { reason }) => head(out, "Decision", &format!("skip: {reason}")),
        Event::Decision(Decision::Deploy(deployment)) => {
            let count =
                |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
            let images = count(deployment.images.len(), "image");
            head(
                out,
                "Decision",
                &format!("deploy {images} to {}", count(deployment.targets.len(), "service")),
            )
        }
        Event::Plan { plan, commands, dry } => write_plan(out, plan, commands, *dry),
        Event::Docker { command } => head(out, "Docker", &format!("{FAINT}${FAINT:#} {command}")),
        Event::DockerOutput { line } => writeln!(out, "  {line}"),
        Event::Pushed { image, digest, tags } => {
            head(out, "Pushed", &format!("{image} as {}", listed(tags)))?;
            more(out, digest.as_str())
        }
        Event::Tagged { image, digest, tags } => {
            head(out, "Tagged", &format!("{image} as {}", listed(tags)))?;
            more(out, digest.as_str())
        }
        Event::Registered { task_definition, .. } => head(out, "Revision", revision(task_definition)),
        Event::Updated { service, task_definition, .. } => {
            head(out, "Rollout", &format!("{service} to {}", revision(task_definition)))
        }
        Event::Progress { service, progress } => {
            let failed =
                if progress.failed > 0 { format!(", {} failed", progress.failed) } else { String::new() };
            let text = format!(
                "{service}: {} of {} running, {} pending{failed} ({})",
                progress.running, progress.desired, progress.pending, progress.state
            );
            writeln!(out, "  {FAINT}{:>8}{FAINT:#}  {text}", seconds(elapsed))
        }
        Event::Verdict { service, verdict, .. } => {
            let style = match verdict {
                verdict if verdict.is_good() => GOOD,
                Verdict::Superseded { .. } | Verdict::TimedOut { .. } | Verdict::Interrupted { .. } => {
                    CAUTION
                }
                _ => BAD,
            };
            let rest = verdict.to_string();
            let rest = rest.strip_prefix(verdict.word()).unwrap_or_default();
            head(out, "Verdict", &format!("{service} {style}{}{style:#}{rest}", verdict.word()))
        }
        Event::Still { doing } => writeln!(out, "  {FAINT}{:>8}{FAINT:#}  still {doing}", seconds(elapsed)),
        Event::Warning { message } => writeln!(out, "{CAUTION}warning:{CAUTION:#} {message}"),
        Event::Error { message } => writeln!(out, "{BAD}error:{BAD:#} {message}"),
        Event::Finished { exit_code, summary } => {
            let time = seconds(elapsed);
            match exit_code {
                0 => writeln!(out, "{FAINT}{summary} in {time}{FAINT:#}"),
                code => writeln!(out, "{FAINT}exit code {code} ({summary}) after {time}{FAINT:#}"),
            }
        }
    }
}

fn head(out: &mut impl Write, heading: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{heading:<10}{HEADING:#}{text}")
}

fn more(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "          {text}")
}

fn teller(provider: &str) -> &str {
    match provider {
        "none" => "the command line",
        "travis" => "Travis CI",
        other => other,
    }
}

fn seconds(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        0 => format!("{} ms", elapsed.as_millis()),
        1..10 => format!("{:.1} s", elapsed.as_secs_f64()),
        10..60 => format!("{} s", elapsed.as_secs()),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

fn listed(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ")
}

fn write_plan(out: &mut impl Write, plan: &Plan, commands: &[String], dry: bool) -> io::Result<()> {
    head(out, "Plan", &format!("in {}", plan.region))?;
    for image in &plan.images {
        write_image(out, image)?;
    }
    for target in &plan.targets {
        write_target(out, target)?;
    }
    if dry {
        if !commands.is_empty() {
            writeln!(out, "  docker")?;
        }
        for command in commands {
            writeln!(out, "    {FAINT}${FAINT:#} {command}")?;
        }
        let end = if plan.is_unchanged() { "nothing to do" } else { "this is a plan: nothing was changed" };
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
    let now = revision(&target.task_definition);
    let action = match (target.unchanged, &target.rollout) {
        (true, Rollout::Complete) => format!("unchanged, {now} runs this already"),
        (true, Rollout::UnderWay(_)) => format!("{now} is this already, and still rolls out"),
        (true, Rollout::Failed) => format!("{now} is this already, and its rollout failed: once more"),
        (false, _) => format!("new revision after {now}"),
    };
    writeln!(out, "  service {HEADING}{}{HEADING:#}: {action}", target.service)?;
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
    Ok(())
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
