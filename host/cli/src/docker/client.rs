//! The docker command line, or a compatible one.
//!
//! A command has only the flags that its build requires, so that the legacy builder, BuildKit and compatible tools
//! all accept it.

use model::event::EventSink as _;
use std::path::PathBuf;
use std::sync::Mutex;

use rustix::process::Pid;
use thiserror::Error;
use tokio::process::Command;

use super::arguments::{build_argv, push_argv, to_command_line};
use super::guard::Guard;
use super::login::DockerConfig;
use super::process::DockerProcess;
use crate::oidc;
use crate::output::Report;
use model::Environment;
use model::decision::DockerBuild;
use model::event::{DockerStep, Event};
use model::names::{Digest, Repository, Tag};

/// The docker command line.
pub struct Docker {
    program: PathBuf,
    /// The configuration of this run. Without one, docker uses the user's.
    config: Option<DockerConfig>,
    /// This program, which ends docker if the run is killed; `None` for no guard.
    guard_program: Option<PathBuf>,
    /// The variables that it does not receive.
    withheld: Vec<String>,
    /// The guard, from the first command on. It is released after the configuration is removed.
    guard: Mutex<Option<Guard>>,
}

/// Why a docker command failed.
#[derive(Debug, Error)]
pub enum DockerError {
    /// The program cannot be started.
    #[error("cannot start `{}`: {source}; install docker, or name another program with --docker", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The command failed.
    #[error(
        "`{command}`{subject} failed ({status}){output}{remedy}",
        subject = prefixed(" of ", .image.as_deref()),
        output = prefixed(": ", Some(.last.as_str()).filter(|last| !last.is_empty())),
        remedy = prefixed("; ", .hint.as_deref())
    )]
    Failed {
        /// The program and its verb, such as `docker push`.
        command: String,
        /// The image that it builds, pushes or reads.
        image: Option<String>,
        /// The exit code, or the signal.
        status: String,
        /// The last line of its output.
        last: String,
        /// What to do, if the output states a known cause.
        hint: Option<Box<str>>,
    },
    /// A build argument exposes a secret on the command line.
    #[error(
        "the build argument `{name}` contains a secret, which the command line of docker would show; set an \
         environment variable to the secret, and give the build argument the same name and value: docker then reads it from there"
    )]
    SecretArgument {
        /// The argument's name.
        name: String,
    },
    /// The push printed no digest, and the engine recorded none.
    #[error(
        "`{command}` succeeded but reported no digest, so the pushed image is unknown; nothing was deployed; use a \
         docker or podman that reports the digest of what it pushes (--docker)"
    )]
    NoDigest {
        /// The command, quoted for a shell.
        command: String,
    },
}

/// The text after its prefix; empty without a text.
fn prefixed(prefix: &str, text: Option<&str>) -> String {
    text.map(|text| format!("{prefix}{text}")).unwrap_or_default()
}

impl Docker {
    /// A docker command line that uses `config`, or the user's configuration without one. `guard_program` is this
    /// program, which [`guard`](super::guard) starts again.
    #[must_use]
    pub fn new(program: PathBuf, config: Option<DockerConfig>, guard_program: Option<PathBuf>) -> Self {
        let withheld = oidc::TOKEN_VARIABLES.map(str::to_owned).into();
        Self { program, config, guard_program, withheld, guard: Mutex::new(None) }
    }

    /// The same, which withholds these variables from docker.
    #[must_use]
    pub fn withholding(self, withheld: Vec<String>) -> Self {
        Self { withheld, ..self }
    }

    /// The process group of the guard, which is started if there is none. `None` if it cannot be started: docker then
    /// runs in a group of its own.
    fn guarded_group(&self) -> Option<Pid> {
        let program = self.guard_program.as_deref()?;
        let mut guard = self.guard.lock().ok()?;
        if let Some(group) = guard.as_mut().and_then(Guard::group) {
            return Some(group);
        }
        *guard = Guard::start(program, self.config.as_ref().map(DockerConfig::folder)).ok();
        guard.as_mut().and_then(Guard::group)
    }

    /// Starts a build. [`DockerProcess::finish`] reports its output.
    ///
    /// # Errors
    /// [`DockerError::NotStarted`], [`DockerError::SecretArgument`].
    pub fn build(
        &self,
        build: &DockerBuild,
        repository: &Repository,
        tags: &[Tag],
        environment: &Environment,
    ) -> Result<DockerProcess, DockerError> {
        self.start(build_argv(build, repository, tags, None, environment)?, Some(repository.to_string()))
    }

