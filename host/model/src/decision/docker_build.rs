//! The options of a `docker build`.

use serde::{Deserialize, Deserializer, Serialize};

use super::settings;
use crate::names::{BuildCache, ImageReference, InvalidName, Repository};

/// The options of a `docker build`. Paths are relative to the working folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DockerBuild {
    /// The folder of the build context.
    pub context: String,
    /// The Dockerfile; `None` for that of the context.
    pub dockerfile: Option<String>,
    /// The stage to build, `--target`.
    pub stage: Option<String>,
    /// Build arguments, by name.
    #[serde(with = "settings")]
    #[cfg_attr(test, schemars(with = "Vec<settings::Setting>"))]
    pub arguments: Vec<(String, String)>,
    /// The platforms, such as `linux/arm64`; several make one image index. Empty for the platform of the builder.
    pub platforms: Vec<String>,
    /// The labels of the image, by name.
    #[serde(with = "settings")]
    #[cfg_attr(test, schemars(with = "Vec<settings::Setting>"))]
    pub labels: Vec<(String, String)>,
    /// Whether newer versions of the base images are pulled.
    pub pull: bool,
    /// The options that need buildx.
    pub buildkit: Option<Box<BuildkitOptions>>,
}

impl Default for DockerBuild {
    /// The `Dockerfile` of the working folder, which is the context.
    fn default() -> Self {
        Self {
            context: ".".to_owned(),
            dockerfile: None,
            stage: None,
            arguments: Vec::new(),
            platforms: Vec::new(),
            labels: Vec::new(),
            pull: false,
            buildkit: None,
        }
    }
}

impl DockerBuild {
    /// The options that the build sets and that need the plugin buildx of the docker client, by their names in the
    /// contract. Empty if the build does not need it.
    #[must_use]
    pub fn buildx_options(&self) -> Vec<&'static str> {
        let names = ["secrets", "ssh", "cache-from", "cache-to", "contexts"];
        let are_set = self.buildkit.as_deref().map(|options| {
            let BuildkitOptions { secrets, ssh, cache_from, cache_to, contexts } = options;
            let are_empty = [secrets.is_empty(), ssh.is_empty(), cache_from.is_empty(), cache_to.is_empty()];
            are_empty.into_iter().chain([contexts.is_empty()]).map(|is_empty| !is_empty)
        });
        let options = names.into_iter().zip(are_set.into_iter().flatten()).filter(|(_, is_set)| *is_set);
        let platforms = self.is_index().then_some("several platforms");
        platforms.into_iter().chain(options.map(|(name, _)| name)).collect()
    }

    /// Whether the build makes an index of images of several platforms. The builder pushes it itself: an engine without
    /// the containerd image store cannot store it.
    #[must_use]
    pub fn is_index(&self) -> bool {
        self.platforms.len() > 1
    }

    /// Whether the build itself writes to a registry or to another service: an index, or a cache.
    #[must_use]
    pub fn writes_remotely(&self) -> bool {
        let mut caches = self.buildkit.iter().flat_map(|options| &options.cache_to);
        self.is_index() || caches.any(|cache| !cache.is_inline())
    }

    /// The secrets of the build.
    pub fn secrets(&self) -> impl Iterator<Item = &BuildSecret> {
        self.buildkit.iter().flat_map(|options| &options.secrets)
    }

    /// The repositories that the build reads or writes besides that of its image, each with its use: those of its caches
    /// and of its additional contexts. The base images in the Dockerfile are not known.
    pub fn other_repositories(&self) -> impl Iterator<Item = (&'static str, &Repository)> {
        self.buildkit.iter().flat_map(|options| {
            let caches = options.cache_from.iter().chain(&options.cache_to);
            let caches = caches.filter_map(|cache| Some(("cache", cache.repository()?)));
            let images = options.contexts.iter().filter_map(|context| match &context.content {
                ContextContent::Image(image) => Some(("context", &image.repository)),
                ContextContent::Directory(_) => None,
            });
            caches.chain(images)
        })
    }

    /// The folders that the builder receives: the context and the additional ones.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        let additional = self.buildkit.iter().flat_map(|options| &options.contexts);
        let additional = additional.filter_map(|context| match &context.content {
            ContextContent::Directory(path) => Some(path.as_str()),
            ContextContent::Image(_) => None,
        });
        std::iter::once(self.context.as_str()).chain(additional)
    }
}

/// The options of a build that need BuildKit and the plugin buildx of the docker client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BuildkitOptions {
    /// Secrets, `--secret`.
    pub secrets: Vec<BuildSecret>,
    /// Identifiers of SSH agents, `--ssh`.
    pub ssh: Vec<String>,
    /// Where the cache is read, `--cache-from`.
    #[serde(deserialize_with = "deserialize_sources")]
    pub cache_from: Vec<BuildCache>,
    /// Where the cache is written, `--cache-to`.
    #[serde(deserialize_with = "deserialize_destinations")]
    pub cache_to: Vec<BuildCache>,
    /// Additional contexts, `--build-context`.
    pub contexts: Vec<BuildContext>,
}

/// A secret of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BuildSecret {
    /// The identifier in the Dockerfile.
    pub id: String,
    /// The environment variable with the value.
    pub variable: String,
}

/// A context in addition to the main one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BuildContext {
    /// The name in the Dockerfile.
    pub name: String,
    /// The files.
    pub content: ContextContent,
}

/// The files of an additional context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ContextContent {
    /// A folder in the working folder.
    Directory(String),
    /// An image, with its tag or digest.
    Image(ImageReference),
}

fn deserialize_sources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<BuildCache>, D::Error> {
    deserialize_caches(deserializer, BuildCache::parse_source)
}

fn deserialize_destinations<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<BuildCache>, D::Error> {
    deserialize_caches(deserializer, BuildCache::parse_destination)
}

fn deserialize_caches<'de, D: Deserializer<'de>>(
    deserializer: D,
    parse: impl Fn(&str) -> Result<BuildCache, InvalidName>,
) -> Result<Vec<BuildCache>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| parse(text).map_err(serde::de::Error::custom)).collect()
}
