//! `ecs-host inspect`: what a policy is, and what it wants.

use std::io::{self, Write as _};

use serde_json::json;

use super::source::{self, Locked};
use crate::cli::InspectArgs;
use crate::output::{Report, inspection};
use model::Environment;
use model::exit::Exit;
use sandbox::inspect::{Inspection, WIT};

/// Shows a policy, or the contract.
pub(super) fn inspect(
    args: &InspectArgs,
    environment: &Environment,
    report: &Report,
) -> anyhow::Result<Exit> {
    if args.wit {
        let files = WIT.map(|(name, text)| format!("// {name}\n{text}"));
        return print(files.join("\n").as_bytes()).map(|()| Exit::Success);
    }
    let sandbox = &args.sandbox;
    let found = match look(args, environment, report) {
        Err(error) if args.json => {
            // A program reads the reason where it would have read the rest.
            let told = json!({"source": args.policy, "problem": error.to_string()});
            print(format!("{told}\n").as_bytes())?;
            return Err(error);
        }
        found => found?,
    };
    let mut out = Vec::new();
    if args.json {
        out = serde_json::to_vec(&found)?;
        out.push(b'\n');
    } else {
        inspection::write(&mut out, &found, &sandbox.grants())?;
    }
    print(&out)?;
    Ok(if found.problem.is_none() { Exit::Success } else { Exit::PolicyFailed })
}

fn look(args: &InspectArgs, environment: &Environment, report: &Report) -> anyhow::Result<Inspection> {
    let limits = args.sandbox.limits.limits();
    let binary =
        source::get(args.policy.clone(), Some(&args.pin), Locked::Never, &limits, environment, report)?;
    Ok(Inspection::of(&binary, args.sandbox.limits.allowed_secrets(), limits)?)
}

/// What was to be told, and nobody can read.
#[derive(Debug, thiserror::Error)]
#[error("what this tells could not be written to stdout: {0}")]
pub(super) struct Unwritten(io::Error);

/// Writes to stdout. A reader who has seen enough is no error.
pub(super) fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Unwritten(error).into()),
        _ => Ok(()),
    }
}
