//! A private docker configuration with the passwords of ECR registries.
//!
//! It is a copy of the user's configuration, so that logins and credential helpers of other registries, contexts and
//! plugins keep working. The user's configuration is never written.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::private_folder::{PrivateFolder, parents};
use aws::ecr::Token;
use model::Environment;

/// A private folder for `DOCKER_CONFIG`. Dropping it removes the folder.
pub struct DockerConfig {
    folder: PrivateFolder,
    /// What of the user's configuration could not be read, a sentence. Docker prints a warning and continues, too.
    pub unread: Option<String>,
}

/// Why the private docker configuration could not be created.
#[derive(Debug, Error)]
pub enum DockerConfigError {
    /// The user's configuration is invalid.
    #[error("cannot read your docker configuration `{}`: {reason}; correct it, or set DOCKER_CONFIG to another folder", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no folder for it.
    #[error(
        "no folder for the private docker configuration, which contains the password of the registry: {reasons}; set \
         TMPDIR to a folder that is writable and outside of the build context"
    )]
    NoFolder {
        /// Why each folder was not used.
        reasons: String,
    },
    /// The private folder could not be written.
    #[error("cannot write the private docker configuration `{}`: {source}", folder.display())]
    Private {
        /// The folder.
        folder: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
}

impl DockerConfig {
    /// Writes a configuration that logs in to the given registries, by host. Its folder is in none of the build
    /// contexts, which are canonical paths.
    ///
    /// # Errors
    /// [`DockerConfigError`] if the user's configuration is no JSON object, or the private one could not be written.
    pub fn new<'t>(
        environment: &Environment,
        registries: impl IntoIterator<Item = (&'t str, &'t Token)>,
        contexts: &[PathBuf],
    ) -> Result<Self, DockerConfigError> {
        let own = user_config_folder(environment);
        let (mut config, mut unread) = match own.as_deref().map(read_config) {
            None => (Map::new(), None),
            Some(Ok(config)) => (config, None),
            Some(Err(ConfigReadError::Invalid(error))) => return Err(error),
            Some(Err(ConfigReadError::Unread(reason))) => (Map::new(), Some(reason)),
        };
        for (host, token) in registries {
            set_entry(&mut config, "auths", host, json!({"auth": token.auth}));
            // Docker prefers a credential helper to `auths`. An empty name disables the helper for this host alone.
            set_entry(&mut config, "credHelpers", host, json!(""));
        }
        let folder = PrivateFolder::create(&parents(environment), contexts)
            .map_err(|reasons| DockerConfigError::NoFolder { reasons })?;
        let failed = |source| DockerConfigError::Private { folder: folder.path().to_owned(), source };
        folder.write_config(&Value::Object(config).to_string()).map_err(failed)?;
        for own in own.filter(|own| own.is_dir()).iter() {
            match std::fs::read_dir(own) {
                Ok(entries) => {
                    for entry in entries.flatten().filter(|entry| entry.file_name() != "config.json") {
                        let target = std::path::absolute(entry.path()).map_err(failed)?;
                        symlink(target, folder.path().join(entry.file_name())).map_err(failed)?;
                    }
                }
                Err(error) => unread = unread.or_else(|| Some(unread_reason(own, &error))),
            }
        }
        Ok(Self { folder, unread })
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

/// Whether an error of reading a file states that there is none.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A sentence about a part of the user's configuration that cannot be read.
fn unread_reason(path: &Path, error: &io::Error) -> String {
    format!(
        "cannot read your docker configuration `{}`: {error}; its logins are not used; correct it, or set \
         DOCKER_CONFIG to another folder",
        path.display()
    )
}

/// Why the user's configuration has no content.
enum ConfigReadError {
    /// The file system refuses it, as that of another user.
    Unread(String),
    /// It is no configuration.
    Invalid(DockerConfigError),
}

fn read_config(folder: &Path) -> Result<Map<String, Value>, ConfigReadError> {
    let path = folder.join("config.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if is_absent(&error) => return Ok(Map::new()),
        Err(error) if error.kind() != io::ErrorKind::InvalidData => {
            return Err(ConfigReadError::Unread(unread_reason(&path, &error)));
        }
        Err(error) => return Err(invalid(path, error.to_string())),
    };
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(&text) {
        Ok(Value::Object(config)) => Ok(config),
        Ok(_) => Err(invalid(path, "not a JSON object".to_owned())),
        Err(error) => Err(invalid(path, format!("invalid JSON: {error}"))),
    }
}

fn invalid(path: PathBuf, reason: String) -> ConfigReadError {
    ConfigReadError::Invalid(DockerConfigError::Unusable { path, reason })
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
    use std::os::unix::fs::PermissionsExt as _;

    const HOST: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";

    fn login(own: &Path) -> Result<DockerConfig, DockerConfigError> {
        let environment = Environment::from_iter([("DOCKER_CONFIG", own.to_str().unwrap())]);
        DockerConfig::new(&environment, [(HOST, &Token { auth: "QVdTOnB3".into() })], &[])
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

    #[test]
    fn a_configuration_that_cannot_be_read_is_passed_over_with_a_reason() {
        let own = tempfile::tempdir().unwrap();
        std::fs::create_dir(own.path().join("config.json")).unwrap();
        let login = login(own.path()).unwrap();
        assert!(login.unread.as_deref().unwrap().contains("cannot read your docker configuration"));
        assert_eq!(config(&login)["auths"], json!({HOST: {"auth": "QVdTOnB3"}}));
    }
}
