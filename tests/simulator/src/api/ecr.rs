//! Amazon ECR.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::registry::synthetic_digest;
use crate::model::{Image, Repository};
use crate::region::Region;

const MANIFEST_TYPE: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG_TYPE: &str = "application/vnd.docker.container.image.v1+json";

/// The validity of an authorization token: 12 hours (GetAuthorizationToken in the API reference).
const TOKEN_SECONDS: f64 = 12.0 * 3600.0;

impl Region {
    /// The repository of a request.
    fn repository(&self, request: &Value) -> Result<&Repository, ApiError> {
        let name = json::string(request, "repositoryName").unwrap_or_default();
        self.repositories.get(name).ok_or_else(|| self.repository_not_found(name))
    }

    fn repository_not_found(&self, name: &str) -> ApiError {
        let account = &self.id.account;
        ApiError::new(
            "RepositoryNotFoundException",
            format!("The repository with name '{name}' does not exist in the registry with id '{account}'"),
        )
    }

    pub(super) fn create_repository(&mut self, request: &Value) -> ApiResult {
        let name = json::string(request, "repositoryName").unwrap_or_default().to_owned();
        let account = &self.id.account;
        if self.repositories.contains_key(&name) {
            let message = format!(
                "The repository with name '{name}' already exists in the registry with id '{account}'"
            );
            return Err(ApiError::new("RepositoryAlreadyExistsException", message));
        }
        let mutability = json::string(request, "imageTagMutability").unwrap_or("MUTABLE").to_owned();
        let repository =
            Repository { name: name.clone(), mutability, created_at: self.now, images: Vec::new() };
        let response = self.render_repository(&repository);
        self.repositories.insert(name, repository);
        self.mark_changed();
        Ok(json!({ "repository": response }))
    }

    fn render_repository(&self, repository: &Repository) -> Value {
        json!({
            "repositoryArn": self.id.arn("ecr", &format!("repository/{}", repository.name)),
            "registryId": self.id.account,
            "repositoryName": repository.name,
            "repositoryUri": format!("{}/{}", self.id.registry_host(), repository.name),
            "createdAt": self.timestamp(repository.created_at),
            "imageTagMutability": repository.mutability,
            "imageScanningConfiguration": { "scanOnPush": false },
            "encryptionConfiguration": { "encryptionType": "AES256" },
        })
    }

    pub(super) fn describe_repositories(&self, request: &Value) -> ApiResult {
        let names = json::strings(request, "repositoryNames");
        if names.is_empty() {
            let all = self.repositories.values().map(|repository| self.render_repository(repository));
            return page(request, "repositories", all.collect(), 1000);
        }
        let find = |name: &String| match self.repositories.get(name) {
            Some(repository) => Ok(self.render_repository(repository)),
            None => Err(self.repository_not_found(name)),
        };
        Ok(json!({ "repositories": names.iter().map(find).collect::<Result<Vec<_>, _>>()? }))
    }

    fn render_image_detail(&self, repository: &Repository, image: &Image) -> Value {
        let mut detail = json!({
            "registryId": self.id.account,
            "repositoryName": repository.name,
            "imageDigest": image.digest,
            "imageSizeInBytes": 1_234_567,
            "imagePushedAt": self.timestamp(image.pushed_at),
            "imageManifestMediaType": MANIFEST_TYPE,
            "artifactMediaType": CONFIG_TYPE,
        });
        if !image.tags.is_empty() {
            json::insert(&mut detail, "imageTags", json!(image.tags));
        }
        detail
    }

    pub(super) fn describe_images(&self, request: &Value) -> ApiResult {
        let repository = self.repository(request)?;
        let ids = json::list(request, "imageIds");
        if ids.is_empty() {
            let details = repository.images.iter().map(|image| self.render_image_detail(repository, image));
            return page(request, "imageDetails", details.collect(), 1000);
        }
        let mut details: Vec<Value> = Vec::new();
        for id in ids {
            let (tag, digest) = (json::string(id, "imageTag"), json::string(id, "imageDigest"));
            let image = repository
                .find(tag, digest)
                .ok_or_else(|| self.image_not_found(&repository.name, tag, digest))?;
            details.push(self.render_image_detail(repository, image));
        }
        details.dedup();
        Ok(json!({ "imageDetails": details }))
    }

    fn image_not_found(&self, repository: &str, tag: Option<&str>, digest: Option<&str>) -> ApiError {
        let quote = |text: Option<&str>| text.map_or("null".to_owned(), |text| format!("'{text}'"));
        let (digest, tag, account) = (quote(digest), quote(tag), &self.id.account);
        ApiError::new(
            "ImageNotFoundException",
            format!(
                "The image with imageId {{imageDigest:{digest}, imageTag:{tag}}} does not exist within the repository \
                 with name '{repository}' in the registry with id '{account}'"
            ),
        )
    }

