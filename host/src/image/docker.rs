//! The docker command line, or one that is called the same way.
//!
//! No flag is passed that the build does not ask for, so that the legacy
//! builder, BuildKit and compatible tools all understand it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use super::login::Login;
use crate::names::{Digest, Repository, Tag};
use crate::policy::decision::DockerBuild;
use crate::report::{Event, Report};

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
        /// The command as a person would type it.
        command: String,
        /// How it ended.
        status: String,
        /// The last line that it printed.
        last: String,
        /// What to do, where the output tells.
        hint: Option<&'static str>,
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

/// A docker command that runs. Dropping it ends it.
pub struct Running {
    child: Child,
    command: String,
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
    /// [`DockerError::NotStarted`].
    pub fn build(
        &self,
        build: &DockerBuild,
        repository: &Repository,
        tags: &[Tag],
    ) -> Result<Running, DockerError> {
        self.start(build_arguments(build, repository, tags))
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
        report.emit(&Event::Docker { command: running.command.clone() });
        let command = running.command.clone();
        let lines = running.finish(report).await?;
        let digest = lines.iter().rev().find_map(|line| digest_of(line)).map(Digest::parse);
        digest.and_then(Result::ok).ok_or(DockerError::NoDigest { command })
    }

    fn start(&self, arguments: Vec<String>) -> Result<Running, DockerError> {
        let mut command = Command::new(&self.program);
        command.args(&arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: an interrupt from the keyboard reaches the host
        // alone, which then ends docker with all its plugins.
        command.process_group(0);
        if let Some(login) = &self.login {
            command.env("DOCKER_CONFIG", OsString::from(login.folder()));
        }
        let child = command
            .spawn()
            .map_err(|source| DockerError::NotStarted { program: self.program.clone(), source })?;
        Ok(Running { child, command: shown(&self.program, &arguments) })
    }
}

/// The arguments of a build. Values that a policy chose stand behind `=` or
/// `--`, so that none of them is taken for an option.
fn build_arguments(build: &DockerBuild, repository: &Repository, tags: &[Tag]) -> Vec<String> {
    let mut arguments = vec!["build".to_owned()];
    arguments.extend(tags.iter().map(|tag| format!("--tag={}", repository.tagged(tag))));
    if let Some(dockerfile) = &build.dockerfile {
        // Docker takes it relative to the working directory, the contract to the context.
        let path = std::path::Path::new(&build.context).join(dockerfile);
        arguments.push(format!("--file={}", path.display()));
    }
    arguments.extend(build.stage.iter().map(|stage| format!("--target={stage}")));
    arguments.extend(build.platform.iter().map(|platform| format!("--platform={platform}")));
    arguments.extend(build.arguments.iter().map(|(name, value)| format!("--build-arg={name}={value}")));
    arguments.extend(["--".to_owned(), build.context.clone()]);
    arguments
}

fn push_arguments(repository: &Repository, tag: &Tag) -> Vec<String> {
    vec!["push".to_owned(), "--".to_owned(), repository.tagged(tag)]
}

/// The commands that publishing an image takes, as a person would type them.
#[must_use]
pub fn commands(
    program: &std::path::Path,
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
) -> Vec<String> {
    let pushes = tags.iter().map(|tag| push_arguments(repository, tag));
    std::iter::once(build_arguments(build, repository, tags))
        .chain(pushes)
        .map(|a| shown(program, &a))
        .collect()
}

fn shown(program: &std::path::Path, arguments: &[String]) -> String {
    let quoted = arguments.iter().map(|argument| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@,+".contains(c);
        if argument.chars().all(plain) {
            argument.clone()
        } else {
            format!("'{}'", argument.replace('\'', r"'\''"))
        }
    });
    std::iter::once(program.display().to_string()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// The digest in `TAG: digest: sha256:… size: N`, the last line of a push.
fn digest_of(line: &str) -> Option<&str> {
    line.split_once("digest: ")?.1.split_whitespace().next()
}

impl Running {
    /// The command as a person would type it.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Shows what the command prints, line by line, until it ends, and gives
    /// the last lines.
    ///
    /// # Errors
    /// [`DockerError::Failed`].
    pub async fn finish(mut self, report: &Report) -> Result<Vec<String>, DockerError> {
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let lines = std::sync::Mutex::new(Vec::new());
        tokio::join!(show(stdout, report, &lines), show(stderr, report, &lines));
        let status = self.child.wait().await.map_err(|error| self.failed(&error.to_string(), &[]))?;
        let lines = lines.into_inner().unwrap_or_default();
        if status.success() {
            return Ok(lines);
        }
        let ended = match status.code() {
            Some(code) => format!("exit code {code}"),
            None => "ended by a signal".to_owned(),
        };
        Err(self.failed(&ended, &lines))
    }

    fn failed(&self, status: &str, lines: &[String]) -> DockerError {
        let last = lines.iter().rev().find(|line| !line.trim().is_empty()).cloned().unwrap_or_default();
        let said = |text: &str| lines.iter().any(|line| line.contains(text));
        let hint = if said("Cannot connect to the Docker daemon") || said("Is the docker daemon running") {
            Some("start the docker engine, or let DOCKER_HOST name the one to use")
        } else if said("immutable") {
            Some(
                "the repository is immutable and has that tag on another image; a tag of its own for each commit avoids this",
            )
        } else if said("no basic auth credentials") || said("denied") || said("unauthorized") {
            Some("log in to that registry before, with `docker login`")
        } else {
            None
        };
        DockerError::Failed { command: self.command.clone(), status: status.to_owned(), last, hint }
    }
}

/// How many lines are kept for the error message and the digest.
const KEPT: usize = 50;

async fn show(
    stream: Option<impl AsyncRead + Unpin>,
    report: &Report,
    lines: &std::sync::Mutex<Vec<String>>,
) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match reader.read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                if let Ok(mut lines) = lines.lock() {
                    lines.push(line.clone());
                    let excess = lines.len().saturating_sub(KEPT);
                    lines.drain(..excess);
                }
                report.emit(&Event::DockerOutput { line });
            }
        }
    }
}

