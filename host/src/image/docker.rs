//! The docker command line, or one that is called the same way.
//!
//! No flag is passed that the build does not ask for, so that the legacy
//! builder, BuildKit and compatible tools all understand it.

use std::path::PathBuf;

use thiserror::Error;
use tokio::process::Command;

use super::login::Login;
use super::running::Running;
use crate::ci::Environment;
use crate::names::{Digest, Repository, Tag};
use crate::policy::decision::DockerBuild;
use crate::policy::settings::looks_secret;
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
        report.emit(&Event::Docker { command: command.clone() });
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

/// The arguments of a build. Values that a policy chose stand behind `=` or
/// begin with a registry's host or a `.`, so that none is taken for an option.
///
/// A build argument that has the value of the environment variable of its name
/// goes by its name alone, and docker takes the value from there: this is how a
/// secret that the operator allowed gets into a build without being shown.
fn build_arguments(
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    if let Some((name, _)) = build.arguments.iter().find(|argument| hides_a_secret(argument, environment)) {
        return Err(DockerError::SecretArgument { name: name.clone() });
    }
    let mut arguments = vec!["build".to_owned()];
    arguments.extend(tags.iter().map(|tag| format!("--tag={}", repository.tagged(tag))));
    if let Some(dockerfile) = &build.dockerfile {
        // Docker takes it relative to the working directory, the contract to the context.
        arguments.push(format!("--file={}/{dockerfile}", context(build)));
    }
    arguments.extend(build.stage.iter().map(|stage| format!("--target={stage}")));
    arguments.extend(build.platform.iter().map(|platform| format!("--platform={platform}")));
    arguments.extend(build.arguments.iter().map(|(name, value)| {
        if by_name(name, value, environment) {
            format!("--build-arg={name}")
        } else {
            format!("--build-arg={name}={value}")
        }
    }));
    arguments.push(context(build));
    Ok(arguments)
}

/// The context as a path and nothing else: docker would take `github.com/x/y`
/// or `git@host:x` for a repository to clone.
fn context(build: &DockerBuild) -> String {
    if build.context == "." { ".".to_owned() } else { format!("./{}", build.context) }
}

/// Whether a build argument would show a secret on the command line: it holds
/// the value of a variable that looks like one, and does not go by its name.
fn hides_a_secret((name, value): &(String, String), environment: &Environment) -> bool {
    let secrets = environment.iter().filter(|(variable, _)| looks_secret(variable)).map(|(_, v)| v.trim());
    let holds = |secret: &str| secret == value.trim() || (secret.len() >= SECRET && value.contains(secret));
    !by_name(name, value, environment) && secrets.into_iter().any(holds)
}

/// Whether docker can take a build argument from the environment. White space
/// at the ends makes no difference: policies are given settings without it.
fn by_name(name: &str, value: &str, environment: &Environment) -> bool {
    environment.get(name).is_some_and(|known| known.trim() == value.trim())
}

/// The shortest secret that is looked for inside of other values.
const SECRET: usize = 8;

fn push_arguments(repository: &Repository, tag: &Tag) -> Vec<String> {
    vec!["push".to_owned(), repository.tagged(tag)]
}

/// The commands that publishing an image takes, as a person would type them.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub fn commands(
    program: &std::path::Path,
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    let build = build_arguments(build, repository, tags, environment)?;
    let pushes = tags.iter().map(|tag| push_arguments(repository, tag));
    Ok(std::iter::once(build).chain(pushes).map(|arguments| shown(program, &arguments)).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> Repository {
        Repository::parse("127.0.0.1:5000/web").unwrap()
    }

    fn build(context: &str, arguments: &[(&str, &str)]) -> DockerBuild {
        let arguments = arguments.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        DockerBuild { context: context.into(), dockerfile: None, stage: None, arguments, platform: None }
    }

    fn arguments(build: &DockerBuild, tags: &[Tag]) -> Vec<String> {
        let environment = Environment::from_iter([("NPM_TOKEN", "hunter2-hunter2"), ("VERSION", "1")]);
        build_arguments(build, &repository(), tags, &environment).unwrap()
    }

    #[test]
    fn a_plain_build_passes_no_flag_that_it_need_not_pass() {
        let tags = [Tag::parse("master").unwrap()];
        let expected = ["build", "--tag=127.0.0.1:5000/web:master", "."];
        assert_eq!(arguments(&build(".", &[]), &tags), expected);
    }

    #[test]
    fn a_dockerfile_is_relative_to_its_context() {
        let build = DockerBuild {
            dockerfile: Some("Dockerfile.prod".into()),
            stage: Some("run".into()),
            platform: Some("linux/arm64".into()),
            ..build("api", &[("A", "b c")])
        };
        let arguments = arguments(&build, &[]);
        let expected = [
            "build",
            "--file=./api/Dockerfile.prod",
            "--target=run",
            "--platform=linux/arm64",
            "--build-arg=A=b c",
            "./api",
        ];
        assert_eq!(arguments, expected);
        assert!(shown(std::path::Path::new("docker"), &arguments).contains("'--build-arg=A=b c'"));
    }

    #[test]
    fn a_context_is_never_a_repository_to_clone() {
        assert_eq!(
            arguments(&build("github.com/team/app", &[]), &[]).last().unwrap(),
            "./github.com/team/app"
        );
    }

    #[test]
    fn a_secret_is_on_no_command_line() {
        let own_name = build(".", &[("NPM_TOKEN", "hunter2-hunter2")]);
        assert!(arguments(&own_name, &[]).contains(&"--build-arg=NPM_TOKEN".to_owned()));
        let environment = Environment::from_iter([("NPM_TOKEN", "hunter2-hunter2")]);
        assert!(hides_a_secret(&("OTHER".into(), "hunter2-hunter2".into()), &environment));
        assert!(hides_a_secret(&("URL".into(), "https://ci:hunter2-hunter2@h.example".into()), &environment));
        assert!(!hides_a_secret(&("NPM_TOKEN".into(), "hunter2-hunter2".into()), &environment));
    }

    #[test]
    fn the_push_tells_its_digest() {
        let line = format!("master: digest: sha256:{} size: 528", "a".repeat(64));
        assert_eq!(digest_of(&line), Some(format!("sha256:{}", "a".repeat(64)).as_str()));
        assert_eq!(digest_of("The push refers to repository [x]"), None);
    }
}
