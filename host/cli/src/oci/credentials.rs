//! The login to a registry: that of docker, or ECR's token.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docker_credential::{CredentialRetrievalError, DockerCredential};

use super::RegistryError;
use crate::docker::login;
use aws::Aws;
use aws::ecr;
use model::Environment;
use model::names::Repository;

/// A user and a password, as the header of a basic login takes them. It has no
/// `Debug`, so that no log can show it.
pub(super) struct Basic(String);

impl Basic {
    /// The value of the header `authorization`.
    pub(super) fn header(&self) -> String {
        format!("Basic {}", self.0)
    }
}

/// The login that docker has for a registry; for one of ECR's without it, the
/// token that AWS gives; else none.
pub(super) async fn find(
    environment: &Environment,
    repository: &Repository,
) -> Result<Option<Basic>, RegistryError> {
    let ecr = repository.ecr_registry();
    match of_docker(environment, repository.host()).await {
        Ok(Some(basic)) => return Ok(Some(basic)),
        // As docker's own push: ECR's token does without the user's helpers.
        Err(error) if ecr.is_none() => return Err(error),
        _ => {}
    }
    let Some(ecr) = ecr else { return Ok(None) };
    let aws = Aws::connect(environment, Some(&ecr.region)).await?;
    let token = ecr::fetch_token(&aws, &ecr).await?;
    Ok(Some(Basic(token.auth)))
}

async fn of_docker(environment: &Environment, host: &str) -> Result<Option<Basic>, RegistryError> {
    let Some(folder) = login::own_folder(environment) else { return Ok(None) };
    let path = folder.join("config.json");
    let failed = |why: String| RegistryError::DockerConfig { host: host.to_owned(), path: path.clone(), why };
    let config = match std::fs::read(&path) {
        Ok(config) if config.trim_ascii().is_empty() => return Ok(None),
        Ok(config) => config,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    // The one registry that docker knows by another name than its host's.
    let server = if host == "docker.io" { "https://index.docker.io/v1/" } else { host }.to_owned();
    // A helper is a program, which may take its time.
    let found = tokio::task::spawn_blocking(move || {
        docker_credential::get_credential_from_reader(config.as_slice(), &server)
    });
    match found.await.map_err(io::Error::other)? {
        Ok(DockerCredential::UsernamePassword(user, _)) if user.is_empty() => Ok(None),
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(Some(Basic(STANDARD.encode(format!("{user}:{password}")))))
        }
        Ok(DockerCredential::IdentityToken(_)) => Err(failed(format!(
            "it holds an identity token, which ecs-host does not exchange; \
             `docker login --username USER {host}` with a password or an access token writes one that it takes"
        ))),
        Err(CredentialRetrievalError::NoCredentialConfigured | CredentialRetrievalError::ConfigNotFound) => {
            Ok(None)
        }
        Err(error) => why(&error).map_or(Ok(None), |why| Err(failed(why))),
    }
}

/// What is wrong with the configuration; nothing where a helper has no login.
/// What a helper printed is not shown: it may be a password.
fn why(error: &CredentialRetrievalError) -> Option<String> {
    match error {
        // The sentence of docker's own helpers, by which docker knows it too.
        CredentialRetrievalError::HelperFailure { stdout, stderr, .. }
            if [stdout, stderr].iter().any(|said| said.contains("credentials not found")) =>
        {
            None
        }
        CredentialRetrievalError::HelperFailure { helper, .. } => {
            Some(format!("its credential helper `{helper}` failed"))
        }
        CredentialRetrievalError::HelperCommunicationError => {
            Some("its credential helper can't be started, or does not listen".to_owned())
        }
        CredentialRetrievalError::MalformedHelperResponse => {
            Some("its credential helper answers something else than a login".to_owned())
        }
        CredentialRetrievalError::ConfigReadError => Some("it is no JSON of docker's form".to_owned()),
        other => Some(other.to_string()),
    }
}
