//! Repositories and their images.

use crate::clock::Moment;

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) name: String,
    pub(crate) mutability: String,
    pub(crate) created_at: Moment,
    pub(crate) images: Vec<Image>,
}

/// An image.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) digest: String,
    pub(crate) tags: Vec<String>,
    pub(crate) pushed_at: Moment,
    pub(crate) manifest: Option<String>,
}

impl Repository {
    pub(crate) fn is_immutable(&self) -> bool {
        self.mutability.starts_with("IMMUTABLE")
    }

    pub(crate) fn find(&self, tag: Option<&str>, digest: Option<&str>) -> Option<&Image> {
        self.images.iter().find(|image| match (digest, tag) {
            (Some(digest), Some(tag)) => image.digest == digest && image.tags.iter().any(|own| own == tag),
            (Some(digest), None) => image.digest == digest,
            (None, Some(tag)) => image.tags.iter().any(|own| own == tag),
            (None, None) => false,
        })
    }

    /// Puts an image: its tag leaves the image that had it.
    pub(crate) fn put(&mut self, digest: &str, tag: Option<&str>, manifest: Option<String>, at: Moment) {
        if let Some(tag) = tag {
            for image in &mut self.images {
                image.tags.retain(|own| own != tag);
            }
        }
        let tags = tag.map(str::to_owned);
        match self.images.iter_mut().find(|image| image.digest == digest) {
            Some(image) => image.tags.extend(tags),
            None => self.images.push(Image {
                digest: digest.to_owned(),
                tags: tags.into_iter().collect(),
                pushed_at: at,
                manifest,
            }),
        }
    }
}
