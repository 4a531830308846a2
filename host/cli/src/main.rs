//! `ecs-host`: parse, dispatch, exit code.

use std::process::ExitCode;

use ecs_host::{cli, commands};
use model::Environment;

fn main() -> ExitCode {
    match cli::parse(std::env::args_os(), &read_environment()) {
        Ok(invocation) => ExitCode::from(commands::dispatch(&invocation).code()),
        Err(error) => error.exit(),
    }
}

/// Reads the environment variables of this process. A variable that is not Unicode is skipped: no name or value of a
/// deployment can contain it.
fn read_environment() -> Environment {
    let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(unicode).collect()
}
