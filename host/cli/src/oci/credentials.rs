//! The credentials for a registry: those of docker, or a token from ECR.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docker_credential::{CredentialRetrievalError, DockerCredential};

use super::{Login, RegistryError};
use crate::docker::login;
use aws::Aws;
use aws::ecr;
use model::Environment;
use model::names::Repository;

/// A user and a password, encoded for basic authentication. The type has no `Debug`, so that no log contains them.
pub(super) struct BasicCredentials(String);

impl BasicCredentials {
    /// The value of the header `authorization`.
    pub(super) fn header(&self) -> String {
        format!("Basic {}", self.0)
    }
}

/// The credentials of docker for a registry. For an ECR registry without them, or with unusable ones, a token from AWS.
pub(super) async fn find(
    Login { environment, identity }: Login<'_>,
    repository: &Repository,
) -> Result<Option<BasicCredentials>, RegistryError> {
    let ecr = repository.ecr_registry();
    match find_in_docker_config(environment, repository.host()).await {
        Ok(Some(basic)) => return Ok(Some(basic)),
        // As for `docker push`, a token from ECR does not depend on the user's credential helpers.
        Err(error) if ecr.is_none() => return Err(error),
        _ => {}
    }
    let Some(ecr) = ecr else { return Ok(None) };
    let aws = Aws::configure(environment, Some(&ecr.region), identity).await?;
    let token = ecr::fetch_token(&aws, &ecr).await?;
    Ok(Some(BasicCredentials(token.auth)))
}

/// What to add to an error about missing credentials if docker's configuration exists and cannot be read.
pub(super) fn unread_config(environment: &Environment) -> String {
    let path = login::user_config_folder(environment).map(|folder| folder.join("config.json"));
    match path.as_deref().map(std::fs::read) {
        Some(Err(error)) if !login::is_absent(&error) => {
            let path = path.unwrap_or_default();
            format!(" (`{}` cannot be read: {error})", path.display())
        }
        _ => String::new(),
    }
}

async fn find_in_docker_config(
    environment: &Environment,
    host: &str,
) -> Result<Option<BasicCredentials>, RegistryError> {
    let Some(folder) = login::user_config_folder(environment) else { return Ok(None) };
    let path = folder.join("config.json");
    let failed =
        |reason: String| RegistryError::DockerConfig { host: host.to_owned(), path: path.clone(), reason };
    let config = match std::fs::read(&path) {
        Ok(config) if config.trim_ascii().is_empty() => return Ok(None),
        Ok(config) => config,
        // Docker continues without a configuration that it cannot read, as that of another user.
        Err(_) => return Ok(None),
    };
    // The only registry whose name in the configuration differs from its host.
    let server = if host == "docker.io" { "https://index.docker.io/v1/" } else { host }.to_owned();
    // A credential helper is a program, which can block.
    let found = tokio::task::spawn_blocking(move || {
        docker_credential::get_credential_from_reader(config.as_slice(), &server)
    });
    match found.await.map_err(io::Error::other)? {
        Ok(DockerCredential::UsernamePassword(user, _)) if user.is_empty() => Ok(None),
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(BasicCredentials(STANDARD.encode(format!("{user}:{password}")))))
        }
        Ok(DockerCredential::IdentityToken(_)) => Err(failed(format!(
            "it contains an identity token, which ecs-host does not support; \
             run `docker login --username USER {host}` with a password or an access token"
        ))),
        Err(CredentialRetrievalError::NoCredentialConfigured | CredentialRetrievalError::ConfigNotFound) => {
            Ok(None)
        }
        Err(error) => describe(&error).map_or(Ok(None), |reason| Err(failed(reason))),
    }
}

/// Describes an error of the configuration or its helper. `None` if the helper has no credentials for the registry. The
/// output of a helper is omitted, since it can contain a password.
fn describe(error: &CredentialRetrievalError) -> Option<String> {
    match error {
        // The message of docker's own helpers, which docker recognizes, too.
        CredentialRetrievalError::HelperFailure { stdout, stderr, .. }
            if [stdout, stderr].iter().any(|output| output.contains("credentials not found")) =>
        {
            None
        }
        CredentialRetrievalError::HelperFailure { helper, .. } => {
            Some(format!("its credential helper `{helper}` failed"))
        }
        CredentialRetrievalError::HelperCommunicationError => {
            Some("its credential helper could not be started, or does not read its input".to_owned())
        }
        CredentialRetrievalError::MalformedHelperResponse => {
            Some("its credential helper returned invalid credentials".to_owned())
        }
        CredentialRetrievalError::ConfigReadError => {
            Some("it is not a JSON file in docker's format".to_owned())
        }
        other => Some(other.to_string()),
    }
}
