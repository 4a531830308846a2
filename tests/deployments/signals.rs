//! Signals: a run ends within seconds, reports what continues in ECS, and leaves no file.

use std::time::Duration;

use rustix::process::{Pid, Signal, test_kill_process};

use crate::app::App;
use crate::wait::eventually;

fn ends_its_build(name: &str, signal: Signal, code: i32) {
    let app = App::new(name);
    let pid = app.path("pid");
    let docker =
        app.docker(&format!("echo $$ > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 100", pid.display()));
    app.run()
        .docker(docker)
        .begin()
        .until("the build runs", || pid.exists())
        .send_signal(signal)
        .ends(code)
        .prints("interrupted")
        .changed_nothing()
        .within(5);
    let pid = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    let is_gone = || Ok(test_kill_process(Pid::from_raw(pid).unwrap()).is_err().then_some(()));
    eventually("docker is gone", Duration::from_secs(5), is_gone).unwrap();
}

#[test]
fn a_terminated_run_ends_its_build() {
    ends_its_build("terminated-build", Signal::TERM, 143);
}

#[test]
fn an_interrupted_run_ends_its_build() {
    ends_its_build("interrupted-build", Signal::INT, 130);
}

#[test]
fn a_closed_terminal_ends_its_build() {
    ends_its_build("closed-terminal", Signal::HUP, 129);
}

#[test]
fn a_run_that_quits_ends_its_build() {
    ends_its_build("quit-build", Signal::QUIT, 131);
}

#[test]
fn a_docker_client_that_ignores_signals_is_killed() {
    let app = App::new("deaf-docker");
    let started = app.path("started");
    let docker =
        app.docker(&format!("trap '' TERM INT; touch '{}'; while :; do sleep 0.1; done", started.display()));
    app.run()
        .docker(docker)
        .begin()
        .until("the build runs", || started.exists())
        .send_signal(Signal::TERM)
        .ends(143)
        .changed_nothing()
        .within(8);
}

fn leaves_the_rollout_alone(name: &str, signal: Signal, code: i32) {
    let app = App::slow(name);
    let run = app.run().begin().wait_for_output(" running").send_signal(signal).ends(code);
    run.prints("interrupted")
        .prints(&format!("the rollout of {name}:2 is still in progress in ECS; run this again to watch it"));
    run.within(5);
    assert_eq!(run.count("ecs:UpdateService"), 1);
}

#[test]
fn a_terminated_watch_does_not_stop_the_rollout() {
    leaves_the_rollout_alone("terminated-watch", Signal::TERM, 143);
}

#[test]
fn an_interrupted_watch_does_not_stop_the_rollout() {
    leaves_the_rollout_alone("interrupted-watch", Signal::INT, 130);
}
