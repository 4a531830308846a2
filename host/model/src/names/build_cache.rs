//! Images by name, and caches of a build.

use std::fmt;

use serde::Serialize;

use super::{Digest, InvalidName, Repository, Tag};

/// An image: `REPOSITORY:TAG` or `REPOSITORY@sha256:DIGEST`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(into = "String")]
pub struct ImageReference {
    /// The repository.
    pub repository: Repository,
    /// The whole text.
    pub text: String,
}

impl From<ImageReference> for String {
    fn from(image: ImageReference) -> Self {
        image.text
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ImageReference {
    /// Parses the name of an image.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let repository = match text.split_once('@') {
            Some((repository, digest)) => {
                Digest::parse(digest)?;
                repository
            }
            None => {
                let rule = "expected REPOSITORY:TAG or REPOSITORY@sha256:DIGEST";
                let (repository, tag) =
                    text.rsplit_once(':').ok_or_else(|| InvalidName::new("image", text, rule))?;
                Tag::parse(tag)?;
                repository
            }
        };
        Ok(Self { repository: Repository::parse(repository)?, text: text.to_owned() })
    }
}

/// Where a build reads or writes its cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(into = "String")]
pub struct BuildCache {
    text: String,
    image: Option<ImageReference>,
    is_short: bool,
    is_inline: bool,
}

impl From<BuildCache> for String {
    fn from(cache: BuildCache) -> Self {
        cache.text
    }
}

impl fmt::Display for BuildCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The types of caches that are read (Docker's documentation, "Cache storage backends"). The others read files or
/// services of the machine.
const SOURCES: [&str; 2] = ["registry", "gha"];

/// The types of caches that are written.
const DESTINATIONS: [&str; 3] = ["registry", "gha", "inline"];

/// The options of a cache of GitHub Actions that set its server and its login. By default buildx reads both from the job
/// (`cacheutil.go` of buildx), so that a server of the policy's choice would receive the job's token.
const FORBIDDEN: [&str; 4] = ["url", "url_v2", "token", "ghtoken"];

const SOURCE_RULE: &str =
    "expected REPOSITORY:TAG, or type=registry,ref=REPOSITORY:TAG or type=gha with options";
const DESTINATION_RULE: &str =
    "expected REPOSITORY:TAG, or type=registry,ref=REPOSITORY:TAG, type=gha or type=inline with options";

impl BuildCache {
    /// Parses a cache to read.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse_source(text: &str) -> Result<Self, InvalidName> {
        Self::parse(text, &SOURCES, SOURCE_RULE)
    }

    /// Parses a cache to write.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse_destination(text: &str) -> Result<Self, InvalidName> {
        let cache = Self::parse(text, &DESTINATIONS, DESTINATION_RULE)?;
        // The digest of what is written is not known before. Docker ends such a build with an error.
        if cache.image.as_ref().is_some_and(|image| image.text.contains('@')) {
            let rule = "expected a tag, as in REPOSITORY:TAG: a cache cannot be written to a digest";
            return Err(InvalidName::new("build cache", text, rule));
        }
        Ok(cache)
    }

    fn parse(text: &str, types: &[&str], rule: &'static str) -> Result<Self, InvalidName> {
        let invalid = || InvalidName::new("build cache", text, rule);
        if !text.starts_with("type=") {
            let image = ImageReference::parse(text).map_err(|_| invalid())?;
            return Ok(Self { text: text.to_owned(), image: Some(image), is_short: true, is_inline: false });
        }
        let options: Option<Vec<(&str, &str)>> = text.split(',').map(|part| part.split_once('=')).collect();
        let options = options.filter(|options| text.len() <= 1024 && options.iter().all(is_option));
        let options = options.ok_or_else(invalid)?;
        let find = |name: &str| options.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
        let is_once = options
            .iter()
            .enumerate()
            .all(|(place, (name, _))| options.iter().take(place).all(|(other, _)| other != name));
        let kind = find("type").filter(|kind| is_once && types.contains(kind)).ok_or_else(invalid)?;
        let image = find("ref").map(ImageReference::parse).transpose().map_err(|_| invalid())?;
        if (kind == "registry") != image.is_some() {
            return Err(invalid());
        }
        if options.iter().any(|(name, _)| FORBIDDEN.contains(name)) {
            let rule = "expected no `url` and no token: buildx reads both from the job";
            return Err(InvalidName::new("build cache", text, rule));
        }
        Ok(Self { text: text.to_owned(), image, is_short: false, is_inline: kind == "inline" })
    }

    /// The repository, if the cache is in a registry.
    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        self.image.as_ref().map(|image| &image.repository)
    }

    /// Whether the cache is a part of the image itself.
    #[must_use]
    pub fn is_inline(&self) -> bool {
        self.is_inline
    }

    /// The value of `--cache-from`.
    #[must_use]
    pub fn source_argument(&self) -> String {
        if self.is_short { format!("type=registry,ref={}", self.text) } else { self.text.clone() }
    }

    /// The value of `--cache-to`. A cache of all stages needs `mode=max`, and Amazon ECR accepts a cache only as the
    /// manifest of an image of the OCI (AWS's blog, "Announcing remote cache support in Amazon ECR for BuildKit clients").
    #[must_use]
    pub fn destination_argument(&self) -> String {
        if self.is_short {
            format!("type=registry,ref={},mode=max,image-manifest=true,oci-mediatypes=true", self.text)
        } else {
            self.text.clone()
        }
    }
}

