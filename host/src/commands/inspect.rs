//! `ecs-host inspect`: what a policy is, and what it wants.

use std::io::{self, Write as _};

use anyhow::anyhow;

use super::source::{self, Locked};
use crate::ci::Environment;
use crate::cli::InspectArgs;
use crate::policy::inspect::{Inspection, WIT};
use crate::report::{Exit, Report, inspection};

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
    let (sandbox, limits) = (&args.sandbox, args.sandbox.limits.limits());
    let pin = args.pin.policy_digest.as_ref();
    let binary = source::get(args.policy.clone(), pin, Locked::Never, &limits, environment, report)?;
    let found = Inspection::of(&binary, sandbox.limits.allowed_secrets(), limits)?;
    let mut out = Vec::new();
    if args.json {
        out = serde_json::to_vec(&found)?;
        out.push(b'\n');
    } else {
        inspection::write(&mut out, &found, &sandbox.grants())?;
    }
    print(&out)?;
    Ok(if found.problem.is_none() { Exit::Success } else { Exit::PolicyBroke })
}

/// Writes to stdout. A reader who has seen enough is no error.
pub(super) fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(anyhow!("stdout can't be written to: {error}"))
        }
        _ => Ok(()),
    }
}
