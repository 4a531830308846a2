//! Rollbacks by a run: by which setting, and by which method.

use ecs_simulator::TaskBehaviour;
use serde_json::{Value, json};

use super::decision::to_web;
use super::row::{Row, row};
use super::scenario::*;

const STOP: &str = "ecs:StopServiceDeployment";
const UPDATE: &str = "ecs:UpdateService";

/// A rollout that exceeds its timeout, of the target `main/web` with these fields.
fn late(name: &str, fields: Value) -> Row {
    row(name).setup([deployed(TaskBehaviour::Hang)]).decision(to_web(fields)).flags(["--timeout", "0.7"])
}

/// The tasks of the second deployment behave like this.
fn after_the_first(does: TaskBehaviour) -> super::row::Setup {
    on(ecs_simulator::TaskFilter { deployment_number: Some(2), ..Default::default() }, does)
}

fn smoke() -> Value {
    let task = json!({"name": "smoke", "container": "web", "command": ["bin/smoke"]});
    json!({"tasks_after": [task]})
}

pub fn rows() -> Vec<Row> {
    vec![
        row("a smoke test with --no-wait")
            .decision(to_web(smoke()))
            .flags(["--no-wait"])
            .ends("started", 0)
            .prints(["--no-wait: main/web does not run its tasks after the update: smoke"])
            .counts("ecs:RunTask", 0),
        late("rolled back by flag", json!({}))
            .flags(["--on-failure", "roll-back"])
            .ends("rolled back", 1)
            .prints([
                "Rollback",
                "rolled back as requested",
                "was not complete after 0.7 s",
                "the service runs web:1",
            ])
            .runs("web:1")
            .counts(STOP, 1)
            .counts(UPDATE, 1),
        late("rolled back by policy", json!({"on_failure": "roll-back"}))
            .ends("rolled back", 1)
            .prints(["rolled back as requested", "the service runs web:1"])
            .runs("web:1")
            .counts(STOP, 1),
        late("left by policy, despite the flag", json!({"on_failure": "leave"}))
            .flags(["--on-failure", "roll-back"])
            .ends("timed out", 8)
            .runs("web:2")
            .counts(STOP, 0),
        late("rolled back by an update, where stopping is denied", json!({"on_failure": "roll-back"}))
            .setup([denied(STOP)])
            .ends("rolled back", 1)
            .prints(["allow the action `ecs:StopServiceDeployment`", "rolling back by an update instead"])
            .prints(["updating the service to web:1", "the service runs web:1"])
            .runs("web:1")
            .counts(UPDATE, 2),
        late("rolled back by an update, where service deployments are not offered", json!({}))
            .setup([without("ecs:*ServiceDeployment*")])
            .flags(["--on-failure", "roll-back"])
            .ends("rolled back", 1)
            .prints(["updating the service to web:1"])
            .runs("web:1")
            .counts(UPDATE, 2),
        late("both methods of a rollback are denied", json!({"on_failure": "roll-back"}))
            .setup([
                denied(STOP),
                fault(
                    UPDATE,
                    1,
                    1000,
                    error("AccessDeniedException", "User: u is not authorized to perform: ecs:UpdateService"),
                ),
            ])
            .ends("failed", 1)
            .prints(["it was not rolled back: ecs:UpdateService"])
            .runs("web:2"),
        row("a rollout that the circuit breaker left is rolled back")
            .setup([breaker_alone(), deployed(exit(1))])
            .flags(["--on-failure", "roll-back"])
            .ends("rolled back", 1)
            .prints([
                "web exited 1",
                "circuit breaker threshold was exceeded",
                "updating the service to web:1",
            ])
            .runs("web:1")
            .counts(UPDATE, 2),
        row("a rollout that ECS rolled back is not rolled back again")
            .setup([breaker(), deployed(exit(1))])
            .flags(["--on-failure", "roll-back"])
            .ends("rolled back", 1)
            .runs("web:1")
            .counts(UPDATE, 1)
            .counts(STOP, 0),
        row("a smoke test that succeeds")
            .decision(to_web(smoke()))
            .ends("deployed", 0)
            .prints(["`smoke` started", "`smoke` succeeded"])
            .runs("web:2")
            .counts("ecs:RunTask", 1),
        row("a smoke test that fails")
            .setup([logging(), one_off(logs_and_exits(&["got a 500"], 4))])
            .decision(to_web(smoke()))
            .ends("failed", 1)
            .overrides_ecs()
            .prints(["the rollout is complete, but the one-off task `smoke`", "web exited 4", "  got a 500"])
            .prints(["`smoke` failed (task"])
            .does_not_print(["web deployed"])
            .runs("web:2")
            .counts(UPDATE, 1),
        row("a smoke test that fails rolls the rollout back")
            .setup([one_off(exit(4))])
            .decision(to_web(smoke()))
            .flags(["--on-failure", "roll-back"])
            .ends("rolled back", 1)
            .prints([
                "the rollout is complete, but the one-off task `smoke`",
                "updating the service to web:1",
            ])
            .runs("web:1")
            .counts(UPDATE, 2),
        row("a smoke test that succeeded is not run again")
            .decision(to_web(smoke()))
            .before(|world| {
                world.run_decision(&to_web(smoke())).exits(0);
            })
            .ends("unchanged", 0)
            .prints(["unless it has succeeded: smoke  web: bin/smoke", "`smoke` succeeded in an earlier run"])
            .runs("web:2")
            .counts("ecs:RunTask", 0),
        row("a smoke test that succeeded for another deployment is run again")
            .decision(to_web(smoke()))
            .before(|world| {
                world.run_decision(&to_web(smoke())).exits(0);
                world.run().args(&["--force"]).exits(0);
            })
            .ends("unchanged", 0)
            .runs("web:2")
            .counts("ecs:RunTask", 1),
        row("a smoke test that ECS has forgotten is run again")
            .decision(to_web(smoke()))
            .before(|world| {
                world.run_decision(&to_web(smoke())).exits(0);
                world.simulator.advance(2.0 * 3600.0);
            })
            .ends("unchanged", 0)
            .prints(["`smoke` succeeded"])
            .runs("web:2")
            .counts("ecs:RunTask", 1),
        row("a smoke test that succeeded is not run again if tasks cannot be listed")
            .setup([denied("ecs:ListTasks")])
            .decision(to_web(smoke()))
            .before(|world| {
                world.run_decision(&to_web(smoke())).exits(0);
            })
            .ends("unchanged", 0)
            .prints(["warning: ecs:ListTasks", "`smoke` succeeded in an earlier run"])
            .runs("web:2")
            .counts("ecs:RunTask", 1),
        row("a smoke test that failed is run again")
            .setup([one_off(exit(4))])
            .decision(to_web(smoke()))
            .before(|world| {
                world.run_decision(&to_web(smoke())).exits(1);
            })
            .ends("failed", 1)
            .overrides_ecs()
            .prints(["the service runs this build already, but the one-off task `smoke`", "web exited 4"])
            .runs("web:2")
            .counts("ecs:RunTask", 1)
            .counts(UPDATE, 0),
        row("a smoke test that fails rolls back what an earlier run deployed")
            .setup([one_off(exit(4))])
            .decision(to_web(smoke()))
            .before(|world| {
                world.run_decision(&to_web(smoke())).exits(1);
            })
            .flags(["--on-failure", "roll-back"])
            .ends("rolled back", 1)
            .prints(["updating the service to web:1"])
            .runs("web:1")
            .counts(UPDATE, 1),
        row("a smoke test that fails does not roll back what another build deployed")
            .setup([one_off(exit(4))])
            .decision(to_web(smoke()))
            .before(|world| {
                world.run_decision(&to_web(json!({}))).set("TRAVIS_REPO_SLUG", "example/other").exits(0);
            })
            .flags(["--on-failure", "roll-back"])
            .ends("failed", 1)
            .prints(["the service is unchanged, but the one-off task `smoke`"])
            .runs("web:2")
            .counts(UPDATE, 0),
        row("a smoke test that fails rolls back what an earlier run began")
            .setup([one_off(exit(4))])
            .decision(to_web(smoke()))
            .before(|world| {
                world.run_decision(&to_web(smoke())).args(&["--no-wait"]).exits(0);
            })
            .flags(["--on-failure", "roll-back"])
            .ends("rolled back", 1)
            .prints([
                "the rollout is complete, but the one-off task `smoke`",
                "updating the service to web:1",
            ])
            .runs("web:1")
            .counts(UPDATE, 1),
        row("a blue/green deployment that bakes too long is rolled back")
            .setup([deploying(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1440}))])
            .flags(["--on-failure", "roll-back", "--timeout", "0.7"])
            .ends("rolled back", 1)
            .prints(["rolled back as requested", "the service runs web:1"])
            .runs("web:1")
            .counts(STOP, 1),
        row("a rollout that another user stopped is not rolled back")
            .setup([then(20.0, stop("ABORT"))])
            .flags(["--on-failure", "roll-back"])
            .ends("stopped", 1)
            .runs("web:2")
            .counts(UPDATE, 1),
        row("the same definition again has no previous one to restore")
            .setup([breaker_alone(), after_the_first(exit(1))])
            .before(|world| {
                world.run().exits(0);
            })
            .flags(["--force", "--on-failure", "roll-back"])
            .ends("failed", 1)
            .prints(["it was not rolled back: what ran before is the same task definition"])
            .runs("web:2")
            .counts(UPDATE, 1),
        row("a superseded rollout is not rolled back")
            .setup([then(20.0, update(stamped(58, OTHER)))])
            .flags(["--on-failure", "roll-back"])
            .ends("superseded", 7)
            .runs("web:3")
            .counts(UPDATE, 1)
            .counts(STOP, 0),
        row("another user deploys during the rollback")
            .setup([
                deployed(TaskBehaviour::Hang),
                after("ecs:StopServiceDeployment", 0.5, update(stamped(58, OTHER))),
            ])
            .flags(["--on-failure", "roll-back", "--timeout", "0.7"])
            .ends("superseded", 7)
            .prints(["build 58"])
            .runs("web:3"),
    ]
}
