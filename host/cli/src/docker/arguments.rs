//! The arguments of docker commands, and their form on a command line.

use super::DockerError;
use model::Environment;
use model::decision::DockerBuild;
use model::names::{Repository, Tag};
use model::secret::{MIN_MASKED_LEN, is_secret, secret_parts};
use model::text::command_line;

/// The arguments of `docker build`. Every value from a policy follows a `=`, or begins with a registry's host or a
/// `.`, so that docker does not parse it as an option.
///
/// A build argument that equals the environment variable of the same name is passed by its name alone, and docker
/// reads the value from the environment. A secret therefore appears on no command line.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub(crate) fn build_argv(
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    if let Some((name, _)) = build.arguments.iter().find(|argument| exposes_secret(argument, environment)) {
        return Err(DockerError::SecretArgument { name: name.clone() });
    }
    let mut arguments = vec!["build".to_owned()];
    arguments.extend(tags.iter().map(|tag| format!("--tag={}", repository.tagged(tag))));
    arguments.extend(build.dockerfile.iter().map(|path| format!("--file=./{path}")));
    arguments.extend(build.stage.iter().map(|stage| format!("--target={stage}")));
    if !build.platforms.is_empty() {
        arguments.push(format!("--platform={}", build.platforms.join(",")));
    }
    if build.pull {
        arguments.push("--pull".to_owned());
    }
    arguments.extend(build.labels.iter().map(|(name, value)| format!("--label={name}={value}")));
    arguments.extend(build.arguments.iter().map(|(name, value)| {
        if is_inherited(name, value, environment) {
            format!("--build-arg={name}")
        } else {
            format!("--build-arg={name}={value}")
        }
    }));
    arguments.push(context_path(build));
    Ok(arguments)
}

/// The context as an explicit path: docker clones a repository if the context is `github.com/x/y` or `git@host:x`.
fn context_path(build: &DockerBuild) -> String {
    if build.context == "." { ".".to_owned() } else { format!("./{}", build.context) }
}

/// Whether a build argument exposes a secret on the command line: it is one, or its value contains that of a secret
/// environment variable, and it is not passed by its name alone.
fn exposes_secret((name, value): &(String, String), environment: &Environment) -> bool {
    let value = value.trim();
    let secrets = environment.secrets().flat_map(|(name, value)| secret_parts(name, value));
    let contains =
        |secret: &str| secret == value || (secret.len() >= MIN_MASKED_LEN && value.contains(secret));
    !is_inherited(name, value, environment) && (is_secret(name, value) || secrets.into_iter().any(contains))
}

/// Whether docker can read a build argument from the environment. Settings reach a policy without the white space at
/// their ends, so the comparison ignores it.
fn is_inherited(name: &str, value: &str, environment: &Environment) -> bool {
    environment.get(name).is_some_and(|known| known.trim() == value.trim())
}

pub(super) fn push_argv(repository: &Repository, tag: &Tag) -> Vec<String> {
    vec!["push".to_owned(), repository.tagged(tag)]
}

/// The commands that build an image and push some of its tags, quoted for a shell.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub(crate) fn publish_commands(
    program: &std::path::Path,
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    pushed: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    let build = build_argv(build, repository, tags, environment)?;
    let pushes = pushed.iter().map(|tag| push_argv(repository, tag));
    Ok(std::iter::once(build).chain(pushes).map(|arguments| to_command_line(program, &arguments)).collect())
}

/// A command, quoted for a shell.
pub(super) fn to_command_line(program: &std::path::Path, arguments: &[String]) -> String {
    let program = program.display().to_string();
    command_line(std::iter::once(program.as_str()).chain(arguments.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> Repository {
        Repository::parse("127.0.0.1:5000/web").unwrap()
    }

    fn build(context: &str, arguments: &[(&str, &str)]) -> DockerBuild {
        let arguments = arguments.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        DockerBuild { context: context.into(), arguments, ..DockerBuild::default() }
    }

    fn arguments(build: &DockerBuild, tags: &[Tag]) -> Vec<String> {
        let environment = Environment::from_iter([("NPM_TOKEN", "hunter2-hunter2"), ("VERSION", "1")]);
        build_argv(build, &repository(), tags, &environment).unwrap()
    }

    #[test]
    fn a_plain_build_has_only_the_required_flags() {
        let tags = [Tag::parse("master").unwrap()];
        let expected = ["build", "--tag=127.0.0.1:5000/web:master", "."];
        assert_eq!(arguments(&build(".", &[]), &tags), expected);
    }

    #[test]
    fn every_option_is_a_flag_with_its_value() {
        let build = DockerBuild {
            dockerfile: Some("docker/Dockerfile.api".into()),
            stage: Some("run".into()),
            platforms: vec!["linux/arm64".into()],
            labels: vec![("org.example.team".into(), "a b".into())],
            pull: true,
            ..build("api", &[("A", "b c")])
        };
        let arguments = arguments(&build, &[]);
        let expected = [
            "build",
            "--file=./docker/Dockerfile.api",
            "--target=run",
            "--platform=linux/arm64",
            "--pull",
            "--label=org.example.team=a b",
            "--build-arg=A=b c",
            "./api",
        ];
        assert_eq!(arguments, expected);
        assert!(to_command_line(std::path::Path::new("docker"), &arguments).contains("'--build-arg=A=b c'"));
    }

    #[test]
    fn a_context_is_always_a_path() {
        assert_eq!(
            arguments(&build("github.com/team/app", &[]), &[]).last().unwrap(),
            "./github.com/team/app"
        );
    }

    #[test]
    fn a_secret_is_never_on_a_command_line() {
        let own_name = build(".", &[("NPM_TOKEN", "hunter2-hunter2")]);
        assert!(arguments(&own_name, &[]).contains(&"--build-arg=NPM_TOKEN".to_owned()));
        let environment = Environment::from_iter([("NPM_TOKEN", "hunter2-hunter2")]);
        assert!(exposes_secret(&("OTHER".into(), "hunter2-hunter2".into()), &environment));
        assert!(exposes_secret(&("URL".into(), "https://ci:hunter2-hunter2@h.example".into()), &environment));
        assert!(!exposes_secret(&("NPM_TOKEN".into(), "hunter2-hunter2".into()), &environment));
        // A secret of the policy's own.
        assert!(exposes_secret(&("DB_PASSWORD".into(), "hunter3".into()), &environment));
        assert!(exposes_secret(&("DATABASE".into(), "redis://:hunter3@h".into()), &environment));
    }

    #[test]
    fn a_switch_named_like_a_secret_hides_no_other_value() {
        let environment = Environment::from_iter([("ENABLE_AUTH", "true"), ("PWD", "/simple-todo")]);
        for argument in [("DEBUG", "true"), ("IMAGE", "example.com/simple-todo"), ("BASIC_AUTH", "true")] {
            assert!(!exposes_secret(&(argument.0.into(), argument.1.into()), &environment), "{argument:?}");
        }
    }
}
