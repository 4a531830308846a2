//! The digests of images.

use serde_json::Value;

use crate::json;
use crate::model::registry::synthetic_digest;
use crate::model::{ContainerImage, ImageReference, TaskDefinition};
use crate::region::Region;

impl Region {
    /// The digest of an image; `None` if the image is in a repository that does not contain it. Images of
    /// other registries have a synthetic digest.
    fn resolve_digest(&self, image: &str) -> Option<String> {
        let reference = ImageReference::parse(image);
        let tag = reference.tag.unwrap_or("latest");
        let repository = self.repositories.get(reference.repository);
        let is_own_registry = reference.host == Some(self.id.registry_host().as_str());
        let found = match reference.digest {
            Some(digest) => repository.and_then(|repository| repository.find(None, Some(digest))),
            None => repository.and_then(|repository| repository.find(Some(tag), None)),
        };
        match found {
            Some(image) => Some(image.digest.clone()),
            None if is_own_registry && self.scenario.strict_images => None,
            None => Some(reference.digest.map_or_else(|| synthetic_digest(image), str::to_owned)),
        }
    }

    /// The image of each container of a task definition, with its current digest.
    pub(crate) fn resolve_images(&self, definition: &TaskDefinition) -> Vec<ContainerImage> {
        let resolve = |container: &Value| {
            let image = json::string(container, "image").unwrap_or_default();
            ContainerImage {
                container: json::string(container, "name").unwrap_or_default().to_owned(),
                image: image.to_owned(),
                digest: self.resolve_digest(image),
            }
        };
        definition.containers().iter().map(resolve).collect()
    }
}
