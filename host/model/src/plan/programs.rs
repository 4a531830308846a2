//! Containers that get one image although their tags name different programs.

use std::collections::BTreeMap;

use super::containers::ContainerPlan;
use super::definition::TaskDefinition;
use crate::text::printable;

/// Words of a tag that belong to its version.
const VERSION_WORDS: [&str; 9] =
    ["latest", "rc", "alpha", "beta", "pre", "preview", "snapshot", "build", "release"];

/// The minimum length of an abbreviated hash of a commit, as git prints it.
const MIN_HASH: usize = 7;

/// A warning for each image that replaces those of containers whose tags differ in more than the version.
pub(super) fn find_mixed_programs(plans: &[ContainerPlan], definition: &TaskDefinition) -> Vec<String> {
    let mut by_image: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for plan in plans {
        let Some(image) = &plan.image else { continue };
        let current = definition.containers().find(|(name, _)| *name == plan.container);
        by_image.entry(image).or_default().extend(current);
    }
    let is_mixed = |containers: &[(&str, &str)]| {
        let mut programs = containers.iter().filter_map(|(_, image)| find_tag(image)).map(program);
        let first = programs.next();
        programs.any(|other| Some(other) != first)
    };
    let mixed = by_image.into_iter().filter(|(_, containers)| is_mixed(containers));
    let warning = |(image, containers): (&str, Vec<(&str, &str)>)| {
        let containers = containers.iter().map(|(name, image)| format!("`{name}` runs {image}"));
        format!(
            "the image `{image}` replaces the images of containers whose tags differ in more than the version ({}); if \
             they are different programs, let the policy name the container of each image",
            printable(&containers.collect::<Vec<_>>().join(", "))
        )
    };
    mixed.map(warning).collect()
}

/// The tag of an image: `latest` if it has neither tag nor digest, and `None` if it has only a digest.
fn find_tag(image: &str) -> Option<&str> {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let tag = name.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
    tag.or_else(|| digest.is_none().then_some("latest"))
}

/// The words of a tag that are not of a version.
fn program(tag: &str) -> Vec<&str> {
    tag.split(['-', '_', '.']).filter(|word| !word.is_empty() && !is_version(word)).collect()
}

fn is_version(word: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let is_number = |text: &str| text.starts_with(is_digit);
    let is_hash =
        word.len() >= MIN_HASH && word.chars().all(|c| c.is_ascii_hexdigit()) && word.contains(is_digit);
    is_number(word)
        || is_hash
        || word.strip_prefix(['v', 'V']).is_some_and(is_number)
        || VERSION_WORDS.contains(&word.trim_end_matches(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_dates_and_commits_are_no_part_of_a_program() {
        for (tag, expected) in [
            ("42", vec![]),
            ("v1.2.3", vec![]),
            ("1.2.3-rc1", vec![]),
            ("latest", vec![]),
            ("20240131T1015", vec![]),
            ("3f2a9c10d1e2f30415263748596a7b8c9d0e1f20", vec![]),
            ("master-3f2a9c1", vec!["master"]),
            ("api-42", vec!["api"]),
            ("1.27-alpine", vec!["alpine"]),
            ("front_v2", vec!["front"]),
            ("facade", vec!["facade"]),
        ] {
            assert_eq!(program(tag), expected, "{tag}");
        }
    }

    #[test]
    fn a_tag_is_found_before_a_digest_and_after_a_port() {
        assert_eq!(find_tag("h.example:5000/web:api-42"), Some("api-42"));
        assert_eq!(find_tag("h.example:5000/web:api-42@sha256:0"), Some("api-42"));
        assert_eq!(find_tag("h.example:5000/web"), Some("latest"));
        assert_eq!(find_tag("h.example:5000/web@sha256:0"), None);
    }
}
