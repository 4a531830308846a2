//! Readers that stall: a run whose output nobody reads deploys, ends at a signal and at its time limit, and loses no line
//! as soon as somebody reads.

use std::time::Duration;

use rustix::process::Signal;

use crate::app::App;

/// A build with more output than a pipe holds, or than the host keeps in memory.
const LINES: usize = 30_000;

fn verbose_docker(app: &App) -> String {
    let real = app.path("engine/docker").display().to_string();
    let line = "0123456789".repeat(8);
    app.docker(&format!(
        "if [ $1 = build ]; then n=0; while [ $n -lt {LINES} ]; do n=$((n + 1)); echo \"line $n {line}\"; done; fi
         exec '{real}' \"$@\""
    ))
}

fn updates(app: &App) -> bool {
    app.proxy.calls().iter().any(|call| call.action == "ecs:UpdateService")
}

#[test]
fn a_signal_ends_a_run_whose_output_nobody_reads() {
    for (name, signal, code) in [("unread-term", Signal::TERM, 143), ("unread-int", Signal::INT, 130)] {
        let app = App::slow(name);
        let run = app.run().with_unread_output().begin().until("the service is updated", || updates(&app));
        run.send_signal(signal).ends(code).within(5);
    }
}

#[test]
fn a_signal_ends_a_build_whose_output_nobody_reads() {
    let app = App::slow("unread-build");
    let docker = verbose_docker(&app);
    let run = app.run().docker(docker).with_unread_output().begin();
    let called = |action: &str| app.proxy.calls().iter().any(|call| call.action == action);
    let run = run.until("the build starts", || called("ecr:GetAuthorizationToken"));
    run.send_signal(Signal::TERM).ends(143).changed_nothing().within(5);
}

#[test]
fn a_time_limit_ends_a_run_whose_output_nobody_reads() {
    let app = App::slow("unread-timeout");
    let run = app.run().arg("--timeout").arg("0.5").with_unread_output();
    run.exits(8).within(20);
}

#[test]
fn a_reader_that_starts_late_reads_everything() {
    let app = App::new("read-late");
    let docker = verbose_docker(&app);
    let run = app.run().docker(docker).with_unread_output().begin();
    let called = |action: &str| app.proxy.calls().iter().any(|call| call.action == action);
    let run = run.until("the build starts", || called("ecr:GetAuthorizationToken"));
    let run = run.read_output().ends_within(Duration::from_secs(120), 0);
    let lines =
        run.stdout.lines().filter_map(|line| line.strip_prefix("  line ")).map(|line| line.split(' ').next());
    let expected: Vec<String> = (1..=LINES).map(|number| number.to_string()).collect();
    assert!(lines.eq(expected.iter().map(|number| Some(number.as_str()))), "{}", run.transcript());
    run.prints("Verdict   read-late/read-late deployed").prints("done in ");
}

#[test]
fn a_signal_ends_a_run_that_is_over_and_whose_output_nobody_reads() {
    let app = App::new("unread-end");
    let run = app.run().arg("--no-wait").with_unread_output().begin();
    let run = run.until("the service is updated", || updates(&app));
    // The end waits for a reader for some seconds, and a signal ends that too.
    run.send_signal(Signal::HUP).ends(129).within(5);
}
