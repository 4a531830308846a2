//! `ecs-host push`: publishes a policy in a registry.

use super::policy::PolicySelection;
use super::{Context, Error, compiler};
use crate::cli::PushArgs;
use crate::oci;
use crate::oci::Publication;
use model::exit::Exit;
use model::time::Time;
use sandbox::ComponentError;
use sandbox::inspect::Inspection;

/// Publishes a component, if it is a policy that this host can run.
pub(super) fn push(args: &PushArgs, context: &Context<'_>) -> Result<Exit, Error> {
    let limits = args.sandbox.limits();
    let binary =
        PolicySelection::unlocked(args.policy.clone(), None).fetch(&args.sandbox.compiler, context)?;
    // The tests before have compiled it, or a run after on this machine need not.
    let compiler = compiler::with_cache(&args.sandbox.compiler, context);
    let inspection = Inspection::new(&binary, &compiler, args.sandbox.allowed_secrets(), limits)?;
    let manifest = match (inspection.manifest, inspection.problem) {
        (Some(manifest), None) => manifest,
        (_, problem) => {
            let problem = problem.unwrap_or_default();
            return Err(ComponentError::Unpublishable { component: binary.source.subject(), problem }.into());
        }
    };
    let publication = Publication {
        bytes: &binary.bytes,
        name: &manifest.name,
        version: &manifest.version,
        description: &manifest.description,
        created: Time::now().to_string(),
    };
    let destination = &args.to.artifact;
    let pushed = oci::push(&publication, destination, &args.to.tag, context.login())?;
    let (result, note) =
        if pushed.is_unchanged { ("Unchanged", ", which is this policy already") } else { ("Pushed   ", "") };
    let text = format!(
        "{result} {destination}{note}\nPolicy    {} {}\nManifest  {}\nDigest    {}\n\
         Pin it    ecs-host run {destination} --policy-digest {}\n          or: ecs-host lock {destination}\n",
        manifest.name,
        manifest.version,
        pushed.manifest,
        binary.digest(),
        binary.digest()
    );
    context.report.write_result(&text);
    Ok(Exit::Success)
}
