//! The text of each event, for a terminal of 80 columns and for a CI log: a heading in the first 10 columns, then the
//! details.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::classify::{Tone, tone};
use super::layout::{BAD, CAUTION, FAINT, join_tags, put_line, write_detail, write_heading, write_message};
use super::phrases::{
    diagnosis_lines, functions_text, query_text, reply_text, task_text, verdict_detail, verdict_word,
};
use super::plan::write_plan;
use super::wrap::wrap_words;
use super::{build, check, fleet, planned, service_events, status};
use model::decision::Destination;
use model::decision::{Decision, Deployment};
use model::event::{Event, LoadedPlan, PlanFile, PlanPolicy};
use model::lookup::LookupResult;
use model::names::{Digest, short_revision};
use model::plan::TargetName;
use model::text::{command_line, printable};
use model::time::Time;
use model::verdict::Verdict;

const GOOD: Style = AnsiColor::Green.on_default().bold();

/// Writes the text of an event.
pub(crate) fn write(out: &mut impl Write, event: &Event, elapsed: Duration) -> io::Result<()> {
    match event {
        // The error with the problems follows, and the summary of the run.
        Event::RunStarted { .. } | Event::PlanRejected { .. } | Event::RunFinished { .. } => Ok(()),
        Event::BuildDetected { build } => build::write(out, build),
        Event::PolicyLoaded { name, version, source, .. } => {
            write_heading(out, "Policy", &format!("{name} {version}, {source}"))
        }
        Event::PlanSaved(PlanFile { path, digest, .. }) => {
            let path = command_line([path.as_str()]);
            write_heading(out, "Saved", &path)?;
            write_detail(out, digest.as_str())?;
            write_detail(out, &format!("for `ecs-host apply {path} --plan-digest DIGEST`"))
        }
        Event::PlanLoaded(LoadedPlan { file: PlanFile { path, digest, flags }, saved_at, policy }) => {
            let saved_at = saved_at.to_utc_text();
            write_heading(out, "Saved", &format!("{}, {saved_at}", command_line([path.as_str()])))?;
            write_detail(out, digest.as_str())?;
            if !flags.is_empty() {
                write_heading(out, "Flags", &flags.join(" "))?;
            }
            let PlanPolicy { name, version, source, .. } = policy;
            write_heading(out, "Policy", &printable(&format!("{name} {version}, {source}")))
        }
        Event::SettingWithheld { policy, name } => put_line!(
            out,
            "{CAUTION}warning:{CAUTION:#} {name} looks like a secret and was withheld from policy `{policy}`; \
             --allow-secret {name} passes it"
        ),
        Event::PolicyLookup { lookup, commit, .. } | Event::GuardLookup { lookup, commit, .. } => {
            write_heading(out, "Lookup", &query_text(&lookup.query, commit.as_deref()))?;
            match &lookup.result {
                LookupResult::Reply(reply) => write_detail(out, &printable(&reply_text(reply))),
                LookupResult::Error(message) => write_detail(out, &printable(message)),
            }
        }
        Event::PolicyOutput { policy: name, line } | Event::GuardOutput { guard: name, line } => {
            put_line!(out, "{FAINT}[{name}]{FAINT:#} {line}")
        }
        Event::DecisionMade(Decision::Skip { reason }) => {
            write_heading(out, "Decision", &format!("skip: {reason}"))
        }
        Event::DecisionMade(Decision::Deploy(deployment)) => {
            write_heading(out, "Decision", &deployment_summary(deployment))
        }
        Event::PlanCreated { plan, commands, dry_run } => write_plan(out, plan, commands, *dry_run),
        Event::DockerStarted { command, .. } => {
            write_heading(out, "Docker", &format!("{FAINT}${FAINT:#} {command}"))
        }
        Event::DockerOutput { line } => write_docker_line(out, line),
        Event::ImagePushed { image, digest, tags } => {
            write_heading(out, "Pushed", &format!("{image} as {}", join_tags(tags)))?;
            write_digest(out, digest)
        }
        Event::ImageTagged { image, digest, tags } => {
            write_heading(out, "Tagged", &format!("{image} as {}", join_tags(tags)))?;
            write_digest(out, digest)
        }
        Event::WaveStarted { wave, targets } => {
            let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
            write_heading(out, "Wave", &format!("{wave}: {}", targets.join(", ")))
        }
        Event::RevisionRegistered { task_definition, .. } => {
            write_heading(out, "Revision", short_revision(task_definition))
        }
        Event::RevisionReused { task_definition, .. } => {
            let revision = short_revision(task_definition);
            write_heading(
                out,
                "Revision",
                &format!("{revision} was registered by an earlier run of this build"),
            )
        }
        Event::OneOffTaskChanged { target, name, change } => {
            let change = task_text(change);
            put_line!(out, "  {FAINT}{:>8}{FAINT:#}  {target}: `{name}` {change}", duration_text(elapsed))
        }
        Event::ServiceUpdated { target, task_definition, .. } => {
            write_heading(out, "Rollout", &format!("{target} to {}", short_revision(task_definition)))
        }
        Event::TriggerUpdated { target, task_definition } => {
            write_heading(out, "Starts", &format!("{target} starts {}", short_revision(task_definition)))
        }
        Event::RolloutProgressed { target, progress } => {
            let count = |count: i32, what: &str| match count {
                0 => String::new(),
                count => format!(", {count} {what}"),
            };
            let text = match progress.state.as_str() {
                // The counts are of the revision that ECS rolls back from.
                state @ "ROLLBACK_SUCCESSFUL" => format!("{target}: ECS rolled back ({state})"),
                state @ "ROLLBACK_FAILED" => format!("{target}: ECS failed to roll back ({state})"),
                state if progress.is_rollback() => format!("{target}: ECS is rolling back ({state})"),
                state => format!(
                    "{target}: {} of {} running{}{}{}{}",
                    progress.running,
                    progress.desired,
                    count(progress.pending, "pending"),
                    count(progress.failed, "failed so far"),
                    // A rollout that is in progress is the rule.
                    if state == "IN_PROGRESS" { String::new() } else { format!(" ({state})") },
                    functions_text(progress)
                ),
            };
            put_line!(out, "  {FAINT}{:>8}{FAINT:#}  {text}", duration_text(elapsed))
        }
        Event::RolloutPaused { target, hook, advice } => {
            let text = format!("{target} is {hook}");
            for (number, line) in wrap_words(&text, 70).iter().enumerate() {
                if number == 0 { write_heading(out, "Paused", line)? } else { write_detail(out, line)? }
            }
            advice.iter().try_for_each(|advice| write_detail(out, advice))
        }
        Event::ServiceEvent { target, message } => {
            write_service_event(out, target, &service_events::shorten(&printable(message)), elapsed)
        }
        Event::FailureDiagnosed { target, diagnosis } => {
            for (number, line) in diagnosis_lines(diagnosis).iter().enumerate() {
                let line = printable(line);
                if number == 0 {
                    write_heading(out, "Why", &format!("{target}: {line}"))?
                } else {
                    write_detail(out, &line)?
                }
            }
            Ok(())
        }
        Event::RollbackStarted { target, detail } => {
            write_heading(out, "Rollback", &format!("{target}: {detail}"))
        }
        Event::BakeStarted { target, seconds, until } => write_heading(
            out,
            "Baking",
            &format!("{target} for {seconds} s, until {}: it must stay healthy", until.to_utc_text()),
        ),
        Event::RevisionsDeregistered { task_definitions } => {
            let names: Vec<&str> = task_definitions.iter().map(|arn| short_revision(arn)).collect();
            write_heading(out, "Removed", &format!("old revisions {}", names.join(", ")))
        }
        Event::VerdictReached { target, verdict, .. } => {
            let style = verdict_style(verdict);
            let (word, detail) = (verdict_word(verdict), verdict_detail(verdict));
            write_heading(out, "Verdict", &format!("{target} {style}{word}{style:#}{detail}"))?;
            match verdict {
                Verdict::Paused { advice, .. } => {
                    advice.iter().try_for_each(|advice| write_detail(out, advice))
                }
                _ => Ok(()),
            }
        }
        Event::CheckFinished(check) => check::write(out, check),
        Event::RollbackPlanned(plan) => planned::write_rollback(out, plan),
        Event::ContinuePlanned(plan) => planned::write_continue(out, plan),
        Event::ServiceDescribed(service) => status::write(out, service, Time::now()),
        Event::TriggerDescribed(trigger) => status::write_trigger(out, trigger, Time::now()),
        Event::StatusUnavailable { reason, .. } => write_message(out, "error", BAD, reason),
        Event::ServicesCounted(_) | Event::ServiceRemoved { .. } => fleet::write(out, event),
        Event::Heartbeat { activity } => {
            put_line!(out, "  {FAINT}{:>8}{FAINT:#}  still {activity}", duration_text(elapsed))
        }
        Event::Warning { message } => write_message(out, "warning", CAUTION, message),
        Event::Error { message } => write_message(out, "error", BAD, message),
    }
}

