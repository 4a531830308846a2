//! The checks of a repository in Amazon ECR. They do not change it.

use aws_sdk_ecr::types::{ImageTagMutability, Repository as Described};

use super::ProbeResult;
use crate::connect::Aws;
use crate::ecr;
use crate::error::AwsError;
use model::check::Check;
use model::decision::{Image, Reference};
use model::names::{EcrRegistry, Repository, Tag};
use model::plan::RegistryImage;

/// The digest of a layer and of a manifest that do not exist.
const NO_DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Checks whether a repository accepts these tags of an image: an immutable repository rejects existing tags.
pub async fn check_tags(aws: &Aws, registry: &EcrRegistry, image: &Image, tags: &[Tag]) -> Check {
    let (name, repository) = (format!("tags of {}", image.name), &image.repository);
    let described = match ecr::describe_repository(aws, registry, repository).await {
        Ok(Some(described)) => described,
        Ok(None) => {
            return Check::skipped(name, "could not check: ECR returned no description of the repository");
        }
        Err(error) => {
            let hint = error.hint.clone().unwrap_or_else(|| error.to_string());
            return Check::skipped(
                name,
                format!("could not check whether the repository is immutable: {hint}"),
            );
        }
    };
    let mutability =
        described.image_tag_mutability().map_or("MUTABLE", ImageTagMutability::as_str).to_owned();
    let mut existing = Vec::new();
    for tag in tags.iter().filter(|tag| is_immutable(&described, tag.as_str())) {
        match ecr::find_image(aws, registry, repository, &Reference::Tag(tag.clone())).await {
            Ok(RegistryImage::Present { .. }) => existing.push(format!("`{}`", tag.as_str())),
            Ok(_) => {}
            Err(error) => return Check::skipped(name, format!("could not check: {error}")),
        }
    }
    if existing.is_empty() {
        return Check::ok(name, format!("the repository is {mutability} and accepts them"));
    }
    Check::failed(
        name,
        format!(
            "the repository {} is {mutability} and already has {}, so ECR rejects a push; exclude the tag from \
             immutability, or tag by commit only",
            repository.path(),
            existing.join(" and ")
        ),
    )
}

/// Whether a tag is immutable. The filters of the two `_WITH_EXCLUSION` settings reverse the setting (the ECR API
/// reference, `PutImageTagMutability`).
fn is_immutable(repository: &Described, tag: &str) -> bool {
    let filters = repository.image_tag_mutability_exclusion_filters();
    let is_excluded = || filters.iter().any(|filter| matches_pattern(filter.filter(), tag));
    match repository.image_tag_mutability().map_or("MUTABLE", ImageTagMutability::as_str) {
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

/// Requests the availability of a layer that does not exist, which docker does before a push.
///
/// # Errors
/// [`AwsError`] if the request fails.
pub async fn probe_layers(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
) -> Result<(), AwsError> {
    ecr::check_layer_availability(aws, registry, repository, NO_DIGEST).await
}

/// Requests the storage of an image that ECR must reject: its manifest is invalid and does not match its digest (the ECR
/// API reference, `PutImage`, `ImageDigestDoesNotMatchException`). The request contains no tag, so it cannot move one.
pub async fn probe_put(aws: &Aws, registry: &EcrRegistry, repository: &Repository) -> ProbeResult {
    let image =
        ecr::PutImage { manifest: Some("{}".to_owned()), digest: Some(NO_DIGEST), ..Default::default() };
    let response = ecr::put_image(aws, registry, repository, image).await;
    ProbeResult::from_response(
        response,
        &["ImageDigestDoesNotMatchException", "InvalidParameterException", "UnsupportedImageTypeException"],
    )
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
