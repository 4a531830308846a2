//! The options of a `docker build`.

use serde::Serialize;

/// The options of a `docker build`. Paths are relative to the working folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DockerBuild {
    /// The folder of the build context.
    pub context: String,
    /// The Dockerfile; `None` for that of the context.
    pub dockerfile: Option<String>,
    /// The stage to build, `--target`.
    pub stage: Option<String>,
    /// Build arguments, by name.
    pub arguments: Vec<(String, String)>,
    /// The platforms, such as `linux/arm64`; several make one image index. Empty for the platform of the builder.
    pub platforms: Vec<String>,
    /// The labels of the image, by name.
    pub labels: Vec<(String, String)>,
    /// Whether newer versions of the base images are pulled.
    pub pull: bool,
    /// The options that need buildx.
    pub buildkit: Option<BuildkitOptions>,
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
    /// Whether the docker client needs the plugin buildx: for several platforms and for the options of BuildKit.
    #[must_use]
    pub fn needs_buildx(&self) -> bool {
        self.platforms.len() > 1 || self.buildkit.as_ref().is_some_and(|options| !options.is_empty())
    }
}

/// The options of a build that need BuildKit and the plugin buildx of the docker client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BuildkitOptions {
    /// Secrets, `--secret`.
    pub secrets: Vec<BuildSecret>,
    /// Identifiers of SSH agents, `--ssh`.
    pub ssh: Vec<String>,
    /// Where the cache is read, `--cache-from`.
    pub cache_from: Vec<String>,
    /// Where the cache is written, `--cache-to`.
    pub cache_to: Vec<String>,
    /// Additional contexts, `--build-context`.
    pub contexts: Vec<BuildContext>,
}

impl BuildkitOptions {
    /// Whether no option is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A secret of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildSecret {
    /// The identifier in the Dockerfile.
    pub id: String,
    /// The environment variable with the value.
    pub variable: String,
}

/// A context in addition to the main one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildContext {
    /// The name in the Dockerfile.
    pub name: String,
    /// The files.
    pub content: ContextContent,
}

/// The files of an additional context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContextContent {
    /// A folder in the working folder.
    Directory(String),
    /// An image, with its tag or digest.
    Image(String),
}
