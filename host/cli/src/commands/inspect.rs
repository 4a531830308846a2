//! `ecs-host inspect`: shows a policy's settings and imports, or the contract.

use std::io::{self, Write as _};

use serde_json::json;

use super::source::{self, Locked};
use crate::cli::InspectArgs;
use crate::output::{Report, inspection};
use model::Environment;
use model::exit::Exit;
use sandbox::inspect::{Inspection, WIT};

/// Prints the inspection of a policy, or the contract.
pub(super) fn inspect(
    args: &InspectArgs,
    environment: &Environment,
    report: &Report,
) -> anyhow::Result<Exit> {
    if args.wit {
        let files = WIT.map(|(name, text)| format!("// {name}\n{text}"));
        return print(files.join("\n").as_bytes()).map(|()| Exit::Success);
    }
    let inspection = match load(args, environment, report) {
        Err(error) if args.json => {
            // A program reads the error from stdout, as it reads `problem` of an inspection.
            let error_json = json!({"source": args.policy, "problem": error.to_string()});
            print(format!("{error_json}\n").as_bytes())?;
            return Err(error);
        }
        result => result?,
    };
    let mut out = Vec::new();
    if args.json {
        out = serde_json::to_vec(&inspection)?;
        out.push(b'\n');
    } else {
        inspection::write(&mut out, &inspection, &args.sandbox.grants())?;
    }
    print(&out)?;
    Ok(if inspection.problem.is_none() { Exit::Success } else { Exit::PolicyFailed })
}

fn load(args: &InspectArgs, environment: &Environment, report: &Report) -> anyhow::Result<Inspection> {
    let limits = args.sandbox.limits.limits();
    let binary =
        source::get(args.policy.clone(), Some(&args.pin), Locked::Never, &limits, environment, report)?;
    Ok(Inspection::new(&binary, args.sandbox.limits.allowed_secrets(), limits)?)
}

/// Writing the result to stdout failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to stdout: {0}")]
pub(super) struct Unwritten(io::Error);

/// Writes to stdout. A reader that closes the pipe early is not an error.
pub(super) fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Unwritten(error).into()),
        _ => Ok(()),
    }
}
