//! Whether docker is there, with an engine to work for it.

use super::{Docker, DockerError};

impl Docker {
    /// Asks for the versions of the command line and of its engine: whether
    /// both are there.
    ///
    /// # Errors
    /// [`DockerError`].
    pub async fn version(&self) -> Result<(), DockerError> {
        self.start(vec!["version".to_owned()])?.collect().await.map(drop)
    }
}
