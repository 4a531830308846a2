//! Signals of a job that runs the npm package.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ecs_simulator::{Fault, FaultKind, Scenario, TaskBehaviour, TaskFilter, TaskRule};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::npm_registry::{Client, NpmRegistry, path};
use super::{binaries, binaries_of};
use crate::run::{KillOnDrop, Reader};
use crate::wait::eventually;
use crate::world::{World, scenario};

/// A program that ends with 128 and the number of a signal, as ecs-host does, and states that it has received it.
const HOST: &str = "#!/bin/sh
for signal in 1 2 3 15; do trap \"echo received $signal; exit $((128 + signal))\" $signal; done
echo started as $$
while :; do sleep 0.02; done
";

/// The process id of the program, when it has started.
fn started(child: &mut Child) -> (i32, BufReader<std::process::ChildStdout>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    loop {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the program does not start");
        if let Some((_, id)) = line.trim_end().split_once("started as ") {
            return (id.parse().unwrap(), lines);
        }
    }
}

#[test]
fn every_signal_reaches_the_host_and_its_exit_code_is_that_of_the_command() {
    let binaries = binaries_of(HOST);
    let registry = NpmRegistry::new(binaries.path());
    let project = registry.project("signals");
    registry.add(Client::Npm, &project, &[]);
    for signal in [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::KILL] {
        let mut command = Command::new(project.join("node_modules/.bin/travis-ecs-deploy"));
        let mut child =
            command.env("PATH", path()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (id, mut lines) = started(&mut child);
        // Nothing can pass on SIGKILL: the host itself is killed.
        let target =
            if signal == Signal::KILL { Pid::from_raw(id).unwrap() } else { Pid::from_child(&child) };
        kill_process(target, signal).unwrap();
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(128 + signal.as_raw()), "{signal:?}: {rest}");
        assert_eq!(
            rest.contains(&format!("received {}\n", signal.as_raw())),
            signal != Signal::KILL,
            "{rest}"
        );
    }
}

/// A provider cancels a job by a signal to all of its processes. npm and its shell do not pass on one that they alone get.
#[test]
fn a_signal_to_the_processes_of_npm_or_yarn_ends_the_host() {
    let binaries = binaries_of(HOST);
    let registry = NpmRegistry::new(binaries.path());
    for client in [Client::Npm, Client::Yarn] {
        let project = registry.project(&format!("signal-{client:?}"));
        registry.add(client, &project, &[]);
        let mut command = registry.command(client, &project);
        command.args(["run", "travis-ecs-deploy"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).process_group(0).spawn().unwrap();
        let (id, mut lines) = started(&mut child);
        kill_process_group(Pid::from_child(&child), Signal::TERM).unwrap();
        let status = child.wait().unwrap();
        // yarn 1 ends with 1 after any failure by a signal.
        let is_expected = status.code() == Some(143) || status.signal() == Some(15);
        assert!(is_expected || client == Client::Yarn && !status.success(), "{client:?}: {status}");
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("received 15\n"), "{client:?}: {rest}");
        let host = Pid::from_raw(id).unwrap();
        let ends = || Ok(rustix::process::test_kill_process(host).is_err().then_some(()));
        eventually("the host ends", Duration::from_secs(10), ends).unwrap();
    }
}

#[test]
fn a_cancelled_job_whose_processes_all_get_the_signal_still_rolls_back() {
    let registry = NpmRegistry::new(binaries());
    let project = registry.project("cancelled");
    registry.add(Client::Npm, &project, &[]);
    // The tasks never start, and ECS takes a while to answer the request for the rollback.
    let filter = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
    let slow = FaultKind::Slow(1.0);
    let world = World::new(&Scenario {
        task_rules: vec![TaskRule { filter, behaviour: TaskBehaviour::Hang, ..TaskRule::default() }],
        faults: vec![Fault {
            action: "ecs:StopServiceDeployment".to_owned(),
            skip: 0,
            limit: 1,
            probability: None,
            kind: slow,
        }],
        ..scenario()
    });
    let job = world.run().args(&["--on-cancel", "roll-back"]).set("PATH", &path());
    let job = job.set("HOME", &world.path("home").display().to_string()).shell_command();
    let command = project.join("node_modules/.bin/travis-ecs-deploy").display().to_string();
    let job = job.replace(&format!("'{}' 'run'", env!("CARGO_BIN_EXE_ecs-host")), &format!("'{command}'"));
    assert!(job.contains(&command), "{job}");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &job])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = KillOnDrop(shell.spawn().unwrap());
    let stdout = Reader::of(child.0.stdout.take().unwrap());
    let stderr = Reader::of(child.0.stderr.take().unwrap());
    let printed = || format!("{}{}", stdout.text(), stderr.text());
    let is_watching = || {
        Ok(printed().contains("0 of 2 running").then_some(()).or(printed().contains("pending").then_some(())))
    };
    eventually("the rollout is watched", Duration::from_secs(60), is_watching)
        .unwrap_or_else(|error| panic!("{error}: {}", printed()));
    // The host gets the signal, and the command passes it on.
    kill_process_group(Pid::from_child(&child.0), Signal::TERM).unwrap();
    let ended = eventually("the job ends", Duration::from_secs(60), || Ok(child.0.try_wait()?)).unwrap();
    let (stdout, stderr) = (stdout.into_text(), stderr.into_text());
    assert!(ended.code() == Some(143) || ended.signal() == Some(15), "{ended}: {stdout}{stderr}");
    assert!(!stdout.contains("a second signal"), "{stdout}{stderr}");
    assert!(stdout.contains("the rollback of web:2 was started"), "{stdout}{stderr}");
}
