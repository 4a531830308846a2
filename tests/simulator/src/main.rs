//! Serves a scenario to other processes.

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use ecs_simulator::{Scenario, Simulator};

/// Simulates Amazon ECS and ECR on a port of 127.0.0.1 until standard input is closed.
///
/// Prints the URL.
#[derive(Debug, Parser)]
#[command(name = "ecs-simulator")]
struct Args {
    /// The scenario, a JSON file
    scenario: PathBuf,
    /// Check the scenario and exit
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    let scenario = Scenario::from_file(&args.scenario)?;
    if args.check {
        Simulator::check(&scenario)?;
        return Ok(());
    }
    let simulator = Simulator::start(&scenario)?;
    let mut stdout = io::stdout();
    writeln!(stdout, "Running on {}", simulator.url())?;
    stdout.flush()?;
    // The parent process has the other end. When that process ends, however it ends, this input is closed.
    let mut stdin = io::stdin();
    let mut ignored = [0; 1024];
    while stdin.read(&mut ignored)? > 0 {}
    Ok(())
}
