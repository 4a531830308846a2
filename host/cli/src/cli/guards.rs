//! The flags of guards.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args};

use super::values::{digest, guard, guard_setting, lookup};
use crate::config::{GuardOrigin, NamedGuard, check_pin};
use model::lookup::Grant;
use model::names::Digest;
use model::source::ComponentSource;

/// The flags of the guards that the command line names. The other flags belong to the `--guard` before them.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Guard options")]
pub struct GuardArgs {
    /// Guard that reviews the plan besides those of the files: a file, or `oci://REGISTRY/REPOSITORY:TAG` (repeatable)
    #[arg(long = "guard", value_name = "GUARD", value_parser = guard())]
    pub guards: Vec<ComponentSource>,
    /// Digest that the guard before it must have
    #[arg(long = "guard-digest", value_name = "DIGEST", value_parser = digest)]
    pub guard_digests: Vec<Digest>,
    /// Setting of the guard before it (repeatable)
    #[arg(long = "guard-setting", value_name = "NAME=VALUE", value_parser = guard_setting)]
    pub guard_settings: Vec<(String, String)>,
    /// Facts that the guard before it may look up: ecs:read, ecr:read or source:read (repeatable)
    #[arg(long = "guard-allow", value_name = "GRANT", value_parser = lookup(), hide_possible_values = true)]
    pub guard_grants: Vec<Grant>,
}

/// Hides the flags of guards from a verb that runs none.
pub(super) fn hide(arg: Arg) -> Arg {
    let is_of_guards = arg.get_id().as_str().starts_with("guard") || arg.get_id() == "record_plan";
    if is_of_guards { arg.hide(true) } else { arg }
}

/// The guards that a command line names.
///
/// # Errors
/// A flag without a guard before it, a second digest or setting, or a guard in a registry without a digest.
pub(super) fn guards_of_command_line(matches: &ArgMatches) -> Result<Vec<NamedGuard>, String> {
    let mut guards: Vec<(usize, NamedGuard)> = values::<ComponentSource>(matches, "guards")
        .map(|(index, source)| {
            let origin = GuardOrigin::CommandLine;
            let (settings, grants) = Default::default();
            (index, NamedGuard { source, digest: None, settings, grants, origin })
        })
        .collect();
    for (index, digest) in values::<Digest>(matches, "guard_digests") {
        let guard = before(&mut guards, index, "--guard-digest")?;
        if guard.digest.replace(digest).is_some() {
            return Err(format!("two --guard-digest belong to the guard {}", guard.source));
        }
    }
    for (index, (name, value)) in values::<(String, String)>(matches, "guard_settings") {
        let guard = before(&mut guards, index, "--guard-setting")?;
        if guard.settings.insert(name.clone(), value).is_some() {
            return Err(format!("two --guard-setting set {name} of the guard {}", guard.source));
        }
    }
    for (index, grant) in values::<Grant>(matches, "guard_grants") {
        before(&mut guards, index, "--guard-allow")?.grants.insert(grant);
    }
    for (_, guard) in &guards {
        check_pin(&guard.source, guard.digest.as_ref(), "--guard-digest")?;
    }
    Ok(guards.into_iter().map(|(_, guard)| guard).collect())
}

/// The values of a flag, each with its position on the command line.
fn values<'m, T: Clone + Send + Sync + 'static>(
    matches: &'m ArgMatches,
    id: &'static str,
) -> impl Iterator<Item = (usize, T)> + 'm {
    let is_set =
        matches.ids().any(|known| known == id) && matches.value_source(id) == Some(ValueSource::CommandLine);
    let indices = is_set.then(|| matches.indices_of(id)).flatten().into_iter().flatten();
    let values = is_set.then(|| matches.get_many::<T>(id)).flatten().into_iter().flatten();
    indices.zip(values.cloned())
}

/// The last guard before a position.
fn before<'g>(
    guards: &'g mut [(usize, NamedGuard)],
    index: usize,
    flag: &str,
) -> Result<&'g mut NamedGuard, String> {
    let found = guards.iter_mut().rev().find(|(own, _)| *own < index);
    found
        .map(|(_, guard)| guard)
        .ok_or_else(|| format!("{flag} belongs to the `--guard` before it, and there is none"))
}
