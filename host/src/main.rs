//! `ecs-host`: parse, dispatch, exit code.

use std::process::ExitCode;

use clap::Parser as _;
use ecs_host::ci::Environment;
use ecs_host::cli::Cli;
use ecs_host::commands;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment = Environment::of_process();
    ExitCode::from(commands::dispatch(&cli.verb, &environment).code())
}