/// Whether an option is a name and a value that buildx, which reads them as CSV, splits in the same way.
fn is_option((name, value): &(&str, &str)) -> bool {
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c));
    is_name && value.chars().all(|c| c.is_ascii_graphic() && c != '"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_cache_gets_the_options_that_registries_need() {
        let cache = BuildCache::parse_destination("registry.example/app:cache").unwrap();
        assert_eq!(cache.source_argument(), "type=registry,ref=registry.example/app:cache");
        assert_eq!(
            cache.destination_argument(),
            "type=registry,ref=registry.example/app:cache,mode=max,image-manifest=true,oci-mediatypes=true"
        );
        assert_eq!(cache.repository().map(ToString::to_string).as_deref(), Some("registry.example/app"));
    }

    #[test]
    fn other_types_and_repeated_options_are_rejected() {
        for good in ["type=gha", "type=gha,scope=main", "type=registry,ref=h.example/a:b,mode=max"] {
            assert_eq!(BuildCache::parse_destination(good).unwrap().destination_argument(), good);
        }
        assert!(BuildCache::parse_destination("type=inline").is_ok());
        for bad in [
            "",
            "app:cache",
            "type=local,src=/etc",
            "type=inline",
            "type=registry",
            "type=registry,ref=h.example/a",
            "type=gha,ref=h.example/a:b",
            "type=gha,type=local",
            "type=gha,\"scope=a",
            "type=gha,scope=a b",
            "type=gha,scope",
            "type=gha,url=https://h.example/",
            "type=gha,url_v2=https://h.example/",
            "type=gha,token=x",
            "--cache",
        ] {
            assert!(BuildCache::parse_source(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cache_is_read_from_a_digest_and_never_written_to_one() {
        let pinned = format!("h.example/a@sha256:{}", "0".repeat(64));
        for cache in [pinned.clone(), format!("type=registry,ref={pinned}")] {
            assert!(BuildCache::parse_source(&cache).is_ok(), "{cache}");
            assert!(BuildCache::parse_destination(&cache).is_err(), "{cache}");
        }
    }

    #[test]
    fn an_image_has_a_tag_or_a_digest() {
        let digest = format!("h.example:5000/a@sha256:{}", "0".repeat(64));
        for good in ["h.example/a:b", digest.as_str()] {
            assert_eq!(ImageReference::parse(good).unwrap().text, good);
        }
        for bad in ["h.example/a", "a:b", "h.example/a@sha256:0", "https://h.example/a:b"] {
            assert!(ImageReference::parse(bad).is_err(), "{bad}");
        }
    }
}
