//! The settings whose values can matter to the cases.

use model::lookup::{LookupReply, LookupResult};
use model::source::{BuiltIn, ComponentSource};
use sandbox::cases::CaseResult;
use sandbox::{Manifest, SettingDeclaration};

/// The settings that the policy declares. The policy `rules` declares the same ones for every file, because the host knows
/// no file yet: of those, the ones that a file which it read names, or that a case sets.
pub(super) fn relevant_settings<'m>(
    policy: &ComponentSource,
    manifest: &'m Manifest,
    results: &[CaseResult],
) -> Vec<&'m SettingDeclaration> {
    if !matches!(policy, ComponentSource::BuiltIn(BuiltIn::Rules)) {
        return manifest.settings.iter().collect();
    }
    let is_relevant = |declared: &&SettingDeclaration| {
        results.iter().any(|result| {
            let files = result.lookups.iter().filter_map(|lookup| match &lookup.result {
                LookupResult::Reply(LookupReply::File(Some(text))) => Some(text.as_str()),
                LookupResult::Reply(_) | LookupResult::Error(_) => None,
            });
            let named = files.flat_map(named_settings);
            let set = result.settings.iter().map(String::as_str);
            named.chain(set).any(|name| declared.matches(name))
        })
    };
    manifest.settings.iter().filter(is_relevant).collect()
}

/// The names of the settings in a file of rules, as in `{settings.DEPLOY_BRANCHES}`.
fn named_settings(text: &str) -> impl Iterator<Item = &str> {
    text.split("{settings.").skip(1).filter_map(|rest| rest.split(['}', '?']).next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_named_in_braces() {
        let text =
            "a = \"{settings.DEPLOY_A}-{settings.ECS_CLUSTER_*}\"\nb = \"{settings.DEPLOY_B?}\" # settings.C";
        assert_eq!(named_settings(text).collect::<Vec<_>>(), ["DEPLOY_A", "ECS_CLUSTER_*", "DEPLOY_B"]);
    }
}
