//! Events as text for people: a heading in a column of its own, then what it
//! says. Made to be read in 80 columns and in a CI log.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::event_text::{diagnosis_lines, exit_summary, reply_text, task_text, verdict_detail, verdict_word};
use super::plan::write_plan;
use super::{check, status};
use model::decision::Destination;
use model::decision::{Decision, Deployment};
use model::event::Event;
use model::lookup::LookupResult;
use model::names::{Tag, short_revision};
use model::rollback::RollbackMethod;
use model::text::printable;
use model::time::Time;
use model::verdict::Verdict;

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAUTION: Style = AnsiColor::Yellow.on_default().bold();

/// Writes an event.
pub(crate) fn write(out: &mut impl Write, event: &Event, elapsed: Duration) -> io::Result<()> {
    match event {
        Event::RunStarted { .. } => Ok(()),
        Event::BuildDetected { build } => {
            let number = build.number.map(|number| format!(" #{number}")).unwrap_or_default();
            let name = build.repository.as_deref().map(printable);
            let repository = name.map(|name| format!("{name}{number}, "));
            let branch = printable(&build.branch);
            head(out, "Build", &format!("{branch} at {}", build.short_commit()))?;
            more(out, &format!("{}told by {}", repository.unwrap_or_default(), teller(build.provider)))
        }
        Event::PolicyLoaded { name, version, source, .. } => {
            head(out, "Policy", &format!("{name} {version}, {source}"))
        }
        Event::SettingWithheld { policy, name } => writeln!(
            out,
            "{CAUTION}warning:{CAUTION:#} {name} looks like a secret and was kept from policy `{policy}`; \
             --allow-secret {name} gives it"
        ),
        Event::PolicyLookup { lookup, .. } => {
            head(out, "Lookup", &lookup.query.to_string())?;
            match &lookup.result {
                LookupResult::Reply(reply) => more(out, &printable(&reply_text(reply))),
                LookupResult::Error(sentence) => more(out, &printable(sentence)),
            }
        }
        Event::PolicyOutput { policy, line } => writeln!(out, "{FAINT}[{policy}]{FAINT:#} {line}"),
        Event::DecisionMade(Decision::Skip { reason }) => head(out, "Decision", &format!("skip: {reason}")),
        Event::DecisionMade(Decision::Deploy(deployment)) => head(out, "Decision", &summary(deployment)),
        Event::PlanCreated { plan, commands, dry_run } => write_plan(out, plan, commands, *dry_run),
        Event::DockerStarted { command } => head(out, "Docker", &format!("{FAINT}${FAINT:#} {command}")),
        Event::DockerOutput { line } => writeln!(out, "  {line}"),
        Event::ImagePushed { image, digest, tags } => {
            head(out, "Pushed", &format!("{image} as {}", listed(tags)))?;
            more(out, digest.as_str())
        }
        Event::ImageTagged { image, digest, tags } => {
            head(out, "Tagged", &format!("{image} as {}", listed(tags)))?;
            more(out, digest.as_str())
        }
        Event::WaveStarted { wave, targets } => {
            let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
            head(out, "Wave", &format!("{wave}: {}", targets.join(", ")))
        }
        Event::RevisionRegistered { task_definition, .. } => {
            head(out, "Revision", short_revision(task_definition))
        }
        Event::OneOffTaskChanged { target, name, change } => {
            let change = task_text(change);
            writeln!(out, "  {FAINT}{:>8}{FAINT:#}  {target}: `{name}` {change}", seconds(elapsed))
        }
        Event::ServiceUpdated { target, task_definition, .. } => {
            head(out, "Rollout", &format!("{target} to {}", short_revision(task_definition)))
        }
        Event::RolloutProgressed { target, progress } => {
            let failed =
                if progress.failed > 0 { format!(", {} failed", progress.failed) } else { String::new() };
            let text = match progress.state.as_str() {
                // The counts are of the revision that it leaves, and say nothing of the way back.
                state @ "ROLLBACK_SUCCESSFUL" => format!("{target}: ECS went back ({state})"),
                state @ "ROLLBACK_FAILED" => format!("{target}: ECS failed to go back ({state})"),
                state if progress.is_rollback() => format!("{target}: ECS goes back ({state})"),
                state => format!(
                    "{target}: {} of {} running, {} pending{failed} ({state})",
                    progress.running, progress.desired, progress.pending
                ),
            };
            writeln!(out, "  {FAINT}{:>8}{FAINT:#}  {text}", seconds(elapsed))
        }
        Event::ServiceEvent { target, message } => {
            let message = without_tasks(&printable(message));
            writeln!(out, "  {FAINT}{:>8}  {target}: {message}{FAINT:#}", seconds(elapsed))
        }
        Event::FailureDiagnosed { target, diagnosis } => {
            for (number, line) in diagnosis_lines(diagnosis).iter().enumerate() {
                let line = printable(line);
                if number == 0 { head(out, "Why", &format!("{target}: {line}"))? } else { more(out, &line)? }
            }
            Ok(())
        }
        Event::RollbackStarted { target, detail } => head(out, "Rollback", &format!("{target}: {detail}")),
        Event::RevisionsDeregistered { task_definitions } => {
            let names: Vec<&str> = task_definitions.iter().map(|arn| short_revision(arn)).collect();
            head(out, "Removed", &format!("old revisions {}", names.join(", ")))
        }
        Event::VerdictReached { target, verdict, .. } => {
            let style = match verdict {
                verdict if verdict.is_success() => GOOD,
                Verdict::Superseded { .. }
                | Verdict::TimedOut { .. }
                | Verdict::Interrupted { .. }
                | Verdict::NotStarted { .. } => CAUTION,
                _ => BAD,
            };
            let (word, detail) = (verdict_word(verdict), verdict_detail(verdict));
            head(out, "Verdict", &format!("{target} {style}{word}{style:#}{detail}"))
        }
        Event::CheckFinished(found) => check::write(out, found),
        Event::RollbackPlanned { target, from, to, build, method, rolled_back_from, dry_run } => {
            let (from, to) = (short_revision(from), short_revision(to));
            let left = rolled_back_from.as_deref().map(short_revision);
            let back = |how: &str| left.map(|left| format!("; {how} back from {left}")).unwrap_or_default();
            match method {
                RollbackMethod::Settled => {
                    head(out, "Rollback", &format!("{target}: {to} runs already{}", back("it went")))?;
                }
                RollbackMethod::UnderWay => {
                    head(out, "Rollback", &format!("{target}: {to} rolls out already{}", back("it goes")))?;
                }
                RollbackMethod::Update if left.is_some() => {
                    head(out, "Rollback", &format!("{target}: {to} again{}", back("it did not get")))?;
                }
                RollbackMethod::Stop => {
                    head(out, "Rollback", &format!("{target} from {from}, which still rolls out, to {to}"))?;
                }
                RollbackMethod::Update => head(out, "Rollback", &format!("{target} from {from} to {to}"))?,
            }
            for line in wrapped(&format!("{to}: {}", status::origin(build.as_ref())), 70) {
                more(out, &line)?;
            }
            if left.is_some() {
                more(out, "`--to REVISION` goes elsewhere")?;
            }
            if *dry_run {
                writeln!(out, "{FAINT}this is a plan: nothing was changed{FAINT:#}")
            } else {
                Ok(())
            }
        }
        Event::ServiceDescribed(service) => status::write(out, service, Time::now()),
        Event::StatusUnavailable { reason, .. } => writeln!(out, "{BAD}error:{BAD:#} {reason}"),
        Event::Heartbeat { activity: doing } => {
            writeln!(out, "  {FAINT}{:>8}{FAINT:#}  still {doing}", seconds(elapsed))
        }
        Event::Warning { message } => writeln!(out, "{CAUTION}warning:{CAUTION:#} {message}"),
        Event::Error { message } => writeln!(out, "{BAD}error:{BAD:#} {message}"),
        Event::RunFinished { exit } => {
            let (time, summary) = (seconds(elapsed), exit_summary(*exit));
            match exit.code() {
                0 => writeln!(out, "{FAINT}{summary} in {time}{FAINT:#}"),
                code => writeln!(out, "{FAINT}exit code {code} ({summary}) after {time}{FAINT:#}"),
            }
        }
    }
}

/// What is deployed to what, in numbers.
fn summary(deployment: &Deployment) -> String {
    let count = |count: usize, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    };
    let is_family = |destination: &Destination| matches!(destination, Destination::Family(_));
    let families = deployment.targets.iter().filter(|target| is_family(&target.destination)).count();
    let services = count(deployment.targets.len() - families, "service", "services");
    let targets: Vec<String> =
        [services, count(families, "family", "families")].into_iter().flatten().collect();
    let images = count(deployment.images.len(), "image", "images").unwrap_or_default();
    format!("deploy {images} to {}", targets.join(" and "))
}

/// A service's event without the ids of its tasks, which fill lines and help
/// nobody who reads them, and without the service's name, which stands before it.
fn without_tasks(message: &str) -> String {
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

pub(super) fn head(out: &mut impl Write, heading: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{HEADING}{heading:<10}{HEADING:#}{text}")
}

pub(super) fn more(out: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(out, "          {text}")
}

/// A text in lines of at most this many characters, where its words allow it.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
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

pub(super) fn listed(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::without_tasks;

    #[test]
    fn an_event_is_told_without_the_ids_of_its_tasks() {
        for (said, told) in [
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
            assert_eq!(without_tasks(said), told);
        }
    }
}
