//! Tags that a repository of Amazon ECR does not accept: an immutable one never moves a tag to another image.

use aws_sdk_ecr::types::{ImageTagMutability, Repository as Described};

use crate::connect::Aws;
use crate::ecr;
use crate::error::AwsError;
use model::decision::Reference;
use model::names::{EcrRegistry, Repository, Tag};
use model::plan::RegistryImage;

/// The tags of a repository that cannot be moved.
pub struct ImmutableTags {
    /// The repository's setting, such as `IMMUTABLE_WITH_EXCLUSION`.
    pub mutability: String,
    /// Those of the tags in question that exist and are immutable.
    pub existing: Vec<Tag>,
}

impl ImmutableTags {
    /// Finds those of `tags` that exist in a repository and are immutable. `None` if ECR does not describe the
    /// repository.
    ///
    /// # Errors
    /// [`AwsError`] if a request fails; `DescribeRepositories` requires a permission that a deployment does not.
    pub async fn find(
        aws: &Aws,
        registry: &EcrRegistry,
        repository: &Repository,
        tags: &[Tag],
    ) -> Result<Option<Self>, AwsError> {
        let Some(described) = ecr::describe_repository(aws, registry, repository).await? else {
            return Ok(None);
        };
        let mut existing = Vec::new();
        for tag in tags.iter().filter(|tag| is_immutable(&described, tag.as_str())) {
            let reference = Reference::Tag(tag.clone());
            let found = ecr::find_image(aws, registry, repository, &reference).await?;
            if matches!(found, RegistryImage::Present { .. }) {
                existing.push(tag.clone());
            }
        }
        Ok(Some(Self { mutability: mutability(&described).to_owned(), existing }))
    }

    /// Why a push of the tags fails; `None` if it does not.
    #[must_use]
    pub fn describe_conflict(&self, repository: &Repository) -> Option<String> {
        if self.existing.is_empty() {
            return None;
        }
        let existing: Vec<String> = self.existing.iter().map(|tag| format!("`{}`", tag.as_str())).collect();
        Some(format!(
            "the repository {} is {} and already has {}, so ECR rejects a push; exclude the tag from immutability, or \
             tag by commit only",
            repository.path(),
            self.mutability,
            existing.join(" and ")
        ))
    }
}

fn mutability(repository: &Described) -> &str {
    repository.image_tag_mutability().map_or("MUTABLE", ImageTagMutability::as_str)
}

/// Whether a tag is immutable. The filters of the two `_WITH_EXCLUSION` settings reverse the setting (the ECR API
/// reference, `PutImageTagMutability`).
fn is_immutable(repository: &Described, tag: &str) -> bool {
    let filters = repository.image_tag_mutability_exclusion_filters();
    let is_excluded = || filters.iter().any(|filter| matches_pattern(filter.filter(), tag));
    match mutability(repository) {
        "IMMUTABLE" => true,
        "IMMUTABLE_WITH_EXCLUSION" => !is_excluded(),
        "MUTABLE_WITH_EXCLUSION" => is_excluded(),
        _ => false,
    }
}

/// Whether a string matches a pattern in which `*` matches any characters.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(place, _)| place).chain([text.len()]);
            ends.filter_map(|place| text.get(place..)).any(|text| matches_pattern(rest, text))
        }),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecr::types::{
        ImageTagMutabilityExclusionFilter as Filter, ImageTagMutabilityExclusionFilterType,
    };

    use super::*;

    #[test]
    fn an_asterisk_matches_any_characters() {
        for (pattern, text) in
            [("*", ""), ("dev-*", "dev-1"), ("*-rc*", "1.0-rc.2"), ("latest", "latest"), ("*é*", "é")]
        {
            assert!(matches_pattern(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("dev-*", "prod-1"), ("latest", "latest-1"), ("*-rc", "1.0-rc.2"), ("", "a")]
        {
            assert!(!matches_pattern(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn exclusions_reverse_mutability() {
        let filter = Filter::builder()
            .filter_type(ImageTagMutabilityExclusionFilterType::Wildcard)
            .filter("dev-*")
            .build()
            .unwrap();
        let immutable = |mutability: &str, tag: &str| {
            let repository = Described::builder()
                .image_tag_mutability(ImageTagMutability::from(mutability))
                .image_tag_mutability_exclusion_filters(filter.clone());
            is_immutable(&repository.build(), tag)
        };
        assert!(immutable("IMMUTABLE", "dev-1") && !immutable("MUTABLE", "dev-1"));
        assert!(
            !immutable("IMMUTABLE_WITH_EXCLUSION", "dev-1") && immutable("IMMUTABLE_WITH_EXCLUSION", "1")
        );
        assert!(immutable("MUTABLE_WITH_EXCLUSION", "dev-1") && !immutable("MUTABLE_WITH_EXCLUSION", "1"));
    }
}
