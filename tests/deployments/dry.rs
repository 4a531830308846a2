//! Plans: a run reads and prints everything, and changes nothing.

use crate::app::App;
use crate::run::Run;

fn shows_all_and_changes_nothing(name: &str, run: impl FnOnce(&App) -> Run<'_>) {
    let app = App::new(name);
    let docker = app.recording_docker();
    let plan = run(&app).docker(&docker).exits(0);
    plan.prints("docker build")
        .prints(&format!("{}:master", app.repository()))
        .prints("    container web\n      ~ image\n")
        .prints(&format!("/{name}:master\n"))
        .prints("this is a plan: nothing was changed")
        .changed_nothing();
    plan.calls(&[
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
    ]);
    assert!(!app.docker_was_called());
}

#[test]
fn plan_shows_all_and_changes_nothing() {
    shows_all_and_changes_nothing("plan", App::plan);
}

#[test]
fn dryrun_makes_run_a_plan() {
    shows_all_and_changes_nothing("dryrun-variable", |app| app.run().set("DRYRUN", "1"));
}

#[test]
fn dry_run_makes_run_a_plan() {
    shows_all_and_changes_nothing("dry-run-flag", |app| app.run().arg("--dry-run"));
}

#[test]
fn dryrun_of_zero_is_off() {
    let app = App::new("dryrun-zero");
    app.run().set("DRYRUN", "0").exits(0).prints("deployed");
}

#[test]
fn the_plan_of_a_deployed_build_is_unchanged() {
    let app = App::new("nothing-to-do");
    app.run().exits(0);
    app.sync_ecr();
    app.plan().exits(0).prints("nothing to do").prints("unchanged").changed_nothing();
}

#[test]
fn a_plan_reports_what_a_run_would_reject() {
    let app = App::new("refused-plan");
    app.plan()
        .set("ECS_SERVICE_MASTER", "elsewhere")
        .exits(5)
        .prints("has no such service")
        .changed_nothing();
}

#[test]
fn plan_accepts_the_flags_of_run() {
    let app = App::new("flags-of-run");
    let flags = ["--on-failure", "roll-back", "--timeout", "9", "--keep", "3", "--dry-run", "--no-wait"];
    let plan = flags.iter().fold(app.plan(), |plan, flag| plan.arg(*flag)).exits(0);
    plan.prints("this is a plan: nothing was changed").changed_nothing();
}
