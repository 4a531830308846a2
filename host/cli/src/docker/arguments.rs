//! The arguments of docker commands, and the commands as people would type them.

use super::DockerError;
use model::Environment;
use model::decision::DockerBuild;
use model::names::{Repository, Tag};
use model::secret::is_secret_name;
use model::text::command_line;

/// The arguments of a build. Values that a policy chose stand behind `=` or
/// begin with a registry's host or a `.`, so that none is taken for an option.
///
/// A build argument that has the value of the environment variable of its name
/// goes by its name alone, and docker takes the value from there: this is how a
/// secret that the operator allowed gets into a build without being shown.
pub(crate) fn build_arguments(
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
    let secrets = environment.iter().filter(|(variable, _)| is_secret_name(variable)).map(|(_, v)| v.trim());
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

pub(super) fn push_arguments(repository: &Repository, tag: &Tag) -> Vec<String> {
    vec!["push".to_owned(), repository.tagged(tag)]
}

/// The commands that publishing an image takes, as a person would type them.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub(crate) fn commands(
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

/// A command as a person would type it.
pub(super) fn shown(program: &std::path::Path, arguments: &[String]) -> String {
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
}