    pub(super) fn list_images(&self, request: &Value) -> ApiResult {
        let repository = self.repository(request)?;
        let ids = repository.images.iter().flat_map(|image| {
            let untagged = image.tags.is_empty().then(|| json!({ "imageDigest": image.digest }));
            let tagged = image.tags.iter().map(|tag| json!({ "imageDigest": image.digest, "imageTag": tag }));
            tagged.chain(untagged)
        });
        page(request, "imageIds", ids.collect(), 1000)
    }

    pub(super) fn batch_get_image(&self, request: &Value) -> ApiResult {
        let repository = self.repository(request)?;
        let (mut images, mut failures) = (Vec::new(), Vec::new());
        for id in json::list(request, "imageIds") {
            let tag = json::string(id, "imageTag");
            match repository.find(tag, json::string(id, "imageDigest")) {
                Some(image) => images.push(self.render_image(repository, image, tag)),
                None => failures.push(json!({
                    "imageId": id,
                    "failureCode": "ImageNotFound",
                    "failureReason": "Requested image not found",
                })),
            }
        }
        Ok(json!({ "images": images, "failures": failures }))
    }

    fn render_image(&self, repository: &Repository, image: &Image, tag: Option<&str>) -> Value {
        let mut id = json!({ "imageDigest": image.digest });
        if let Some(tag) = tag {
            json::insert(&mut id, "imageTag", json!(tag));
        }
        json!({
            "registryId": self.id.account,
            "repositoryName": repository.name,
            "imageId": id,
            "imageManifest": manifest(image),
            "imageManifestMediaType": MANIFEST_TYPE,
        })
    }

    pub(super) fn put_image(&mut self, request: &Value) -> ApiResult {
        let repository = self.repository(request)?;
        let name = repository.name.clone();
        let new_manifest = json::string(request, "imageManifest").unwrap_or_default();
        let tag = json::string(request, "imageTag");
        let existing = repository.images.iter().find(|image| manifest(image) == new_manifest);
        let digest = existing.map_or_else(|| synthetic_digest(new_manifest), |image| image.digest.clone());
        if json::string(request, "imageDigest").is_some_and(|expected| expected != digest) {
            // PutImage in the API reference.
            return Err(ApiError::new(
                "ImageDigestDoesNotMatchException",
                "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
            ));
        }
        self.push_image(&name, &digest, tag, Some(new_manifest.to_owned()))?;
        let repository = self.repositories.get(&name);
        let response = repository.and_then(|repository| {
            Some(self.render_image(repository, repository.find(None, Some(&digest))?, tag))
        });
        Ok(json!({ "image": response }))
    }

    /// Reports all layers as unavailable: repositories contain manifests only.
    pub(super) fn batch_check_layer_availability(&self, request: &Value) -> ApiResult {
        self.repository(request)?;
        let layer = |digest: String| json!({ "layerDigest": digest, "layerAvailability": "UNAVAILABLE" });
        let layers = json::strings(request, "layerDigests").into_iter().map(layer);
        Ok(json!({ "layers": layers.collect::<Vec<_>>(), "failures": [] }))
    }

    /// Adds an image or a tag to a repository.
    ///
    /// # Errors
    /// If the repository does not exist, contains the image with this tag already, or is immutable and
    /// contains the tag.
    pub(crate) fn push_image(
        &mut self,
        repository: &str,
        digest: &str,
        tag: Option<&str>,
        manifest: Option<String>,
    ) -> Result<(), ApiError> {
        let (now, account) = (self.now, self.id.account.clone());
        let not_found = self.repository_not_found(repository);
        let images = self.repositories.get_mut(repository).ok_or(not_found)?;
        if images.find(tag, Some(digest)).is_some() {
            let tag = tag.unwrap_or_default();
            let message = format!(
                "Image with digest '{digest}' and tag '{tag}' already exists in the repository '{repository}' in \
                 registry with id '{account}'"
            );
            return Err(ApiError::new("ImageAlreadyExistsException", message));
        }
        if let Some(tag) = tag.filter(|tag| images.is_immutable() && images.find(Some(tag), None).is_some()) {
            let message = format!(
                "The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten \
                 because the repository is immutable."
            );
            return Err(ApiError::new("ImageTagAlreadyExistsException", message));
        }
        images.put(digest, tag, manifest, now);
        self.mark_changed();
        Ok(())
    }

    pub(super) fn get_authorization_token(&self) -> Value {
        let token = STANDARD.encode(format!("AWS:{}", self.scenario.registry_password));
        let endpoint = self
            .scenario
            .registry_endpoint
            .clone()
            .unwrap_or_else(|| format!("https://{}", self.id.registry_host()));
        json!({
            "authorizationData": [{
                "authorizationToken": token,
                "expiresAt": self.timestamp(self.now.plus(TOKEN_SECONDS)),
                "proxyEndpoint": endpoint,
            }],
        })
    }
}

/// The manifest of an image; a synthetic one for images of the scenario.
fn manifest(image: &Image) -> String {
    image.manifest.clone().unwrap_or_else(|| {
        let config = json!({ "digest": image.digest });
        json!({ "schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config }).to_string()
    })
}
