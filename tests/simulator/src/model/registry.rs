//! ECR repositories and their images.

use std::fmt::Write as _;

use crate::clock::Moment;

#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) name: String,
    pub(crate) mutability: String,
    pub(crate) created_at: Moment,
    pub(crate) images: Vec<Image>,
}

#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) digest: String,
    pub(crate) tags: Vec<String>,
    pub(crate) pushed_at: Moment,
    pub(crate) manifest: Option<String>,
}

impl Image {
    fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|other| other == tag)
    }
}

impl Repository {
    pub(crate) fn is_immutable(&self) -> bool {
        self.mutability.starts_with("IMMUTABLE")
    }

    /// The image with this tag and this digest, where they are set.
    pub(crate) fn find(&self, tag: Option<&str>, digest: Option<&str>) -> Option<&Image> {
        self.images.iter().find(|image| match (digest, tag) {
            (Some(digest), Some(tag)) => image.digest == digest && image.has_tag(tag),
            (Some(digest), None) => image.digest == digest,
            (None, Some(tag)) => image.has_tag(tag),
            (None, None) => false,
        })
    }

    /// Adds an image or a tag of it. The tag is removed from the image that had it.
    pub(crate) fn put(&mut self, digest: &str, tag: Option<&str>, manifest: Option<String>, now: Moment) {
        if let Some(tag) = tag {
            for image in &mut self.images {
                image.tags.retain(|other| other != tag);
            }
        }
        let tags = tag.map(str::to_owned);
        match self.images.iter_mut().find(|image| image.digest == digest) {
            Some(image) => image.tags.extend(tags),
            None => self.images.push(Image {
                digest: digest.to_owned(),
                tags: tags.into_iter().collect(),
                pushed_at: now,
                manifest,
            }),
        }
    }
}

/// The digest of an image that exists in no repository. It depends on the seed only.
pub(crate) fn synthetic_digest(seed: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in seed.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut rng = fastrand::Rng::with_seed(hash);
    let mut digest = String::from("sha256:");
    for _ in 0..4 {
        let _ = write!(digest, "{:016x}", rng.u64(..));
    }
    digest
}

/// The parts of `[HOST/]REPOSITORY[:TAG][@DIGEST]`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ImageReference<'a> {
    pub(crate) host: Option<&'a str>,
    pub(crate) repository: &'a str,
    pub(crate) tag: Option<&'a str>,
    pub(crate) digest: Option<&'a str>,
}

impl<'a> ImageReference<'a> {
    pub(crate) fn parse(image: &'a str) -> Self {
        let (name, digest) =
            image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
        let (host, path) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
            _ => (None, name),
        };
        let (repository, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
        Self { host, repository, tag, digest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_reference_is_split_into_its_parts() {
        let full = ImageReference::parse("127.0.0.1:5000/team/app:v1@sha256:ab");
        let parts = (full.host, full.repository, full.tag, full.digest);
        assert_eq!(parts, (Some("127.0.0.1:5000"), "team/app", Some("v1"), Some("sha256:ab")));
        let short = ImageReference::parse("nginx");
        assert_eq!((short.host, short.repository, short.tag, short.digest), (None, "nginx", None, None));
    }
}