/// How long docker gets to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(2);

impl Drop for Running {
    fn drop(&mut self) {
        let Some(group) = self.child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
        else {
            return;
        };
        let ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        if ended(&mut self.child) {
            return;
        }
        // Errors mean that the group is gone already, which is what is wanted.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        let begun = Instant::now();
        while begun.elapsed() < GRACE {
            if ended(&mut self.child) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.try_wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> Repository {
        Repository::parse("127.0.0.1:5000/web").unwrap()
    }

    #[test]
    fn a_plain_build_passes_no_flag_that_it_need_not_pass() {
        let build = DockerBuild {
            context: ".".into(),
            dockerfile: None,
            stage: None,
            arguments: vec![],
            platform: None,
        };
        let tags = [Tag::parse("master").unwrap()];
        assert_eq!(
            build_arguments(&build, &repository(), &tags),
            ["build", "--tag=127.0.0.1:5000/web:master", "--", "."]
        );
    }

    #[test]
    fn a_dockerfile_is_relative_to_its_context() {
        let build = DockerBuild {
            context: "api".into(),
            dockerfile: Some("Dockerfile.prod".into()),
            stage: Some("run".into()),
            arguments: vec![("A".into(), "b c".into())],
            platform: Some("linux/arm64".into()),
        };
        let arguments = build_arguments(&build, &repository(), &[]);
        let expected = [
            "build",
            "--file=api/Dockerfile.prod",
            "--target=run",
            "--platform=linux/arm64",
            "--build-arg=A=b c",
            "--",
            "api",
        ];
        assert_eq!(arguments, expected);
        assert!(shown(std::path::Path::new("docker"), &arguments).contains("'--build-arg=A=b c'"));
    }

    #[test]
    fn the_push_tells_its_digest() {
        let line = format!("master: digest: sha256:{} size: 528", "a".repeat(64));
        assert_eq!(digest_of(&line), Some(format!("sha256:{}", "a".repeat(64)).as_str()));
        assert_eq!(digest_of("The push refers to repository [x]"), None);
    }
}
