//! `ecs-host rollback`: a service gets back what ran before.

use model::event::EventSink as _;
use std::cell::OnceCell;

use super::run_to_end;
use super::signals;
use crate::cli::RollbackArgs;
use crate::output::Report;
use aws::Aws;
use aws::ecs::rollback::{Rollback, RollbackPlan};
use model::Environment;
use model::decision::Destination;
use model::event::Event;
use model::exit::Exit;
use model::plan::TargetName;
use model::verdict::Verdict;

/// Takes a service back.
pub(super) fn rollback(
    args: &RollbackArgs,
    dry: bool,
    environment: &Environment,
    report: &Report,
) -> anyhow::Result<Exit> {
    run_to_end(async {
        let service = &args.service.subject;
        let region = super::region(args.place.region.as_ref(), args.service.region.iter())?;
        let aws = Aws::connect(environment, region).await?;
        let place = args.place.of(&aws);
        let ecs = aws::ecs::Ecs::connect(&aws, &place).await;
        let target = TargetName::new(&Destination::Service(service.clone()), &place, &aws.region);
        let rollback = Rollback::new(&ecs, &target, args.poll, args.timeout, report);
        let planned = OnceCell::<RollbackPlan>::new();
        let roll_back = async {
            let plan = RollbackPlan::for_service(&ecs, service, args.to.as_ref()).await?;
            let plan = planned.get_or_init(|| plan);
            report.emit(&Event::RollbackPlanned {
                target: target.clone(),
                from: plan.from().to_owned(),
                to: plan.to.clone(),
                build: plan.build.clone(),
                way: plan.method.name(),
                went_back_from: plan.went_back_from.clone(),
                dry,
            });
            if dry {
                return Ok(Exit::Success);
            }
            let outcome = rollback.execute(plan).await;
            let (verdict, task_definition) = (outcome.verdict, outcome.task_definition);
            report.emit(&Event::VerdictReached { target: target.clone(), verdict, task_definition });
            anyhow::Ok(outcome.exit)
        };
        let exit = tokio::select! {
            biased;
            signal = signals::first() => signal?,
            exit = roll_back => return exit,
            never = report.break_silence() => match never {},
        };
        let verdict = Verdict::Interrupted { left: rollback.left() };
        let task_definition = planned.get().map(|plan| plan.to.clone()).unwrap_or_default();
        report.emit(&Event::VerdictReached { target: target.clone(), verdict, task_definition });
        Ok(exit)
    })
}
