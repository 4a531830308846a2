//! What docker does for a run.

use serde::Serialize;

/// What a docker command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DockerStep {
    /// It builds an image, and pushes it if the image is an index.
    Build,
    /// It pushes a tag of an image.
    Push,
}
