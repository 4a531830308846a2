//! The text of a service's status.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use model::status::*;

use super::layout::{put_line, write_heading};
use super::wrap::wrap_words;
use model::names::short_revision;
use model::plan::Stamp;
use model::progress::Progress;
use model::text::printable;
use model::time::Time;

const CAUTION: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// The number of digits of a shortened digest.
const DIGEST_DIGITS: usize = 12;

/// The number of changed paths that a drift lists.
const MAX_PATHS: usize = 5;

pub(super) fn write(out: &mut impl Write, status: &ServiceStatus, now: Time) -> io::Result<()> {
    let ServiceStatus { service, runs, .. } = status;
    // During a rollout the counts of the service include both revisions.
    let own = runs.as_ref().and_then(|runs| runs.tasks);
    let TaskCounts { running, desired } =
        own.unwrap_or(TaskCounts { running: status.running, desired: status.desired });
    let runs_what = runs.as_ref().map(|runs| format!(" runs {}", short_revision(&runs.task_definition)));
    let runs_what = runs_what.unwrap_or_default();
    match status.status.as_str() {
        "ACTIVE" => {
            write_heading(out, "Service", &format!("{service}{runs_what}, {running} of {desired} tasks"))?
        }
        other => write_heading(
            out,
            "Service",
            &format!("{service} is {BAD}{other}{BAD:#},{runs_what} {running} tasks"),
        )?,
    }
    if let Some(runs) = runs {
        write_deployed(out, runs, now)?;
    }
    if let Some(rollout) = &status.rollout {
        write_rollout(out, rollout, now)?;
    }
    if let Some(drift) = &status.drift {
        write_wrapped_detail(out, CAUTION, &drift_text(drift))?;
    }
    match &status.ended {
        Some(ended) => write_wrapped_detail(out, CAUTION, &outcome_text(ended, now)),
        None => Ok(()),
    }
}

pub(super) fn write_trigger(out: &mut impl Write, status: &TriggerStatus, now: Time) -> io::Result<()> {
    let TriggerStatus { trigger, start, starts, problem } = status;
    let revision =
        starts.as_ref().map(|starts| format!(" starts {}", short_revision(&starts.task_definition)));
    write_heading(out, "Trigger", &format!("{trigger}{}", revision.unwrap_or_default()))?;
    match start.is_enabled {
        true => write_wrapped_detail(out, Style::new(), &format!("started by {start}"))?,
        false => write_wrapped_detail(out, CAUTION, &format!("disabled; once enabled, started by {start}"))?,
    }
    if let Some(problem) = problem {
        write_wrapped_detail(out, CAUTION, problem)?;
    }
    starts.as_ref().map_or(Ok(()), |starts| write_deployed(out, starts, now))
}

fn write_deployed(out: &mut impl Write, runs: &DeployedRevision, now: Time) -> io::Result<()> {
    if let Some(since) = runs.since {
        let back = if runs.rolled_back { ", after a rollback" } else { "" };
        write_wrapped_detail(
            out,
            Style::new(),
            &format!("since {} ({}){back}", since.to_utc_text(), since.age(now)),
        )?;
    }
    if let Some(error) = &runs.read_error {
        return write_wrapped_detail(out, CAUTION, error);
    }
    write_wrapped_detail(out, Style::new(), &build_text(runs.build.as_ref()))?;
    for ContainerImage { name, image } in &runs.containers {
        write_wrapped_detail(out, Style::new(), &format!("{name}: {}", shorten_image(image)))?;
    }
    Ok(())
}

fn write_rollout(out: &mut impl Write, rollout: &RolloutStatus, now: Time) -> io::Result<()> {
    let RolloutStatus { revision, progress, .. } = rollout;
    let name = short_revision(&revision.task_definition);
    let since = revision.since.map(|since| format!(" for {}", since.age(now))).unwrap_or_default();
    let Progress { running, desired, pending, failed, state, hooks } = progress;
    let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
    let counts = format!("{running} of {desired} running, {pending} pending{failed} ({state})");
    if rollout.has_failed {
        write_wrapped_detail(out, BAD, &format!("the rollout of {name} failed: {counts}"))?;
    } else {
        write_wrapped_detail(out, CAUTION, &format!("rolling out {name}{since}: {counts}"))?;
    }
    for hook in hooks {
        let is_only = progress.pauses().count() < 2;
        let id = if is_only { String::new() } else { format!(" ({})", printable(&hook.id)) };
        write_wrapped_detail(out, CAUTION, &format!("{hook}{id}"))?;
    }
    if revision.build.is_some() {
        write_wrapped_detail(out, Style::new(), &format!("{name}: {}", build_text(revision.build.as_ref())))?;
    }
    match &rollout.reason {
        Some(reason) => write_wrapped_detail(out, Style::new(), &printable(reason)),
        None => Ok(()),
    }
}

