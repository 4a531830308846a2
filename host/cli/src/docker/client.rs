//! The docker command line, or one that is called the same way.
//!
//! No flag is passed that the build does not ask for, so that the legacy
//! builder, BuildKit and compatible tools all understand it.

use model::event::EventSink as _;
use std::path::PathBuf;

use thiserror::Error;
use tokio::process::Command;

use super::arguments::{build_arguments, push_arguments, shown};
use super::login::Login;
use super::running::Running;
use crate::output::Report;
use model::Environment;
use model::decision::DockerBuild;
use model::event::Event;
use model::names::{Digest, Repository, Tag};

/// The docker command line.
pub struct Docker {
    /// The program.
    program: PathBuf,
    /// The run's own configuration; the user's where no registry needs one.
    login: Option<Login>,
}

/// A docker command that did not do what it should.
#[derive(Debug, Error)]
pub enum DockerError {
    /// The program can't be started.
    #[error("`{}` can't be started ({source}); install docker, or name another command line with --docker", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What starting it gave.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("`{command}` failed ({status}){}{}", if last.is_empty() { String::new() } else { format!(": {last}") }, hint.map(|hint| format!("; {hint}")).unwrap_or_default())]
    Failed {
        /// The program and its verb, such as `docker push`.
        command: String,
        /// How it ended.
        status: String,
        /// The last line that it printed.
        last: String,
        /// What to do, where the output tells.
        hint: Option<&'static str>,
    },
    /// A build argument would show a secret.
    #[error(
        "the build argument `{name}` has the value of a secret: a policy must name it as its variable is named, \
         so that docker takes it from the environment and no command line shows it"
    )]
    SecretArgument {
        /// The argument's name.
        name: String,
    },
    /// The push did not say what it pushed.
    #[error(
        "`{command}` ended well but named no digest, so what was pushed is not known; nothing was deployed"
    )]
    NoDigest {
        /// The command as a person would type it.
        command: String,
    },
}

impl Docker {
    /// A docker command line with a configuration of its own, or the user's.
    #[must_use]
    pub fn new(program: PathBuf, login: Option<Login>) -> Self {
        Self { program, login }
    }

    /// Starts a build. What it prints is kept until [`Running::finish`].
    ///
    /// # Errors
    /// [`DockerError::NotStarted`], [`DockerError::SecretArgument`].
    pub fn build(
        &self,
        build: &DockerBuild,
        repository: &Repository,
        tags: &[Tag],
        environment: &Environment,
    ) -> Result<Running, DockerError> {
        self.start(build_arguments(build, repository, tags, environment)?)
    }

    /// Pushes one tag, and gives the digest that the registry answered.
    ///
    /// # Errors
    /// [`DockerError`].
    pub async fn push(
        &self,
        repository: &Repository,
        tag: &Tag,
        report: &Report,
    ) -> Result<Digest, DockerError> {
        let running = self.start(push_arguments(repository, tag))?;
        let command = running.command().to_owned();
        report.emit(&Event::DockerStarted { command: command.clone() });
        let lines = running.finish(report).await?;
        let digest = lines.iter().rev().find_map(|line| digest_of(line)).map(Digest::parse);
        match digest.and_then(Result::ok) {
            Some(digest) => Ok(digest),
            None => self.recorded(repository, tag).await?.ok_or(DockerError::NoDigest { command }),
        }
    }

    /// The digest that the engine recorded for an image that it pushed: for
    /// command lines whose push does not print it, as podman's.
    async fn recorded(&self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, DockerError> {
        let format = "{{range .RepoDigests}}{{println .}}{{end}}".to_owned();
        let arguments = ["image", "inspect", "--format"].map(str::to_owned).into_iter();
        let arguments = arguments.chain([format, repository.tagged(tag)]).collect();
        let lines = self.start(arguments)?.collect().await?;
        let of_repository = |line: &String| line.strip_prefix(&format!("{repository}@")).map(str::to_owned);
        let mut digests: Vec<String> = lines.iter().filter_map(of_repository).collect();
        digests.dedup();
        // Several would be of several pushes, and nothing says which is this one's.
        Ok(match digests.as_slice() {
            [digest] => Digest::parse(digest).ok(),
            _ => None,
        })
    }

    pub(super) fn start(&self, arguments: Vec<String>) -> Result<Running, DockerError> {
        let mut command = Command::new(&self.program);
        command.args(&arguments);
        if let Some(login) = &self.login {
            command.env("DOCKER_CONFIG", login.folder());
        }
        Running::start(command, shown(&self.program, &arguments))
            .map_err(|source| DockerError::NotStarted { program: self.program.clone(), source })
    }
}

/// The digest in `TAG: digest: sha256:… size: N`, the last line of a push.
fn digest_of(line: &str) -> Option<&str> {
    line.split_once("digest: ")?.1.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_push_tells_its_digest() {
        let line = format!("master: digest: sha256:{} size: 528", "a".repeat(64));
        assert_eq!(digest_of(&line), Some(format!("sha256:{}", "a".repeat(64)).as_str()));
        assert_eq!(digest_of("The push refers to repository [x]"), None);
    }
}
