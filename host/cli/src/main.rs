//! `ecs-host`: parse, dispatch, exit code; and the process that compiles a policy.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use ecs_host::docker::guard;
use ecs_host::{cli, commands};
use model::Environment;
use sandbox::compile_process;

fn main() -> ExitCode {
    if guard::is_guard() {
        return guard::run();
    }
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == compile_process::VERB) {
        return compile_process::run(arguments);
    }
    unset_empty_variables();
    let environment = Environment::from_process(std::env::vars_os());
    match cli::parse(std::env::args_os(), &environment) {
        Ok(invocation) => ExitCode::from(commands::dispatch(&invocation).code()),
        Err(error) => cli::report_error(error, std::env::args_os(), &environment),
    }
}

/// Unsets the variables of AWS that are empty, as a CI system leaves those that a job does not set: the AWS SDK panics
/// at an empty endpoint. A process cannot safely change its own environment, so it replaces itself. If it cannot, it
/// keeps the environment as it is.
fn unset_empty_variables() {
    let is_empty = |(name, value): &(OsString, OsString)| {
        name.to_str().is_some_and(|name| name.starts_with("AWS_")) && value.is_empty()
    };
    let empty: Vec<OsString> = std::env::vars_os().filter(is_empty).map(|(name, _)| name).collect();
    if empty.is_empty() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    command.args(arguments);
    for name in empty {
        command.env_remove(name);
    }
    let _ = command.exec();
}