fn outcome_text(ended: &EndedRollout, now: Time) -> String {
    let subject = ended.task_definition.as_deref().map(short_revision);
    let subject = subject
        .map_or_else(|| "its latest rollout".to_owned(), |subject| format!("the rollout of {subject}"));
    let outcome = match ended.outcome.as_str() {
        "ROLLBACK_SUCCESSFUL" => "was rolled back",
        "ROLLBACK_FAILED" => "failed, and its rollback failed",
        "STOPPED" => "was stopped",
        other => other,
    };
    let at = ended.ended_at.map(|at| format!(" {} ago", at.age(now))).unwrap_or_default();
    let reason = ended.reason.as_deref().map(|reason| format!(": {}", printable(reason)));
    format!("{subject} {outcome}{at}{}", reason.unwrap_or_default())
}

/// What somebody else has deployed.
fn drift_text(drift: &Drift) -> String {
    let [revision, stamped] = [&drift.task_definition, &drift.stamped].map(|arn| short_revision(arn));
    let by = drift.registered_by.as_deref().map(|by| format!(", registered by {}", printable(by)));
    let by = by.unwrap_or_default();
    let found = match drift.kind {
        DriftKind::Unstamped => format!("not from ecs-host, which registered {stamped} before it"),
        DriftKind::Copied => format!("a copy of {stamped}, with its stamp"),
    };
    let mut paths: Vec<String> = drift.changes.iter().take(MAX_PATHS).map(|path| printable(path)).collect();
    if let Some(more @ 1..) = drift.changes.len().checked_sub(MAX_PATHS) {
        paths.push(format!("{more} more"));
    }
    let changes = if paths.is_empty() { "nothing but the stamp".to_owned() } else { paths.join(", ") };
    format!("drift: {revision} is {found}{by}; it changes {changes}")
}

/// The build that deployed a revision.
pub(super) fn build_text(build: Option<&Stamp>) -> String {
    let Some(stamp) = build else { return "not deployed by ecs-host".to_owned() };
    let number = stamp.number.map(|number| format!("build {number}"));
    let of = match (number, &stamp.repository) {
        (Some(number), Some(repository)) => Some(format!("{number} of {repository}")),
        (Some(number), None) => Some(number),
        (None, repository) => repository.clone(),
    };
    let policy = stamp.policy.split('@').next().filter(|name| !name.is_empty());
    let policy = policy.map(|name| format!("policy {name}"));
    let parts = [Some(format!("commit {}", stamp.short_commit())), of, policy];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// An image reference without its registry's host, and with the first digits of its digest.
fn shorten_image(image: &str) -> String {
    let path = match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) => path,
        _ => image,
    };
    let path = printable(path);
    match path.split_once("@sha256:") {
        Some((name, digest)) => {
            format!("{name}@sha256:{}", digest.chars().take(DIGEST_DIGITS).collect::<String>())
        }
        None => path,
    }
}

fn write_wrapped_detail(out: &mut impl Write, style: Style, text: &str) -> io::Result<()> {
    for line in wrap_words(text, 70) {
        put_line!(out, "          {style}{line}{style:#}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_an_image_reference() {
        let digest =
            format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web@sha256:{}", "a1".repeat(32));
        assert_eq!(shorten_image(&digest), "team/web@sha256:a1a1a1a1a1a1");
        for (image, short) in
            [("localhost:5000/web:1", "web:1"), ("library/redis:7", "library/redis:7"), ("redis", "redis")]
        {
            assert_eq!(shorten_image(image), short);
        }
    }
}
