//! Serves a scenario to other processes.

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use ecs_simulator::{Scenario, Simulator};

/// Simulates Amazon ECS and ECR on a port of 127.0.0.1, until its standard input closes.
#[derive(Debug, Parser)]
#[command(name = "ecs-simulator")]
struct Arguments {
    /// The scenario, a JSON file
    scenario: PathBuf,
    /// Only check the scenario
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match serve(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: &Arguments) -> anyhow::Result<()> {
    let scenario = Scenario::from_file(&arguments.scenario)?;
    if arguments.check {
        Simulator::check(&scenario)?;
        return Ok(());
    }
    let simulator = Simulator::start(&scenario)?;
    let mut out = io::stdout();
    writeln!(out, "Running on {}", simulator.url())?;
    out.flush()?;
    // Whoever started it holds the other end; what comes is not read, only its end.
    let mut input = io::stdin();
    let mut ignored = [0; 1024];
    while input.read(&mut ignored)? > 0 {}
    Ok(())
}
