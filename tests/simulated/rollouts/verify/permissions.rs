//! The checks of permissions, regions and roles.

use ecs_simulator::Scenario;

use super::super::world::{World, scenario};
use super::{answered, failed, found, is, rich_scenario, verify};

#[test]
fn denied_permissions_are_all_named_at_once() {
    let denied = ["ecs:RegisterTaskDefinition", "ecs:UpdateService", "ecs:ListTasks"].map(str::to_owned);
    let world = World::new(&Scenario { denied_actions: denied.into(), ..scenario() });
    let ended = verify(&world, 5);
    assert_eq!(failed(&ended), ["ecs:RegisterTaskDefinition for web", "ecs:UpdateService on main/web"]);
    ended.prints("`ecs:RegisterTaskDefinition` in the IAM").prints("`ecs:UpdateService` in the IAM");
    is(&ended, "watching rollouts in main", "skipped", "`ecs:ListTasks` is not allowed");
}

#[test]
fn roles_and_tags_are_denied_by_name() {
    let denied = ["iam:PassRole", "ecs:TagResource"].map(str::to_owned);
    let world = World::new(&Scenario { denied_actions: denied.into(), ..rich_scenario() });
    let ended = verify(&world, 5);
    assert_eq!(failed(&ended), ["iam:PassRole for web", "ecs:TagResource for web"]);
    is(&ended, "ecs:RegisterTaskDefinition for web", "ok", "allowed");
    let (_, detail) = found(&ended, "iam:PassRole for web");
    assert!(
        detail.contains("the task role arn:aws:iam::123456789012:role/task and the execution role"),
        "{detail}"
    );
}

#[test]
fn a_denied_read_fails_the_checks_that_need_it() {
    for (action, name) in [
        ("ecs:DescribeServices", "service main/web"),
        ("ecs:DescribeTaskDefinition", "service main/web"),
        ("ecr:DescribeImages", "image simple-todo"),
    ] {
        let world = World::new(&Scenario { denied_actions: vec![action.into()], ..scenario() });
        let ended = verify(&world, 5);
        assert_eq!(failed(&ended), [name], "{}", ended.transcript());
        ended.prints(action);
        is(&ended, "plan", "skipped", "a check above failed");
    }
}

#[test]
fn verify_probes_one_off_tasks_and_rollbacks_that_are_planned() {
    let world = World::new(&scenario());
    let ended = answered(&world, "tasks", 0);
    is(&ended, "ecs:RunTask of web", "ok", "allowed");
    let ended = answered(&world, "rolls-back", 0);
    is(&ended, "ecs:StopServiceDeployment on main/web", "ok", "allowed");
    let denied = ["ecs:RunTask", "ecs:StopServiceDeployment"].map(str::to_owned);
    let world = World::new(&Scenario { denied_actions: denied.into(), ..scenario() });
    let ended = answered(&world, "tasks", 5);
    assert_eq!(failed(&ended), ["ecs:RunTask of web"]);
    let ended = answered(&world, "rolls-back", 0);
    is(
        &ended,
        "ecs:StopServiceDeployment on main/web",
        "skipped",
        "rolled back by an update; allow the action",
    );
}

#[test]
fn verify_probes_what_the_flags_of_a_run_need() {
    let verify =
        |world: &World, flags: &[&str], code| super::verified(world, world.verb("verify").args(flags), code);
    let world = World::new(&scenario());
    for flags in [["--on-failure", "roll-back"], ["--on-cancel", "roll-back"]] {
        let ended = verify(&world, &flags, 0);
        is(&ended, "ecs:StopServiceDeployment on main/web", "ok", "allowed");
    }
    let ended = verify(&world, &["--keep", "5", "--timeout", "60"], 0);
    for name in [
        "ecs:DeregisterTaskDefinition of web",
        "ecs:ListTaskDefinitions of web",
        "ecs:ListClusters",
        "ecs:ListServices",
        "events:ListEventBuses",
        "events:ListRuleNamesByTarget",
        "events:ListTargetsByRule",
        "scheduler:ListSchedules",
        "scheduler:GetSchedule",
    ] {
        is(&ended, name, "ok", "allowed");
    }
    ended.prints("rollouts of main/web: no circuit breaker: ECS retries a failing");
    let denied = ["ecs:DeregisterTaskDefinition", "ecs:ListServices", "ecs:StopTask", "logs:GetLogEvents"];
    let world = World::new(&Scenario { denied_actions: denied.map(str::to_owned).into(), ..rich_scenario() });
    let ended = verify(&world, &["--keep", "5"], 0);
    for name in ["ecs:ListServices", "ecs:DeregisterTaskDefinition of web"] {
        is(&ended, name, "skipped", "old revisions are not deregistered; allow the action");
    }
    is(&ended, "logs:GetLogEvents on /shop/web", "skipped", "allow the action `logs:GetLogEvents`");
    let ended = answered(&world, "tasks", 0);
    is(&ended, "ecs:StopTask in main", "skipped", "continues to run; allow the action `ecs:StopTask`");
}

#[test]
fn a_run_that_waits_until_a_pause_requires_the_permissions_to_see_it() {
    for action in ["ecs:ListServiceDeployments", "ecs:DescribeServiceRevisions"] {
        let world = World::new(&Scenario { denied_actions: vec![action.into()], ..scenario() });
        super::verified(&world, world.verb("verify"), 0);
        for until in ["paused", "BAKE_TIME"] {
            let ended = super::verified(&world, world.verb("verify").args(&["--wait-until", until]), 5);
            assert_eq!(failed(&ended), ["watching rollouts in main"]);
            let detail = format!("`{action}` is not allowed, and --wait-until requires it to see pauses");
            is(&ended, "watching rollouts in main", "failed", &detail);
        }
    }
}

#[test]
fn verify_names_the_missing_permissions_to_read_rules_and_schedules() {
    let denied = ["events:*", "scheduler:*"].map(str::to_owned);
    let world = World::new(&Scenario { denied_actions: denied.into(), ..scenario() });
    let ended = super::verified(&world, world.verb("verify").args(&["--keep", "5"]), 0);
    for action in [
        "events:ListEventBuses",
        "events:ListRuleNamesByTarget",
        "events:ListTargetsByRule",
        "scheduler:ListSchedules",
        "scheduler:GetSchedule",
    ] {
        let detail = format!("old revisions are not deregistered; allow the action `{action}`");
        is(&ended, action, "skipped", &detail);
    }
}

#[test]
fn verify_reaches_every_region_and_role_or_reports_it() {
    let world = World::new(&scenario());
    let ended = answered(&world, "role", 0);
    is(&ended, "role arn:aws:iam::123456789012:role/deployer in eu-west-1", "ok", "account 123456789012");
    is(&ended, "service main/web as 123456789012/deployer", "ok", "ACTIVE");
    let world = World::new(&Scenario { denied_actions: vec!["sts:AssumeRole".into()], ..scenario() });
    let ended = answered(&world, "role", 5);
    is(
        &ended,
        "role arn:aws:iam::123456789012:role/deployer in eu-west-1",
        "failed",
        "allow `sts:AssumeRole`",
    );
    is(&ended, "service main/web as 123456789012/deployer", "skipped", "the check of its credentials failed");
    let ended = answered(&world, "region", 5);
    is(&ended, "credentials in us-east-1", "ok", "AWS accepts them");
    is(&ended, "service main/web in us-east-1", "failed", "cluster `main` does not exist");
}
