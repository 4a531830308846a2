//! `ecs-host inspect`: shows a policy's settings and imports, or the contract.

use serde_json::json;

use super::policy::PolicySelection;
use super::{Context, Error, compiler};
use crate::cli::InspectArgs;
use crate::output::inspection;
use model::exit::Exit;
use sandbox::inspect::{Inspection, WIT};
use sandbox::policy::implied_grant;

/// Prints the inspection of a policy, or the contract.
pub(super) fn inspect(args: &InspectArgs, context: &Context<'_>) -> Result<Exit, Error> {
    if args.wit {
        let files = WIT.map(|(name, text)| format!("// {name}\n{text}"));
        context.report.write_result(&files.join("\n"));
        return Ok(Exit::Success);
    }
    let inspection = match load(args, context) {
        Err(error) if args.json => {
            // A program reads the error from stdout, as it reads `problem` of an inspection.
            let error_json = json!({"source": args.policy, "problem": error.to_string()});
            context.report.write_result(&format!("{error_json}\n"));
            return Err(error);
        }
        result => result?,
    };
    let mut out = Vec::new();
    if args.json {
        out = serde_json::to_vec(&inspection).map_err(std::io::Error::from)?;
        out.push(b'\n');
    } else {
        let mut grants = args.sandbox.grants();
        grants.extend(implied_grant(&inspection.source));
        inspection::write(&mut out, &inspection, &grants)?;
    }
    context.report.write_result(&String::from_utf8_lossy(&out));
    Ok(if inspection.problem.is_none() { Exit::Success } else { Exit::PolicyFailed })
}

fn load(args: &InspectArgs, context: &Context<'_>) -> Result<Inspection, Error> {
    let limits = args.sandbox.limits();
    let selection = PolicySelection::unlocked(args.policy.clone(), args.pin.policy_digest.clone());
    let binary = selection.fetch(&args.sandbox.offline.compiler, context)?;
    Ok(Inspection::new(&binary, &compiler::without_cache(), args.sandbox.allowed_secrets(), limits)?)
}
