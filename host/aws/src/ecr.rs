//! Amazon ECR: images of a repository, authorization tokens, and additional tags for an existing image.

use aws_sdk_ecr::types::{Image, ImageIdentifier, Repository as EcrRepository};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::connect::Aws;
use crate::error::AwsError;
use model::decision::Reference;
use model::names::{Digest, EcrRegistry, Repository, Tag};
use model::plan::RegistryImage;

/// A registry's user and password, valid for twelve hours. It does not implement `Debug`, so that no log
/// shows it.
pub struct Token {
    /// `AWS:` and the password, in base64, the format of docker's configuration file.
    pub auth: String,
}

impl Token {
    /// What no output may contain: the token, and the password in it.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let pair = STANDARD.decode(&self.auth).ok().and_then(|pair| String::from_utf8(pair).ok());
        let password = pair.and_then(|pair| Some(pair.split_once(':')?.1.to_owned()));
        password.into_iter().chain([self.auth.clone()]).collect()
    }
}

/// Fetches the authorization token of a registry.
///
/// # Errors
/// [`AwsError`] if the request fails, or if the response contains no valid token.
pub async fn fetch_token(aws: &Aws, registry: &EcrRegistry) -> Result<Token, AwsError> {
    let operation = "ecr:GetAuthorizationToken";
    let on = format!("registry {} in {}", registry.account, registry.region);
    let response = aws
        .ecr(&registry.region)
        .get_authorization_token()
        .send()
        .await
        .map_err(|error| AwsError::new(operation, on.clone(), error))?;
    let auth = response.authorization_data().first().and_then(|data| data.authorization_token());
    let is_user_and_password = |auth: &&str| STANDARD.decode(auth).is_ok_and(|pair| pair.contains(&b':'));
    let auth = auth
        .filter(is_user_and_password)
        .ok_or_else(|| AwsError::unusable(operation, on, "the response contains no authorization token"))?;
    Ok(Token { auth: auth.to_owned() })
}

/// The image behind a tag or digest in ECR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageState {
    /// The repository does not exist.
    NoRepository,
    /// The repository exists, and the image does not.
    Absent,
    /// The image exists.
    Found {
        /// The digest of its manifest.
        digest: Digest,
        /// All tags of the image.
        tags: Vec<String>,
        /// The time of the push, in seconds since 1970; 0 if ECR does not report it.
        pushed_at: u64,
    },
}

/// Finds an image by its tag or digest, as a plan represents it.
///
/// # Errors
/// Those of [`describe_image`].
pub async fn find_image(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    reference: &Reference,
) -> Result<RegistryImage, AwsError> {
    Ok(match describe_image(aws, registry, repository, reference).await? {
        ImageState::NoRepository => RegistryImage::NoRepository,
        ImageState::Absent => RegistryImage::Absent,
        ImageState::Found { digest, tags, .. } => RegistryImage::Present { digest, tags },
    })
}

/// Describes an image by its tag or digest.
///
/// # Errors
/// [`AwsError`] if the request fails. A missing repository or image is an [`ImageState`], not an error.
pub async fn describe_image(
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
    let response = aws
        .ecr(&registry.region)
        .describe_images()
        .registry_id(&registry.account)
        .repository_name(repository.path())
        .image_ids(identifier.build())
        .send()
        .await;
    let response = match response.map_err(|error| AwsError::new(operation, repository.to_string(), error)) {
        Ok(response) => response,
        Err(error) if error.is(&["ImageNotFoundException"]) => return Ok(ImageState::Absent),
        Err(error) if error.is(&["RepositoryNotFoundException"]) => return Ok(ImageState::NoRepository),
        Err(error) => return Err(error),
    };
    let Some(image) = response.image_details().first() else { return Ok(ImageState::Absent) };
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

/// Reads the manifest of an existing image, or `None` if ECR returns no image.
///
/// # Errors
/// [`AwsError`] if the request fails.
pub async fn fetch_manifest(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    digest: &Digest,
) -> Result<Option<Image>, AwsError> {
    let response = aws
        .ecr(&registry.region)
        .batch_get_image()
        .registry_id(&registry.account)
        .repository_name(repository.path())
        .image_ids(ImageIdentifier::builder().image_digest(digest.as_str()).build())
        .send()
        .await
        .map_err(|error| AwsError::new("ecr:BatchGetImage", repository.pinned(digest), error))?;
    Ok(response.images.unwrap_or_default().into_iter().next())
}

/// Adds tags to an existing image by its manifest, without docker, in their order.
///
/// # Errors
/// [`AwsError`] if a request fails, for example because the repository is immutable and the tag refers to
/// another image.
pub async fn add_tags(
    aws: &Aws,
    registry: &EcrRegistry,
    repository: &Repository,
    image: Option<Image>,
    tags: &[Tag],
) -> Result<(), AwsError> {
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
            Err(error) if error.is(&["ImageTagAlreadyExistsException"]) => {
                let hint = "exclude the tag from immutability, or tag by commit only";
                return Err(error.with_hint(hint));
            }
            result => result?,
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
