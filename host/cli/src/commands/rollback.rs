//! `ecs-host rollback`: rolls a service back to the revision that ran before.

use model::event::EventSink as _;
use std::cell::OnceCell;

use super::guards::Guards;
use super::one_service::OneService;
use super::review::{check_denials, review_rollback};
use super::{Context, Error, block_on, signals};
use crate::cli::RollbackArgs;
use aws::ecs::next_steps::next_steps;
use aws::ecs::pauses::PauseRecorder;
use aws::ecs::rollback::{Rollback, RollbackPlan};
use model::event::{Event, RollbackPlanned};
use model::exit::Exit;
use model::verdict::Verdict;

/// Rolls a service back, or reports what a rollback would do.
pub(super) fn rollback(args: &RollbackArgs, is_dry_run: bool, context: &Context<'_>) -> Result<Exit, Error> {
    let report = context.report;
    let guards = Guards::load(&args.compiler, context)?.of_rollbacks();
    block_on(async {
        let one = OneService::connect(&args.service, &args.place, context).await?;
        let OneService { name: service, target, ecs, .. } = &one;
        let report = &PauseRecorder::new(report);
        let rollback = Rollback::new(ecs, target, args.poll, args.timeout, report);
        let plan = OnceCell::new();
        let roll_back = async {
            let found = RollbackPlan::for_service(ecs, service, args.to.as_ref()).await?;
            let plan = plan.get_or_init(|| found);
            let reviews = review_rollback(&guards, plan, (&one, ecs), args, context).await?;
            let denial = check_denials(&reviews);
            report.emit(&Event::RollbackPlanned(RollbackPlanned {
                target: target.clone(),
                from: plan.from().to_owned(),
                to: plan.to.clone(),
                build: plan.build.clone(),
                method: plan.method.name(),
                rolled_back_from: plan.went_back_from.clone(),
                reviews,
                dry_run: is_dry_run,
            }));
            if is_dry_run {
                return Ok(Exit::Success);
            }
            denial?;
            let outcome = rollback.execute(plan).await;
            let (verdict, task_definition) = (outcome.verdict, outcome.task_definition);
            let next = next_steps(ecs, service, &verdict, false);
            report.emit(&Event::VerdictReached { target: target.clone(), verdict, task_definition, next });
            Ok::<_, Error>(outcome.exit)
        };
        let exit = tokio::select! {
            biased;
            signal = signals::first() => signal?,
            exit = roll_back => return exit,
        };
        let paused = report.describe(target, "the rollback");
        let verdict = Verdict::Interrupted { ongoing: paused.unwrap_or_else(|| rollback.left()) };
        let task_definition = plan.get().map(|plan| plan.to.clone()).unwrap_or_default();
        let next = Vec::new();
        report.emit(&Event::VerdictReached { target: target.clone(), verdict, task_definition, next });
        Ok(exit)
    })
}
