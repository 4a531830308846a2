//! A run that is killed: docker ends with it, and the password of the registry does not stay.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process};

use crate::app::App;
use crate::run::Running;
use crate::wait::eventually;

/// A docker whose push never ends and ignores signals. It writes its process, its process group and its configuration.
fn stuck_docker(app: &App) -> String {
    app.docker(&format!(
        r#"case $1 in push) ;; *) exit 0 ;; esac
        trap '' TERM INT
        echo "$$ $(cut -d ' ' -f 5 /proc/$$/stat) $DOCKER_CONFIG" > '{0}.new'; mv '{0}.new' '{0}'
        while :; do sleep 0.1; done"#,
        app.path("pushing").display()
    ))
}

struct Push {
    process: Pid,
    group: Pid,
    config: PathBuf,
}

/// Starts a run, and waits for its push.
fn begin_push(app: &App) -> (Running<'_>, Push) {
    let _ = fs::remove_file(app.path("pushing"));
    let run = app.run().docker(stuck_docker(app)).begin();
    let run = run.until("the push runs", || app.path("pushing").exists());
    let text = fs::read_to_string(app.path("pushing")).unwrap();
    let [process, group, config] = text.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{text}") };
    let pid = |text: &str| Pid::from_raw(text.parse().unwrap()).unwrap();
    (run, Push { process: pid(process), group: pid(group), config: config.into() })
}

fn await_end(process: Pid) {
    let is_gone = || Ok(test_kill_process(process).is_err().then_some(()));
    eventually("the process has ended", Duration::from_secs(10), is_gone).unwrap();
}

#[test]
fn docker_ends_with_a_run_that_is_killed() {
    let app = App::new("killed-push");
    let (run, push) = begin_push(&app);
    assert!(push.config.join("config.json").exists());
    run.kill();
    let is_removed = || Ok((!push.config.exists()).then_some(()));
    eventually("the password is removed", Duration::from_secs(10), is_removed).unwrap();
    await_end(push.process);
    // The guard, which leads the group, ends with docker.
    await_end(push.group);
}

#[test]
fn a_later_run_removes_the_password_of_a_job_that_was_killed_whole() {
    let app = App::new("killed-job");
    let (run, push) = begin_push(&app);
    let run = run.send_signal(Signal::STOP);
    kill_process_group(push.group, Signal::KILL).unwrap();
    run.kill();
    await_end(push.process);
    assert!(push.config.join("config.json").exists());
    let (next, _) = begin_push(&app);
    assert!(!push.config.exists());
    next.send_signal(Signal::TERM).ends(143);
}
