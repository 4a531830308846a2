//! What a repository of Amazon ECR would take. Nothing here can change one.

use aws_sdk_ecr::types::{ImageTagMutability, Repository as Described};

use super::ProbeResult;
use crate::ecr;
use crate::{Aws, AwsError};
use model::check::Check;
use model::decision::{Image, Reference};
use model::names::{EcrRegistry, Repository, Tag};
use model::plan::RegistryImage;

/// A digest that no text has, as far as anybody will ever find.
const NO_DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Whether a repository would take these tags of an image: an immutable one
/// refuses those that another image has.
pub async fn tags(aws: &Aws, registry: &EcrRegistry, image: &Image, tags: &[Tag]) -> Check {
    let (name, repository) = (format!("tags of {}", image.name), &image.repository);
    let described = match ecr::describe_repository(aws, registry, repository).await {
        Ok(Some(described)) => described,
        Ok(None) => return Check::skipped(name, "not known: ECR does not describe the repository"),
        Err(error) => {
            let hint = error.hint.clone().unwrap_or_else(|| error.to_string());
            return Check::skipped(name, format!("not known whether the repository is immutable: {hint}"));
        }
    };
    let mutability =
        described.image_tag_mutability().map_or("MUTABLE", ImageTagMutability::as_str).to_owned();
    let mut taken = Vec::new();
    for tag in tags.iter().filter(|tag| is_fixed(&described, tag.as_str())) {
        match ecr::find_image(aws, registry, repository, &Reference::Tag(tag.clone())).await {
            Ok(RegistryImage::Present { .. }) => taken.push(format!("`{}`", tag.as_str())),
            Ok(_) => {}
            Err(error) => return Check::skipped(name, format!("not known: {error}")),
        }
    }
    if taken.is_empty() {
        return Check::ok(name, format!("the repository is {mutability} and takes them"));
    }
    Check::failed(
        name,
        format!(
            "the repository {} is {mutability} and has {} already, so pushing it again is refused; exclude it from \
             immutability, or tag by commit alone",
            repository.path(),
            taken.join(" and ")
        ),
    )
}

/// Whether a tag stays with the image that has it. The filters of the two
/// `_WITH_EXCLUSION` kinds turn it around (ECR API reference, `PutImageTagMutability`).
fn is_fixed(repository: &Described, tag: &str) -> bool {
    let filters = repository.image_tag_mutability_exclusion_filters();
    let excluded = || filters.iter().any(|filter| fits(filter.filter(), tag));
    match repository.image_tag_mutability().map_or("MUTABLE", ImageTagMutability::as_str) {
        "IMMUTABLE" => true,
        "IMMUTABLE_WITH_EXCLUSION" => !excluded(),
        "MUTABLE_WITH_EXCLUSION" => excluded(),
        _ => false,
    }
}

/// Whether a text fits a pattern in which `*` stands for any rest.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(place, _)| place).chain([text.len()]);
            ends.filter_map(|place| text.get(place..)).any(|text| fits(rest, text))
        }),
    }
}

/// Asks for a layer that nobody has: a read, made for real.
pub async fn layers(aws: &Aws, registry: &EcrRegistry, repository: &Repository) -> Result<(), AwsError> {
    ecr::check_layer_availability(aws, registry, repository, NO_DIGEST).await
}

/// Offers an image that can't be stored: its manifest is none, and is not what
/// the digest that goes with it says, which alone has ECR refuse it (ECR API
/// reference, `PutImage`, `ImageDigestDoesNotMatchException`). It names no tag,
/// so no tag could move.
pub async fn put(aws: &Aws, registry: &EcrRegistry, repository: &Repository) -> ProbeResult {
    let image =
        ecr::PutImage { manifest: Some("{}".to_owned()), digest: Some(NO_DIGEST), ..Default::default() };
    let answer = ecr::put_image(aws, registry, repository, image).await;
    ProbeResult::from_response(
        answer,
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
    fn a_pattern_stands_for_any_rest() {
        for (pattern, text) in
            [("*", ""), ("dev-*", "dev-1"), ("*-rc*", "1.0-rc.2"), ("latest", "latest"), ("*é*", "é")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("dev-*", "prod-1"), ("latest", "latest-1"), ("*-rc", "1.0-rc.2"), ("", "a")]
        {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn exclusions_turn_mutability_around() {
        let filter = Filter::builder()
            .filter_type(ImageTagMutabilityExclusionFilterType::Wildcard)
            .filter("dev-*")
            .build()
            .unwrap();
        let fixed = |mutability: &str, tag: &str| {
            let repository = Described::builder()
                .image_tag_mutability(ImageTagMutability::from(mutability))
                .image_tag_mutability_exclusion_filters(filter.clone());
            is_fixed(&repository.build(), tag)
        };
        assert!(fixed("IMMUTABLE", "dev-1") && !fixed("MUTABLE", "dev-1"));
        assert!(!fixed("IMMUTABLE_WITH_EXCLUSION", "dev-1") && fixed("IMMUTABLE_WITH_EXCLUSION", "1"));
        assert!(fixed("MUTABLE_WITH_EXCLUSION", "dev-1") && !fixed("MUTABLE_WITH_EXCLUSION", "1"));
    }
}
