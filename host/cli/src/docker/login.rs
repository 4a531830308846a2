//! A private docker configuration with the passwords of ECR registries.
//!
//! It is a copy of the user's configuration, so that logins and credential helpers of other registries, contexts and
//! plugins keep working. The user's configuration is never written.

use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use thiserror::Error;

use aws::ecr::Token;
use model::Environment;

/// A private folder for `DOCKER_CONFIG`. Dropping it removes the folder.
pub struct DockerConfig {
    folder: TempDir,
}

/// Why the private docker configuration could not be created.
#[derive(Debug, Error)]
pub enum DockerConfigError {
    /// The user's configuration is unreadable or invalid.
    #[error("cannot read your docker configuration `{}`: {reason}; correct it, or set DOCKER_CONFIG to another folder", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The private folder could not be written.
    #[error("cannot write the private docker configuration to the temporary folder `{}`: {source}", std::env::temp_dir().display())]
    Private {
        /// The error of the file system.
        #[from]
        source: io::Error,
    },
}

impl DockerConfig {
    /// Writes a configuration that logs in to the given registries, by host.
    ///
    /// # Errors
    /// [`DockerConfigError`] if the user's configuration is no JSON object, or the private one could not be written.
    pub fn new<'t>(
        environment: &Environment,
        registries: impl IntoIterator<Item = (&'t str, &'t Token)>,
    ) -> Result<Self, DockerConfigError> {
        let own = user_config_folder(environment);
        let mut config = own.as_deref().map(read_config).transpose()?.unwrap_or_default();
        for (host, token) in registries {
            set_entry(&mut config, "auths", host, json!({"auth": token.auth}));
            // Docker prefers a credential helper to `auths`. An empty name disables the helper for this host alone.
            set_entry(&mut config, "credHelpers", host, json!(""));
        }
        // Explicit, so that the umask does not decide it.
        let private = std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("ecs-host-docker-").permissions(private).tempdir()?;
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.path().join("config.json"))?;
        io::Write::write_all(&mut file, Value::Object(config).to_string().as_bytes())?;
        if let Some(own) = own.filter(|own| own.is_dir()) {
            for entry in std::fs::read_dir(own)?.flatten().filter(|entry| entry.file_name() != "config.json")
            {
                symlink(std::path::absolute(entry.path())?, folder.path().join(entry.file_name()))?;
            }
        }
        Ok(Self { folder })
    }

    /// The path of the folder, to be set as `DOCKER_CONFIG`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The folder of the user's docker configuration.
pub(crate) fn user_config_folder(environment: &Environment) -> Option<PathBuf> {
    crate::directories::Directories::from_environment(environment).docker_config
}

fn read_config(folder: &Path) -> Result<Map<String, Value>, DockerConfigError> {
    let path = folder.join("config.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(error) => return Err(DockerConfigError::Unusable { path, reason: error.to_string() }),
    };
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(&text) {
        Ok(Value::Object(config)) => Ok(config),
        Ok(_) => Err(DockerConfigError::Unusable { path, reason: "not a JSON object".to_owned() }),
        Err(error) => Err(DockerConfigError::Unusable { path, reason: format!("invalid JSON: {error}") }),
    }
}

/// Sets `config[object][name]`.
fn set_entry(config: &mut Map<String, Value>, object: &str, name: &str, value: Value) {
    match config.get_mut(object) {
        Some(Value::Object(object)) => {
            object.insert(name.to_owned(), value);
        }
        _ => {
            config.insert(object.to_owned(), json!({name: value}));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

    fn login(own: &Path) -> Result<DockerConfig, DockerConfigError> {
        let environment = Environment::from_iter([("DOCKER_CONFIG", own.to_str().unwrap())]);
        DockerConfig::new(&environment, [(HOST, &Token { auth: "QVdTOnB3".into() })])
    }

    fn config(login: &DockerConfig) -> Value {
        serde_json::from_str(&std::fs::read_to_string(login.folder().join("config.json")).unwrap()).unwrap()
    }

    #[test]
    fn keeps_the_users_settings_and_does_not_write_them() {
        let own = tempfile::tempdir().unwrap();
        let text = r#"{"auths":{"h.example":{"auth":"x"}},"credsStore":"pass","credHelpers":{"g.example":"gcr"},"currentContext":"ci"}"#;
        std::fs::write(own.path().join("config.json"), text).unwrap();
        std::fs::create_dir(own.path().join("contexts")).unwrap();
        let login = login(own.path()).unwrap();
        let config = config(&login);
        assert_eq!(config["auths"]["h.example"]["auth"], "x");
        assert_eq!(config["auths"][HOST]["auth"], "QVdTOnB3");
        assert_eq!((&config["credsStore"], &config["currentContext"]), (&json!("pass"), &json!("ci")));
        assert_eq!(config["credHelpers"], json!({"g.example": "gcr", HOST: ""}));
        assert!(login.folder().join("contexts").is_dir());
        assert_eq!(std::fs::read_to_string(own.path().join("config.json")).unwrap(), text);
    }

    #[test]
    fn the_folder_is_private_and_removed_on_drop() {
        let own = tempfile::tempdir().unwrap();
        let login = login(own.path()).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = login.folder().to_owned();
        assert_eq!((mode(&folder), mode(&folder.join("config.json"))), (0o700, 0o600));
        drop(login);
        assert!(!folder.exists());
    }

    #[test]
    fn rejects_a_configuration_that_is_not_json() {
        let own = tempfile::tempdir().unwrap();
        std::fs::write(own.path().join("config.json"), "{").unwrap();
        assert!(matches!(login(own.path()), Err(DockerConfigError::Unusable { .. })));
    }
}
