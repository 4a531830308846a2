//! `ecs-host continue`: continues a paused rollout, or rolls it back.

use model::event::EventSink as _;
use std::cell::Cell;

use super::one_service::OneService;
use super::{Context, Error, block_on, signals};
use crate::cli::ContinueArgs;
use aws::ecs::continuation::{ContinueError, ContinuedRollout, LatestRollout};
use model::event::{ContinuePlanned, Event};
use model::exit::Exit;
use model::lifecycle::HookAction;
use model::verdict::Verdict;

/// Continues the rollout of a service and watches it, or reports its pause.
pub(super) fn continue_rollout(
    args: &ContinueArgs,
    is_dry_run: bool,
    context: &Context<'_>,
) -> Result<Exit, Error> {
    let report = context.report;
    let action = if args.roll_back { HookAction::RollBack } else { HookAction::Continue };
    block_on(async {
        let OneService { name: service, target, ecs } =
            OneService::connect(&args.service, &args.place, context).await?;
        let (is_requested, task_definition) = (Cell::new(false), Cell::new(String::new()));
        let work = async {
            let open = match LatestRollout::read(&ecs, service).await? {
                LatestRollout::Open(open) => open,
                LatestRollout::Complete { task_definition } => {
                    if args.roll_back || args.hook.is_some() {
                        return Err(ContinueError::no_rollout(service, Some("SUCCESSFUL")).into());
                    }
                    // An earlier run, or another person, has continued it.
                    let message =
                        format!("no rollout of {service} is in progress, and the latest one is complete");
                    report.emit(&Event::Warning { message });
                    let (verdict, target) = (Verdict::Unchanged, target.clone());
                    report.emit(&Event::VerdictReached { target, verdict, task_definition });
                    return Ok(Exit::Success);
                }
            };
            task_definition.set(open.rollout.task_definition.clone());
            let pause = open.select_pause(args.hook.as_deref(), action)?;
            if let Some(pause) = pause {
                report.emit(&Event::ContinuePlanned(ContinuePlanned {
                    target: target.clone(),
                    task_definition: open.rollout.task_definition.clone(),
                    hook: pause.clone(),
                    action,
                    dry_run: is_dry_run,
                }));
            }
            if is_dry_run {
                return Ok(Exit::Success);
            }
            if let Some(pause) = pause {
                is_requested.set(true);
                open.request(&ecs, pause, action, report).await?;
            } else {
                let message = format!("the rollout of {service} is not paused; watching it");
                report.emit(&Event::Warning { message });
            }
            let rollout = ContinuedRollout {
                ecs: &ecs,
                target: &target,
                poll: args.poll,
                timeout: args.timeout,
                until: args.wait_until,
                action,
                events: report,
            };
            let verdict = if args.no_wait { Verdict::Started } else { rollout.watch(&open).await };
            let exit = verdict.exit();
            let task_definition = open.rollout.task_definition.clone();
            report.emit(&Event::VerdictReached { target: target.clone(), verdict, task_definition });
            Ok::<_, Error>(exit)
        };
        let exit = tokio::select! {
            biased;
            signal = signals::first() => signal?,
            exit = work => return exit,
        };
        let ongoing = match is_requested.get() {
            true => "the rollout is still in progress in ECS; `ecs-host status` shows it",
            false => "nothing was changed",
        };
        let verdict = Verdict::Interrupted { ongoing: ongoing.to_owned() };
        let task_definition = task_definition.take();
        report.emit(&Event::VerdictReached { target: target.clone(), verdict, task_definition });
        Ok(exit)
    })
}
