//! What a service runs, as values and as text for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use model::status::*;

use super::terminal::{head, wrapped};
use model::names::short_revision;
use model::plan::Stamp;
use model::progress::Progress;
use model::text::printable;
use model::time::Time;

const CAUTION: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();

/// How much of a digest people compare.
const DIGITS: usize = 12;

pub(super) fn write(out: &mut impl Write, status: &ServiceStatus, now: Time) -> io::Result<()> {
    let ServiceStatus { service, runs, .. } = status;
    // While a rollout goes on, the service's own numbers are of both revisions.
    let own = runs.as_ref().and_then(|runs| runs.tasks);
    let TaskCounts { running, desired } =
        own.unwrap_or(TaskCounts { running: status.running, desired: status.desired });
    let runs_what = runs.as_ref().map(|runs| format!(" runs {}", short_revision(&runs.task_definition)));
    let runs_what = runs_what.unwrap_or_default();
    match status.status.as_str() {
        "ACTIVE" => head(out, "Service", &format!("{service}{runs_what}, {running} of {desired} tasks"))?,
        other => {
            head(out, "Service", &format!("{service} is {BAD}{other}{BAD:#},{runs_what} {running} tasks"))?
        }
    }
    if let Some(runs) = runs {
        write_deployed(out, runs, now)?;
    }
    if let Some(rollout) = &status.rollout {
        write_rollout(out, rollout, now)?;
    }
    match &status.ended {
        Some(ended) => more(out, CAUTION, &told(ended, now)),
        None => Ok(()),
    }
}

fn write_deployed(out: &mut impl Write, runs: &DeployedRevision, now: Time) -> io::Result<()> {
    if let Some(since) = runs.since {
        let back = if runs.rolled_back { ", when it went back to it" } else { "" };
        more(out, Style::new(), &format!("since {} ({}){back}", since.to_utc_text(), since.age(now)))?;
    }
    if let Some(error) = &runs.read_error {
        return more(out, CAUTION, error);
    }
    more(out, Style::new(), &origin(runs.build.as_ref()))?;
    for ContainerImage { name, image } in &runs.containers {
        more(out, Style::new(), &format!("{name}: {}", shortened(image)))?;
    }
    Ok(())
}

fn write_rollout(out: &mut impl Write, rollout: &RolloutStatus, now: Time) -> io::Result<()> {
    let RolloutStatus { revision, progress, .. } = rollout;
    let what = short_revision(&revision.task_definition);
    let since = revision.since.map(|since| format!(" for {}", since.age(now))).unwrap_or_default();
    let Progress { running, desired, pending, failed, state } = progress;
    let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
    let counts = format!("{running} of {desired} running, {pending} pending{failed} ({state})");
    if rollout.has_failed {
        more(out, BAD, &format!("the rollout of {what} failed: {counts}"))?;
    } else {
        more(out, CAUTION, &format!("rolling out {what}{since}: {counts}"))?;
    }
    if revision.build.is_some() {
        more(out, Style::new(), &format!("{what}: {}", origin(revision.build.as_ref())))?;
    }
    match &rollout.reason {
        Some(reason) => more(out, Style::new(), &printable(reason)),
        None => Ok(()),
    }
}

fn told(ended: &EndedRollout, now: Time) -> String {
    let what = ended.task_definition.as_deref().map(short_revision);
    let what = what.map_or_else(|| "its latest rollout".to_owned(), |what| format!("the rollout of {what}"));
    let outcome = match ended.outcome.as_str() {
        "ROLLBACK_SUCCESSFUL" => "was rolled back",
        "ROLLBACK_FAILED" => "failed, and so did its rollback",
        "STOPPED" => "was stopped",
        other => other,
    };
    let at = ended.ended_at.map(|at| format!(" {} ago", at.age(now))).unwrap_or_default();
    let reason = ended.reason.as_deref().map(|reason| format!(": {}", printable(reason)));
    format!("{what} {outcome}{at}{}", reason.unwrap_or_default())
}

/// Which build something came from, for people.
pub(super) fn origin(build: Option<&Stamp>) -> String {
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

/// An image without its registry's host, and with the first digits of its digest.
fn shortened(image: &str) -> String {
    let path = match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) => path,
        _ => image,
    };
    let path = printable(path);
    match path.split_once("@sha256:") {
        Some((name, digest)) => {
            format!("{name}@sha256:{}", digest.chars().take(DIGITS).collect::<String>())
        }
        None => path,
    }
}

fn more(out: &mut impl Write, style: Style, text: &str) -> io::Result<()> {
    for line in wrapped(text, 70) {
        writeln!(out, "          {style}{line}{style:#}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_shortened_to_what_tells_it_from_others() {
        let digest =
            format!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web@sha256:{}", "a1".repeat(32));
        assert_eq!(shortened(&digest), "team/web@sha256:a1a1a1a1a1a1");
        for (image, short) in
            [("localhost:5000/web:1", "web:1"), ("library/redis:7", "library/redis:7"), ("redis", "redis")]
        {
            assert_eq!(shortened(image), short);
        }
    }
}
