//! Amazon ECR: what a repository has, its token, and a tag for an image that
//! is there already.

use aws_sdk_ecr::types::{Image, ImageIdentifier, Repository as EcrRepository};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Aws, AwsError};
use model::decision::Reference;
use model::names::{Digest, EcrRegistry, Repository, Tag};
use model::plan::RegistryImage;

/// A registry's user and password, good for twelve hours. It has no `Debug`,
/// so that no log can show it.
pub struct Token {
    /// `AWS:` and the password, in base64, as docker's config takes it.
    pub auth: String,
}

/// Asks for the token of a registry.
///
/// # Errors
/// [`AwsError`] where ECR gives none.
pub async fn token(aws: &Aws, registry: &EcrRegistry) -> Result<Token, AwsError> {
    let operation = "ecr:GetAuthorizationToken";
    let on = format!("registry {} in {}", registry.account, registry.region);
    let answer = aws
        .ecr(&registry.region)
        .get_authorization_token()
        .send()
        .await
        .map_err(|error| AwsError::new(operation, on.clone(), error))?;
    let auth = answer.authorization_data().first().and_then(|data| data.authorization_token());
    let is_pair = |auth: &&str| STANDARD.decode(auth).is_ok_and(|pair| pair.contains(&b':'));
    let auth =
        auth.filter(is_pair).ok_or_else(|| AwsError::unusable(operation, on, "the answer holds no token"))?;
    Ok(Token { auth: auth.to_owned() })
}

/// What ECR has behind a tag or digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageState {
    /// There is no such repository.
    NoRepository,
    /// The repository has no such image.
    Absent,
    /// It is there.
    Found {
        /// Its digest.
        digest: Digest,
        /// All its tags.
        tags: Vec<String>,
        /// When it was pushed, in seconds since 1970.
        pushed_at: u64,
    },
}

/// Looks for an image by its tag or digest, for a plan.
///
/// # Errors
/// As of [`look`].
pub async fn find(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    reference: &Reference,
) -> Result<RegistryImage, AwsError> {
    Ok(match look(aws, registry, repository, reference).await? {
        ImageState::NoRepository => RegistryImage::NoRepository,
        ImageState::Absent => RegistryImage::Absent,
        ImageState::Found { digest, tags, .. } => RegistryImage::Present { digest, tags },
    })
}

/// Looks for an image by its tag or digest.
///
/// # Errors
/// [`AwsError`] where ECR can't be asked. A repository or an image that is
/// missing is a fact, not an error.
pub async fn look(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    reference: &Reference,
) -> Result<ImageState, AwsError> {
    let operation = "ecr:DescribeImages";
    let identifier = match reference {
        Reference::Tag(tag) => ImageIdentifier::builder().image_tag(tag.as_str()),
        Reference::Digest(digest) => ImageIdentifier::builder().image_digest(digest.as_str()),
    };
    let answer = aws
        .ecr(&registry.region)
        .describe_images()
        .registry_id(&registry.account)
        .repository_name(repository.path())
        .image_ids(identifier.build())
        .send()
        .await;
    let answer = match answer.map_err(|error| AwsError::new(operation, repository.to_string(), error)) {
        Ok(answer) => answer,
        Err(error) if error.is(&["ImageNotFoundException"]) => return Ok(ImageState::Absent),
        Err(error) if error.is(&["RepositoryNotFoundException"]) => return Ok(ImageState::NoRepository),
        Err(error) => return Err(error),
    };
    let Some(image) = answer.image_details().first() else { return Ok(ImageState::Absent) };
    let pushed_at = image.image_pushed_at().and_then(|time| u64::try_from(time.secs()).ok());
    match image.image_digest().map(Digest::parse) {
        Some(Ok(digest)) => Ok(ImageState::Found {
            digest,
            tags: image.image_tags().to_vec(),
            pushed_at: pushed_at.unwrap_or_default(),
        }),
        _ => Ok(ImageState::Absent),
    }
}

/// Reads the manifest of an image that is there.
///
/// # Errors
/// [`AwsError`] where ECR does not give it.
pub async fn manifest(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<Image>, AwsError> {
    let answer = aws
        .ecr(&registry.region)
        .batch_get_image()
        .registry_id(&registry.account)
        .repository_name(repository.path())
        .image_ids(ImageIdentifier::builder().image_digest(digest.as_str()).build())
        .send()
        .await
        .map_err(|error| AwsError::new("ecr:BatchGetImage", repository.pinned(digest), error))?;
    Ok(answer.images.unwrap_or_default().into_iter().next())
}

/// Gives an image that is there another tag, without docker.
///
/// # Errors
/// [`AwsError`] where ECR does not do it, as for a tag that an immutable
/// repository has on another image.
pub async fn tag(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    digest: &Digest,
    tags: &[Tag],
) -> Result<(), AwsError> {
    let image = manifest(aws, registry, repository, digest).await?;
    for tag in tags {
        let request = PutImage {
            manifest: image.as_ref().and_then(|image| image.image_manifest()).map(str::to_owned),
            media_type: image.as_ref().and_then(|i| i.image_manifest_media_type()).map(str::to_owned),
            tag: Some(tag),
            digest: None,
        };
        match put_image(aws, registry, repository, request).await {
            // Another run tagged the image in the meantime.
            Err(error) if error.is(&["ImageAlreadyExistsException"]) => {}
            put => put?,
        }
    }
    Ok(())
}

/// A request of `PutImage`.
#[derive(Debug, Default)]
pub(crate) struct PutImage<'r> {
    pub(crate) manifest: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) tag: Option<&'r Tag>,
    pub(crate) digest: Option<&'r str>,
}

/// `PutImage`.
///
/// # Errors
/// [`AwsError`] if the request fails.
pub(crate) async fn put_image(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    image: PutImage<'_>,
) -> Result<(), AwsError> {
    let subject = image.tag.map_or_else(|| repository.to_string(), |tag| repository.tagged(tag));
    let request = aws.ecr(&registry.region).put_image().registry_id(&registry.account);
    let request = request.repository_name(repository.path()).set_image_manifest(image.manifest);
    let request = request.set_image_manifest_media_type(image.media_type);
    let request = request.set_image_tag(image.tag.map(|tag| tag.as_str().to_owned()));
    let response = request.set_image_digest(image.digest.map(str::to_owned)).send().await;
    response.map(drop).map_err(|error| AwsError::new("ecr:PutImage", subject, error))
}

/// `DescribeRepositories` of one repository.
///
/// # Errors
/// [`AwsError`] if the request fails.
pub(crate) async fn describe_repository(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
) -> Result<Option<EcrRepository>, AwsError> {
    let request = aws.ecr(&registry.region).describe_repositories().registry_id(&registry.account);
    let response = request.repository_names(repository.path()).send().await;
    let response =
        response.map_err(|error| AwsError::new("ecr:DescribeRepositories", repository.to_string(), error))?;
    Ok(response.repositories.unwrap_or_default().into_iter().next())
}

/// `BatchCheckLayerAvailability` of one layer.
///
/// # Errors
/// [`AwsError`] if the request fails.
pub(crate) async fn check_layer_availability(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    layer: &str,
) -> Result<(), AwsError> {
    let request = aws.ecr(&registry.region).batch_check_layer_availability().registry_id(&registry.account);
    let response = request.repository_name(repository.path()).layer_digests(layer).send().await;
    let operation = "ecr:BatchCheckLayerAvailability";
    response.map(drop).map_err(|error| AwsError::new(operation, repository.to_string(), error))
}
