//! `ecs-host push`: publishes a policy.

use anyhow::anyhow;

use super::inspect::print;
use super::source::{self, Locked};
use crate::cli::PushArgs;
use crate::oci;
use crate::oci::Publication;
use crate::output::Report;
use model::Environment;
use model::exit::Exit;
use model::time::Time;
use sandbox::PolicyError;
use sandbox::inspect::Inspection;

/// Publishes what is a policy, and nothing else.
pub(super) fn push(args: &PushArgs, environment: &Environment, report: &Report) -> anyhow::Result<Exit> {
    let binary =
        source::get(args.policy.clone(), None, Locked::Never, &args.limits.limits(), environment, report)?;
    let found = Inspection::of(&binary, args.limits.allowed_secrets(), args.limits.limits())?;
    let manifest = match (found.manifest, found.problem) {
        (Some(manifest), None) => manifest,
        (_, problem) => {
            let problem = problem.unwrap_or_default();
            return Err(PolicyError::Unpublishable { policy: binary.source.subject(), problem }.into());
        }
    };
    let publication = Publication {
        bytes: &binary.bytes,
        name: &manifest.name,
        version: &manifest.version,
        description: &manifest.description,
        created: Time::now().to_string(),
    };
    let to = &args.to;
    // The command line takes no other.
    let tag = to.tag.as_ref().ok_or_else(|| anyhow!("{to} names no tag"))?;
    let pushed = oci::push(&publication, to, tag, environment)?;
    let (verb, note) =
        if pushed.was_there { ("Unchanged", ", which is this very policy") } else { ("Pushed   ", "") };
    let told = format!(
        "{verb} {to}{note}\nPolicy    {} {}\nManifest  {}\nDigest    {}\n\
         Pin it    ecs-host run {to} --policy-digest {}\n          or: ecs-host lock {to}\n",
        manifest.name,
        manifest.version,
        pushed.manifest,
        binary.digest(),
        binary.digest()
    );
    print(told.as_bytes()).map(|()| Exit::Success)
}
