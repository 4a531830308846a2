//! The text of what `rollback` and `continue` are going to do.

use std::io::{self, Write};

use super::layout::{BAD, FAINT, put_line, write_detail, write_heading};
use super::plan::write_reviews;
use super::status;
use super::wrap::wrap_words;
use model::event::{ContinuePlanned, RollbackPlanned};
use model::lifecycle::HookAction;
use model::names::short_revision;
use model::rollback::RollbackMethod;

pub(super) fn write_rollback(out: &mut impl Write, plan: &RollbackPlanned) -> io::Result<()> {
    let RollbackPlanned { target, from, to, build, method, rolled_back_from, reviews, dry_run } = plan;
    let (from, to) = (short_revision(from), short_revision(to));
    let left = rolled_back_from.as_deref().map(short_revision);
    let note = |text: &str| left.map(|left| format!("; {text} from {left}")).unwrap_or_default();
    match method {
        RollbackMethod::Settled => {
            write_heading(
                out,
                "Rollback",
                &format!("{target}: {to} already runs{}", note("it rolled back")),
            )?;
        }
        RollbackMethod::InProgress => {
            write_heading(
                out,
                "Rollback",
                &format!("{target}: {to} is already rolling out{}", note("it is rolling back")),
            )?;
        }
        RollbackMethod::Update if left.is_some() => {
            write_heading(out, "Rollback", &format!("{target}: {to} again{}", note("it did not roll back")))?;
        }
        RollbackMethod::Stop => {
            write_heading(
                out,
                "Rollback",
                &format!("{target} from {from}, which is still rolling out, to {to}"),
            )?;
        }
        RollbackMethod::Update => write_heading(out, "Rollback", &format!("{target} from {from} to {to}"))?,
    }
    for line in wrap_words(&format!("{to}: {}", status::build_text(build.as_ref())), 70) {
        write_detail(out, &line)?;
    }
    if left.is_some() {
        write_detail(out, "`--to REVISION` selects another revision")?;
    }
    write_reviews(out, reviews)?;
    if *dry_run && reviews.iter().any(|review| review.denials().next().is_some()) {
        put_line!(out, "{BAD}denied{BAD:#}: the rollback ends with exit code 3 and changes nothing")?;
    }
    write_end(out, *dry_run)
}

pub(super) fn write_continue(out: &mut impl Write, plan: &ContinuePlanned) -> io::Result<()> {
    let ContinuePlanned { target, task_definition, hook, action, dry_run } = plan;
    let revision = short_revision(task_definition);
    match action {
        HookAction::Continue => {
            write_heading(out, "Continue", &format!("{target} with {revision}, {hook}"))?;
            write_detail(out, "tasks after the rollout run in `ecs-host run` only, if it is run again")?;
        }
        HookAction::RollBack => {
            write_heading(out, "Rollback", &format!("{target} back from {revision}, {hook}"))?;
        }
    }
    write_end(out, *dry_run)
}

fn write_end(out: &mut impl Write, dry_run: bool) -> io::Result<()> {
    if dry_run { put_line!(out, "{FAINT}this is a plan: nothing was changed{FAINT:#}") } else { Ok(()) }
}
