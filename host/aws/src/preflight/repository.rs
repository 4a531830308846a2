//! The checks of a repository in Amazon ECR. They do not change it.

use super::ProbeResult;
use crate::connect::Aws;
use crate::ecr;
use crate::error::AwsError;
use crate::mutability::ImmutableTags;
use model::check::Check;
use model::decision::Image;
use model::names::{EcrRegistry, Repository, Tag};

/// The digest of a layer and of a manifest that do not exist.
const NO_DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// Checks whether a repository accepts these tags of an image: an immutable repository rejects existing tags.
pub async fn check_tags(aws: &Aws, registry: &EcrRegistry, image: &Image, tags: &[Tag]) -> Check {
    let (name, repository) = (format!("tags of {}", image.name), &image.repository);
    let found = match ImmutableTags::find(aws, registry, repository, tags).await {
        Ok(Some(found)) => found,
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
    match found.describe_conflict(repository) {
        Some(conflict) => Check::failed(name, conflict),
        None => Check::ok(name, format!("the repository is {} and accepts them", found.mutability)),
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
