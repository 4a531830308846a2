//! `ecs-host`: parse, dispatch, exit code.

use std::process::ExitCode;

use ecs_host::{cli, commands};
use model::Environment;

fn main() -> ExitCode {
    match cli::parse(std::env::args_os(), &Environment::of_process()) {
        Ok(invocation) => ExitCode::from(commands::dispatch(&invocation).code()),
        Err(error) => error.exit(),
    }
}