    /// Builds an index, pushes it under all tags, in their order, and returns its digest.
    ///
    /// # Errors
    /// [`DockerError`].
    pub async fn build_index(
        &self,
        build: &DockerBuild,
        repository: &Repository,
        tags: &[Tag],
        environment: &Environment,
        report: &Report,
    ) -> Result<Digest, DockerError> {
        let no_digest = || DockerError::NoDigest { command: "docker buildx build".to_owned() };
        // The folder of the login is private, and in no build context.
        let folder = self.config.as_ref().map(DockerConfig::folder).ok_or_else(no_digest)?;
        let file = folder.join("build-metadata.json");
        // A program that accepts the flag and writes nothing must not leave the digest of the build before.
        let _ = std::fs::remove_file(&file);
        let arguments = build_argv(build, repository, tags, Some(&file), environment)?;
        let process = self.start(arguments, Some(repository.to_string()))?;
        let command = process.command().to_owned();
        report.emit(&Event::DockerStarted { step: DockerStep::Build, command });
        process.finish(report).await?;
        let metadata = std::fs::read_to_string(&file).unwrap_or_default();
        parse_metadata(&metadata).ok_or_else(no_digest)
    }

    /// Pushes a tag and returns the digest of the pushed manifest.
    ///
    /// # Errors
    /// [`DockerError`].
    pub async fn push(
        &self,
        repository: &Repository,
        tag: &Tag,
        report: &Report,
    ) -> Result<Digest, DockerError> {
        let running = self.start(push_argv(repository, tag), Some(repository.tagged(tag)))?;
        let command = running.command().to_owned();
        report.emit(&Event::DockerStarted { step: DockerStep::Push, command: command.clone() });
        let lines = running.finish(report).await?;
        let digest = lines.iter().rev().find_map(|line| parse_digest(line)).map(Digest::parse);
        match digest.and_then(Result::ok) {
            Some(digest) => Ok(digest),
            None => self.inspect_digest(repository, tag).await?.ok_or(DockerError::NoDigest { command }),
        }
    }

    /// The digest that the engine recorded for a pushed image, for command lines whose push prints none, such as
    /// podman's.
    async fn inspect_digest(
        &self,
        repository: &Repository,
        tag: &Tag,
    ) -> Result<Option<Digest>, DockerError> {
        let format = "{{range .RepoDigests}}{{println .}}{{end}}".to_owned();
        let arguments = ["image", "inspect", "--format"].map(str::to_owned).into_iter();
        let arguments = arguments.chain([format, repository.tagged(tag)]).collect();
        let lines = self.start(arguments, Some(repository.tagged(tag)))?.collect().await?;
        let to_digest = |line: &String| line.strip_prefix(&format!("{repository}@")).map(str::to_owned);
        let mut digests: Vec<String> = lines.iter().filter_map(to_digest).collect();
        digests.dedup();
        // Several digests belong to several pushes, and nothing identifies that of this push.
        Ok(match digests.as_slice() {
            [digest] => Digest::parse(digest).ok(),
            _ => None,
        })
    }

    /// Starts a command. `image` is the image that it builds, pushes or reads, for errors.
    pub(super) fn start(
        &self,
        arguments: Vec<String>,
        image: Option<String>,
    ) -> Result<DockerProcess, DockerError> {
        let mut command = Command::new(&self.program);
        command.args(&arguments);
        if let Some(config) = &self.config {
            command.env("DOCKER_CONFIG", config.folder());
        }
        for name in &self.withheld {
            command.env_remove(name);
        }
        let command_line = to_command_line(&self.program, &arguments);
        DockerProcess::start(command, self.guarded_group(), command_line, image)
            .map_err(|source| DockerError::NotStarted { program: self.program.clone(), source })
    }
}

/// The digest in `TAG: digest: sha256:… size: N`, the last line of a push.
fn parse_digest(line: &str) -> Option<&str> {
    line.split_once("digest: ")?.1.split_whitespace().next()
}

/// The digest in the metadata of a build: `containerimage.digest` of the reference of `docker buildx build`.
fn parse_metadata(text: &str) -> Option<Digest> {
    let metadata: serde_json::Value = serde_json::from_str(text).ok()?;
    Digest::parse(metadata.get("containerimage.digest")?.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_digest_in_the_metadata_of_a_build() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let text = format!(r#"{{"containerimage.digest": "{digest}", "image.name": "h.example/a:1"}}"#);
        assert_eq!(parse_metadata(&text), Digest::parse(&digest).ok());
        for text in ["", "{}", "[]", r#"{"containerimage.digest": 1}"#, r#"{"containerimage.digest": "a"}"#] {
            assert_eq!(parse_metadata(text), None, "{text}");
        }
    }

    #[test]
    fn reads_the_digest_that_a_push_prints() {
        let line = format!("master: digest: sha256:{} size: 528", "a".repeat(64));
        assert_eq!(parse_digest(&line), Some(format!("sha256:{}", "a".repeat(64)).as_str()));
        assert_eq!(parse_digest("The push refers to repository [x]"), None);
    }
}
