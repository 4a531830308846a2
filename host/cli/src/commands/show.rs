//! `ecs-host show`: a saved plan for people.

use super::{Context, Error, saved_plan};
use crate::cli::ShowArgs;
use model::event::{Event, EventSink as _};
use model::exit::Exit;

/// Prints a saved plan.
pub(super) fn show(args: &ShowArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let plan = saved_plan::read(&args.plan.file, args.plan.plan_digest.as_ref(), context.report)?.plan;
    context.report.emit(&Event::PlanCreated { plan, commands: Vec::new(), dry_run: true });
    Ok(Exit::Success)
}
