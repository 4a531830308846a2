//! A docker configuration of the run's own, with the registry's password.
//!
//! It lies in a private folder that is removed when it goes out of scope. The
//! user's own configuration is copied into it and never written to, so that
//! logins and credential helpers for other registries, contexts and plugins
//! work as ever.

use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use thiserror::Error;

use aws::ecr::Token;
use model::Environment;

/// A folder for `DOCKER_CONFIG`.
pub struct Login {
    folder: TempDir,
}

/// Why there is no configuration for docker.
#[derive(Debug, Error)]
pub enum LoginError {
    /// The user's own configuration can't be read.
    #[error("your docker configuration `{}` can't be used: {reason}", path.display())]
    Own {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The private folder can't be written.
    #[error("the private docker configuration can't be written to the temporary folder `{}`: {source}", std::env::temp_dir().display())]
    Private {
        /// What the file system said.
        #[from]
        source: io::Error,
    },
}

impl Login {
    /// Writes a configuration that logs in to the given registries, by host.
    ///
    /// # Errors
    /// [`LoginError`] where the user's own is no JSON, or the private one
    /// can't be written.
    pub fn new<'t>(
        environment: &Environment,
        registries: impl IntoIterator<Item = (&'t str, &'t Token)>,
    ) -> Result<Self, LoginError> {
        let own = own_folder(environment);
        let mut config = own.as_deref().map(read_config).transpose()?.unwrap_or_default();
        for (host, token) in registries {
            put(&mut config, "auths", host, json!({"auth": token.auth}));
            // Docker asks a helper before it looks at `auths`; an empty name for
            // this one host turns the helper off there and nowhere else.
            put(&mut config, "credHelpers", host, json!(""));
        }
        // Only the user can enter, whatever the umask says.
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

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Where docker looks for the user's configuration.
pub(crate) fn own_folder(environment: &Environment) -> Option<PathBuf> {
    crate::directories::Directories::from_environment(environment).docker_config
}

fn read_config(folder: &Path) -> Result<Map<String, Value>, LoginError> {
    let path = folder.join("config.json");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(error) => return Err(LoginError::Own { path, reason: error.to_string() }),
    };
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(&text) {
        Ok(Value::Object(config)) => Ok(config),
        Ok(_) => Err(LoginError::Own { path, reason: "it is no JSON object".to_owned() }),
        Err(error) => Err(LoginError::Own { path, reason: format!("it is no JSON: {error}") }),
    }
}

/// Puts a value under a name of the object under another name.
fn put(config: &mut Map<String, Value>, object: &str, name: &str, value: Value) {
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

    fn login(own: &Path) -> Result<Login, LoginError> {
        let environment = Environment::from_iter([("DOCKER_CONFIG", own.to_str().unwrap())]);
        Login::new(&environment, [(HOST, &Token { auth: "QVdTOnB3".into() })])
    }

    fn config(login: &Login) -> Value {
        serde_json::from_str(&std::fs::read_to_string(login.folder().join("config.json")).unwrap()).unwrap()
    }

    #[test]
    fn the_users_own_settings_stay_and_are_not_touched() {
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
    fn the_folder_is_private_and_goes_away() {
        let own = tempfile::tempdir().unwrap();
        let login = login(own.path()).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = login.folder().to_owned();
        assert_eq!((mode(&folder), mode(&folder.join("config.json"))), (0o700, 0o600));
        drop(login);
        assert!(!folder.exists());
    }

    #[test]
    fn a_config_that_is_no_json_is_named() {
        let own = tempfile::tempdir().unwrap();
        std::fs::write(own.path().join("config.json"), "{").unwrap();
        assert!(matches!(login(own.path()), Err(LoginError::Own { .. })));
    }
}