/// Writes a digest, which fits a line of 80 columns with this indent.
fn write_digest(out: &mut impl Write, digest: &Digest) -> io::Result<()> {
    write_detail(out, digest.as_str())
}

/// Writes what ECS reported about a target.
pub(super) fn write_service_event(
    out: &mut impl Write,
    target: &TargetName,
    text: &str,
    elapsed: Duration,
) -> io::Result<()> {
    put_line!(out, "  {FAINT}{:>8}  {target}: {text}{FAINT:#}", duration_text(elapsed))
}

/// Writes the last problem that ECS reported about a target, for a verdict that nothing else explains.
pub(super) fn write_reported_problem(
    out: &mut impl Write,
    target: &TargetName,
    text: &str,
) -> io::Result<()> {
    for (number, line) in wrap_words(&format!("{target}: ECS reported last: {text}"), 70).iter().enumerate() {
        if number == 0 { write_heading(out, "Why", line)? } else { write_detail(out, line)? }
    }
    Ok(())
}

/// Writes a line of docker's output.
pub(super) fn write_docker_line(out: &mut impl Write, line: &str) -> io::Result<()> {
    put_line!(out, "  {}", without_styles(line))
}

/// A line of docker's output without the styles of a build's programs, and with blanks for tabs, so that what remains to
/// be escaped is not meant for a reader.
fn without_styles(line: &str) -> String {
    anstream::adapter::strip_str(line).to_string().replace('\t', "    ")
}

