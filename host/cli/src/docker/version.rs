//! Checks that docker and its engine are available.

use super::{Docker, DockerError};

impl Docker {
    /// Runs `docker version`, which fails unless both the command line and its engine are available.
    ///
    /// # Errors
    /// [`DockerError`].
    pub async fn version(&self) -> Result<(), DockerError> {
        self.start(vec!["version".to_owned()], None)?.collect().await.map(drop)
    }
}
