//! `ecs-host continue`: continues a paused rollout, or rolls it back.

use model::event::EventSink as _;
use std::cell::Cell;

use super::one_service::OneService;
use super::{Context, Error, block_on, signals};
use crate::cli::ContinueArgs;
use aws::ecs::continuation::{ContinuedRollout, LatestRollout, RequestOutcome, Selection, Wanted};
use aws::ecs::next_steps::next_steps;
use aws::ecs::pauses::PauseRecorder;
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
        let OneService { name: service, target, ecs, .. } =
            OneService::connect(&args.service, &args.place, context).await?;
        let report = &PauseRecorder::new(report);
        let (is_requested, task_definition) = (Cell::new(false), Cell::new(String::new()));
        let hook = args.hook.as_deref();
        let wanted = Wanted { service, action, hook, commit: args.commit.as_deref() };
        let work = async {
            let latest = LatestRollout::read(&ecs, service, args.poll).await?;
            let (open, pause) = match latest.select(&ecs, wanted).await? {
                Selection::Request(open, pause) => (open, Some(pause)),
                Selection::Watch(open, message) => {
                    report.emit(&Event::Warning { message });
                    (open, None)
                }
                Selection::Done { message, task_definition } => {
                    report.emit(&Event::Warning { message });
                    let (verdict, target) = (Verdict::Unchanged, target.clone());
                    report.emit(&Event::VerdictReached {
                        target,
                        verdict,
                        task_definition,
                        next: Vec::new(),
                    });
                    return Ok(Exit::Success);
                }
            };
            task_definition.set(open.rollout.task_definition.clone());
            if let Some(pause) = &pause {
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
            is_requested.set(true);
            if let Some(pause) = pause
                && open.request(&ecs, &pause, action, report).await? == RequestOutcome::ByAnother
            {
                let done = match action {
                    HookAction::Continue => "continued",
                    HookAction::RollBack => "rolled back",
                };
                let message = format!("another request has {done} the rollout of {service} at this pause");
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
            let next = next_steps(&ecs, service, &verdict, true);
            report.emit(&Event::VerdictReached { target: target.clone(), verdict, task_definition, next });
            Ok::<_, Error>(exit)
        };
        let exit = tokio::select! {
            biased;
            signal = signals::first() => signal?,
            exit = work => return exit,
        };
        let ongoing = match (is_requested.get(), report.describe(&target, "the rollout")) {
            (false, _) => "nothing was changed".to_owned(),
            (true, Some(paused)) => paused,
            (true, None) => format!(
                "the rollout is still in progress in ECS; `{}` shows it",
                ecs.command("status", service)
            ),
        };
        let verdict = Verdict::Interrupted { ongoing };
        let (task_definition, next) = (task_definition.take(), Vec::new());
        report.emit(&Event::VerdictReached { target: target.clone(), verdict, task_definition, next });
        Ok(exit)
    })
}
