//! A demo: deployments of the readme's `simple-todo` with a real docker engine, a real registry and a
//! simulated AWS, all on this machine. `make demo` runs it.
//!
//! With the argument `shell` it opens a shell there instead, for the tutorial of the book (`make tutorial`), or runs the
//! command that follows.

#![allow(unreachable_pub, reason = "the modules of a program are all there is to reach")]

#[path = "../support/aws.rs"]
#[allow(dead_code, reason = "the tests use the rest of it")]
mod aws;
#[path = "../real/bench/mod.rs"]
#[allow(dead_code, reason = "the tests use the rest of it")]
mod bench;
mod stage;
#[path = "../support/wait.rs"]
mod wait;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, ensure};
use tokio::signal::unix::{SignalKind, signal};

use stage::{COMMITS, Docker, Stage};

const TITLE: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// The speed of the simulated time, relative to AWS.
const SPEED: f64 = 5.0;

/// Set when the demo is interrupted.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    std::thread::spawn(listen);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let end = match arguments.split_first() {
        Some((verb, command)) if verb == "shell" => shell(command),
        Some((verb, _)) => Err(anyhow::anyhow!("`{verb}` is no argument; pass `shell`, or nothing")),
        None => show(),
    };
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if INTERRUPTED.load(Ordering::Relaxed) => ExitCode::from(130),
        Err(error) => {
            eprintln!("{BAD}demo:{BAD:#} {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn show() -> anyhow::Result<()> {
    println!("{TITLE}Setting up{TITLE:#} a place to deploy to, on this machine alone …");
    let stage = Stage::set(SPEED)?;
    introduce(&stage);
    let played = play(&stage);
    end(stage);
    played
}

/// Stops the programs and removes the files.
fn end(stage: Stage) {
    let own = match stage.docker {
        Docker::Own(_) => "the docker engine, ",
        Docker::Found(_) => "the demo's images in your docker engine, ",
    };
    drop(stage);
    println!("\n{FAINT}Stopped and removed: {own}the registry,\nthe simulator, the project.{FAINT:#}");
}

/// Opens a shell in an empty home folder, with the variables that lead to the stage. A command runs instead of it.
fn shell(command: &[String]) -> anyhow::Result<()> {
    let stage = Stage::set(SPEED)?;
    let binary = binary()?;
    let programs = binary.parent().context("the program is in no folder")?;
    let own_shell = [std::env::var("SHELL").unwrap_or_else(|_| "sh".to_owned())];
    let (program, arguments) =
        if command.is_empty() { own_shell.split_first() } else { command.split_first() }
            .context("there is no command")?;
    if command.is_empty() {
        introduce(&stage);
        // A system's own file may set another prompt.
        std::fs::write(stage.home().join(".bashrc"), "PS1='tutorial$ '\n")?;
        println!("\n{FAINT}`exit` stops and removes all of it.{FAINT:#}");
    }
    let variables = stage.shell(programs)?;
    let mut shell = Command::new(program);
    shell.args(arguments).current_dir(stage.home()).env_clear().envs(variables);
    stage.while_syncing(|| shell.status()).with_context(|| format!("cannot start `{program}`"))?;
    if command.is_empty() {
        end(stage);
    }
    Ok(())
}

fn introduce(stage: &Stage) {
    let item = |name: &str, text: &str| println!("  {name:<15} {text}");
    match &stage.docker {
        Docker::Own(_) => {
            item("docker engine", "one of its own");
            item("registry", "docker-registry, under the name that Amazon ECR has for it");
        }
        Docker::Found(socket) => {
            item("docker engine", &format!("yours, at {}", socket.display()));
            item("registry", "docker-registry");
        }
    }
    item("AWS", "the project's own simulator, five times as fast as ECS");
    item("in ECS", "clusters simple-todo-master and simple-todo-prod, each with a");
    item("", "service simple-todo of four tasks and a circuit breaker");
}

fn play(stage: &Stage) -> anyhow::Result<()> {
    scene("A build of branch `master` ends with ecs-host. Its job has these settings,");
    println!("the ones of travis-ecs-deploy:\n");
    let list = |variables: Vec<(&str, String)>| {
        for (name, value) in variables {
            println!("  {FAINT}{name}={FAINT:#}{value}");
        }
    };
    list(stage.settings());
    println!("\nTravis CI itself sets:\n");
    list(Stage::build(COMMITS[0]));
    println!("\nAnd so that it all stays on this machine:\n");
    list(stage.directions());
    run(stage, &RUN, COMMITS[0], 0)?;

    scene("The job is restarted. The same commit again changes nothing:");
    run(stage, &RUN, COMMITS[0], 0)?;

    stage.write_project("Hello again from master")?;
    scene("What would the next commit do? A plan reads everything and changes nothing:");
    run(stage, &["plan"], COMMITS[1], 0)?;

    scene("That commit lacks a setting: its tasks exit, and the circuit breaker of ECS rolls");
    println!("back to the previous revision. A build that was rolled back has failed:");
    run(stage, &RUN, COMMITS[1], 1)?;

    scene("What runs now, and which build is it?");
    run(stage, &["status", "simple-todo-master"], COMMITS[1], 0)
}

/// Polls every second, because this AWS is faster than the real one.
const RUN: [&str; 3] = ["run", "--poll", "1"];

fn scene(text: &str) {
    println!("\n{TITLE}{text}{TITLE:#}");
}

/// Runs the real binary in the environment of a job. Any exit code but `code` is an error.
fn run(stage: &Stage, arguments: &[&str], commit: &str, code: i32) -> anyhow::Result<()> {
    ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
    let shown = arguments.join(" ");
    println!("\n{TITLE}$ ecs-host {shown}{TITLE:#}");
    let inherited = ["PATH", "TERM", "COLORTERM", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"];
    let mut command = Command::new(binary()?);
    command
        .args(arguments)
        .current_dir(stage.project())
        .env_clear()
        .envs(inherited.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("HOME", stage.home())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(stage.settings())
        .envs(stage.directions())
        .envs(Stage::build(commit));
    let status = stage.while_syncing(|| command.status())?;
    ensure!(!INTERRUPTED.load(Ordering::Relaxed), "interrupted");
    ensure!(status.code() == Some(code), "`ecs-host {shown}` ended with {status}");
    Ok(())
}

/// The binary that was built with this program, in the same folder.
fn binary() -> anyhow::Result<PathBuf> {
    let binary = std::env::current_exe()?.with_file_name("ecs-host");
    ensure!(binary.is_file(), "{} is not there: `make demo` builds it", binary.display());
    Ok(binary)
}

/// Waits for an interrupt. The current run receives it, too. When it has ended, the demo drops its stage.
fn listen() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        INTERRUPTED.store(true, Ordering::Relaxed);
    });
}