/// The counts of images and targets of a decision.
fn deployment_summary(deployment: &Deployment) -> String {
    let count = |count: usize, singular: &str, plural: &str| match count {
        0 => None,
        1 => Some(format!("1 {singular}")),
        count => Some(format!("{count} {plural}")),
    };
    let of_kind = |is_it: fn(&Destination) -> bool| {
        deployment.targets.iter().filter(|target| is_it(&target.destination)).count()
    };
    let targets = [
        count(of_kind(|it| matches!(it, Destination::Service(_))), "service", "services"),
        count(of_kind(|it| matches!(it, Destination::Family(_))), "family", "families"),
        count(of_kind(|it| matches!(it, Destination::Schedule(_))), "schedule", "schedules"),
        count(of_kind(|it| matches!(it, Destination::EventRule(_))), "event rule", "event rules"),
    ];
    let targets: Vec<String> = targets.into_iter().flatten().collect();
    let published = deployment.images.iter().filter(|image| image.publish_only).count();
    let deployed = count(deployment.images.len() - published, "image", "images");
    let deploys = (!targets.is_empty()).then(|| match deployed {
        Some(images) => format!("deploy {images} to {}", targets.join(" and ")),
        None => format!("change {}", targets.join(" and ")),
    });
    let publishes = count(published, "image", "images").map(|images| format!("publish {images}"));
    [deploys, publishes].into_iter().flatten().collect::<Vec<_>>().join(", and ")
}

/// The style of a verdict's word.
pub(super) fn verdict_style(verdict: &Verdict) -> Style {
    match tone(verdict) {
        Tone::Good => GOOD,
        Tone::Caution => CAUTION,
        Tone::Bad => BAD,
    }
}

pub(super) fn duration_text(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        0 => format!("{} ms", elapsed.as_millis()),
        1..10 => format!("{:.1} s", elapsed.as_secs_f64()),
        10..60 => format!("{} s", elapsed.as_secs()),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}
