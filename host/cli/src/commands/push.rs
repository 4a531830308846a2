//! `ecs-host push`: publishes a policy in a registry.

use super::policy::PolicySelection;
use super::{Context, Error, compiler};
use crate::cli::PushArgs;
use crate::oci;
use crate::oci::Publication;
use crate::output::kind_heading;
use model::exit::Exit;
use model::time::Time;
use sandbox::inspect::Inspection;
use sandbox::{ComponentError, ComponentKind};

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
    let (kind, digest) = (inspection.kind, binary.digest());
    let result = match &pushed.before {
        Some(before) if before == digest => {
            format!("Unchanged {destination}, which is this {kind} already\n")
        }
        // Who runs the tag without a pin gets another component from now on.
        Some(before) => format!("Pushed    {destination}\n          before: {before}\n"),
        None => format!("Pushed    {destination}\n"),
    };
    let pin = match kind {
        ComponentKind::Policy => format!(
            "Pin it    ecs-host run {destination} --policy-digest {digest}\n          \
             or: ecs-host lock {destination}\n"
        ),
        ComponentKind::Guard => format!(
            "Pin it    [[guards]]\n          source = \"{destination}\"\n          digest = \"{digest}\"\n"
        ),
    };
    let text = format!(
        "{result}{:<10}{} {}\nManifest  {}\nDigest    {digest}\n{pin}",
        kind_heading(kind),
        manifest.name,
        manifest.version,
        pushed.manifest,
    );
    context.report.write_result(&text);
    Ok(Exit::Success)
}
