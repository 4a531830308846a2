//! `ecs-host inspect`: what a policy is, and what it wants.

use serde_json::json;

use super::policy::PolicySelection;
use super::stdout::print;
use super::{Context, Error};
use crate::cli::InspectArgs;
use crate::output::inspection;
use model::exit::Exit;
use sandbox::inspect::{Inspection, WIT};

/// Shows a policy, or the contract.
pub(super) fn inspect(args: &InspectArgs, context: &Context<'_>) -> Result<Exit, Error> {
    if args.wit {
        let files = WIT.map(|(name, text)| format!("// {name}\n{text}"));
        print(files.join("\n").as_bytes())?;
        return Ok(Exit::Success);
    }
    let sandbox = &args.sandbox;
    let found = match look(args, context) {
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
        out = serde_json::to_vec(&found).map_err(std::io::Error::from)?;
        out.push(b'\n');
    } else {
        inspection::write(&mut out, &found, &sandbox.grants())?;
    }
    print(&out)?;
    Ok(if found.problem.is_none() { Exit::Success } else { Exit::PolicyFailed })
}

fn look(args: &InspectArgs, context: &Context<'_>) -> Result<Inspection, Error> {
    let limits = args.sandbox.limits.limits();
    let selection = PolicySelection::unlocked(args.policy.clone(), args.pin.policy_digest.clone());
    let binary = selection.fetch(&limits, context)?;
    Ok(Inspection::of(&binary, args.sandbox.limits.allowed_secrets(), limits)?)
}
