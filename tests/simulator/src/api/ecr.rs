//! Amazon ECR.

use serde_json::{Value, json};

use super::paging::page;
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::names::synthetic_digest;
use crate::model::{Image, Repository};
use crate::region::Region;

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

impl Region {
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
        let shown = self.render_repository(&repository);
        self.repositories.insert(name, repository);
        self.mark_changed();
        Ok(json!({ "repository": shown }))
    }

    fn render_repository(&self, own: &Repository) -> Value {
        json!({
            "repositoryArn": self.id.arn("ecr", &format!("repository/{}", own.name)),
            "registryId": self.id.account,
            "repositoryName": own.name,
            "repositoryUri": format!("{}/{}", self.id.registry_host(), own.name),
            "createdAt": self.timestamp(own.created_at),
            "imageTagMutability": own.mutability,
            "imageScanningConfiguration": { "scanOnPush": false },
            "encryptionConfiguration": { "encryptionType": "AES256" },
        })
    }

    pub(super) fn describe_repositories(&self, request: &Value) -> ApiResult {
        let names = json::strings(request, "repositoryNames");
        if names.is_empty() {
            let all = self.repositories.values().map(|own| self.render_repository(own)).collect();
            return page(request, "repositories", all, 1000);
        }
        let found = |name: &String| {
            self.repositories
                .get(name)
                .map(|own| self.render_repository(own))
                .ok_or_else(|| self.repository_not_found(name))
        };
        Ok(json!({ "repositories": names.iter().map(found).collect::<Result<Vec<_>, _>>()? }))
    }

    fn render_image_detail(&self, own: &Repository, image: &Image) -> Value {
        let mut shown = json!({
            "registryId": self.id.account,
            "repositoryName": own.name,
            "imageDigest": image.digest,
            "imageSizeInBytes": 1_234_567,
            "imagePushedAt": self.timestamp(image.pushed_at),
            "imageManifestMediaType": MANIFEST,
            "artifactMediaType": "application/vnd.docker.container.image.v1+json",
        });
        if !image.tags.is_empty() {
            json::insert(&mut shown, "imageTags", json!(image.tags));
        }
        shown
    }

    pub(super) fn describe_images(&self, request: &Value) -> ApiResult {
        let own = self.repository(request)?;
        let wanted = json::list(request, "imageIds");
        if wanted.is_empty() {
            let details = own.images.iter().map(|image| self.render_image_detail(own, image)).collect();
            return page(request, "imageDetails", details, 1000);
        }
        let mut details: Vec<Value> = Vec::new();
        for id in wanted {
            let (tag, digest) = (json::string(id, "imageTag"), json::string(id, "imageDigest"));
            let image = own.find(tag, digest).ok_or_else(|| {
                let text = |text: Option<&str>| text.map_or("null".to_owned(), |text| format!("'{text}'"));
                ApiError::new(
                    "ImageNotFoundException",
                    format!(
                        "The image with imageId {{imageDigest:{}, imageTag:{}}} does not exist within the repository \
                         with name '{}' in the registry with id '{}'",
                        text(digest),
                        text(tag),
                        own.name,
                        self.id.account
                    ),
                )
            })?;
            details.push(self.render_image_detail(own, image));
        }
        details.dedup();
        Ok(json!({ "imageDetails": details }))
    }

    pub(super) fn list_images(&self, request: &Value) -> ApiResult {
        let own = self.repository(request)?;
        let ids = own.images.iter().flat_map(|image| {
            let untagged = image.tags.is_empty().then(|| json!({ "imageDigest": image.digest }));
            let tagged = image.tags.iter().map(|tag| json!({ "imageDigest": image.digest, "imageTag": tag }));
            tagged.chain(untagged)
        });
        page(request, "imageIds", ids.collect(), 1000)
    }

    pub(super) fn batch_get_image(&self, request: &Value) -> ApiResult {
        let own = self.repository(request)?;
        let (mut images, mut failures) = (Vec::new(), Vec::new());
        for id in json::list(request, "imageIds") {
            let tag = json::string(id, "imageTag");
            match own.find(tag, json::string(id, "imageDigest")) {
                Some(image) => images.push(self.render_image(own, image, tag)),
                None => failures.push(json!({
                    "imageId": id,
                    "failureCode": "ImageNotFound",
                    "failureReason": "Requested image not found",
                })),
            }
        }
        Ok(json!({ "images": images, "failures": failures }))
    }

    fn render_image(&self, own: &Repository, image: &Image, tag: Option<&str>) -> Value {
        let mut id = json!({ "imageDigest": image.digest });
        if let Some(tag) = tag {
            json::insert(&mut id, "imageTag", json!(tag));
        }
        let made_up =
            || json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": { "digest": image.digest } });
        json!({
            "registryId": self.id.account,
            "repositoryName": own.name,
            "imageId": id,
            "imageManifest": image.manifest.clone().unwrap_or_else(|| made_up().to_string()),
            "imageManifestMediaType": MANIFEST,
        })
    }

    pub(super) fn put_image(&mut self, request: &Value) -> ApiResult {
        let name = self.repository(request)?.name.clone();
        let manifest = json::string(request, "imageManifest").unwrap_or_default().to_owned();
        let tag = json::string(request, "imageTag").map(str::to_owned);
        let digest = json::string(request, "imageDigest").map(str::to_owned);
        // A manifest that an image here has already is that image.
        let known = self.repositories.get(&name).and_then(|own| {
            let same = |image: &&Image| {
                self.render_image(own, image, None).get("imageManifest") == Some(&json!(manifest))
            };
            own.images.iter().find(same).map(|image| image.digest.clone())
        });
        let own = known.unwrap_or_else(|| synthetic_digest(&manifest));
        if digest.is_some_and(|digest| digest != own) {
            // `PutImage` in the API reference.
            return Err(ApiError::new(
                "ImageDigestDoesNotMatchException",
                "The specified image digest does not match the digest that Amazon ECR calculated for the image.",
            ));
        }
        let digest = own;
        self.push_image(&name, &digest, tag.as_deref(), Some(manifest))?;
        let shown = self
            .repositories
            .get(&name)
            .and_then(|own| Some(self.render_image(own, own.find(None, Some(&digest))?, tag.as_deref())));
        Ok(json!({ "image": shown }))
    }

    /// No layers are kept.
    pub(super) fn batch_check_layer_availability(&self, request: &Value) -> ApiResult {
        self.repository(request)?;
        let layer = |digest: String| json!({ "layerDigest": digest, "layerAvailability": "UNAVAILABLE" });
        let layers = json::strings(request, "layerDigests").into_iter().map(layer);
        Ok(json!({ "layers": layers.collect::<Vec<_>>(), "failures": [] }))
    }

    /// Puts an image into a repository, as a push does.
    pub(crate) fn push_image(
        &mut self,
        repository: &str,
        digest: &str,
        tag: Option<&str>,
        manifest: Option<String>,
    ) -> Result<(), ApiError> {
        let (now, account) = (self.now, self.id.account.clone());
        let refused = self.repository_not_found(repository);
        let own = self.repositories.get_mut(repository).ok_or(refused)?;
        let at = format!("in the repository '{repository}' in registry with id '{account}'");
        if own.find(tag, Some(digest)).is_some() {
            let tag = tag.unwrap_or_default();
            let message = format!("Image with digest '{digest}' and tag '{tag}' already exists {at}");
            return Err(ApiError::new("ImageAlreadyExistsException", message));
        }
        if let Some(taken) =
            tag.filter(|_| own.is_immutable()).filter(|tag| own.find(Some(tag), None).is_some())
        {
            let message = format!(
                "The image tag '{taken}' already exists in the '{repository}' repository and cannot be overwritten \
                 because the repository is immutable."
            );
            return Err(ApiError::new("ImageTagAlreadyExistsException", message));
        }
        own.put(digest, tag, manifest, now);
        self.mark_changed();
        Ok(())
    }

    pub(super) fn get_authorization_token(&self) -> Value {
        let token = base64(format!("AWS:{}", self.scenario.registry_password).as_bytes());
        let endpoint = self
            .scenario
            .registry_endpoint
            .clone()
            .unwrap_or_else(|| format!("https://{}", self.id.registry_host()));
        json!({
            "authorizationData": [{
                "authorizationToken": token,
                "expiresAt": self.timestamp(self.now.plus(12.0 * 3600.0)),
                "proxyEndpoint": endpoint,
            }],
        })
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        for place in 0..4 {
            let digit = DIGITS.get(group >> (18 - 6 * place) & 63).copied().unwrap_or(b'=');
            text.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_pads_what_is_left() {
        assert_eq!(
            ["", "A", "AW", "AWS", "AWS:"].map(|text| base64(text.as_bytes())),
            ["", "QQ==", "QVc=", "QVdT", "QVdTOg=="]
        );
    }
}
