//! Checks that docker, its engine and its plugin are available.

use std::time::Duration;

use super::{Docker, DockerError};

/// How long `docker version` may take.
pub const VERSION_TIMEOUT: Duration = Duration::from_secs(30);

impl Docker {
    /// Runs `docker version`, which fails unless both the command line and its engine are available.
    ///
    /// # Errors
    /// [`DockerError`].
    pub async fn version(&self) -> Result<(), DockerError> {
        self.start(vec!["version".to_owned()], None)?.collect().await.map(drop)
    }

    /// Why the plugin buildx cannot be used, as a clause; `None` if it can.
    pub async fn find_buildx_problem(&self) -> Option<String> {
        let version = async {
            self.start(["buildx", "version"].map(str::to_owned).to_vec(), None)?.collect().await.map(drop)
        };
        match tokio::time::timeout(VERSION_TIMEOUT, version).await {
            Ok(Ok(())) => None,
            // What docker prints about an unknown command only names its help.
            Ok(Err(DockerError::Failed { command, status, .. })) => {
                Some(format!("`{command}` failed ({status})"))
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => {
                Some(format!("`docker buildx version` did not end within {} s", VERSION_TIMEOUT.as_secs()))
            }
        }
    }
}
