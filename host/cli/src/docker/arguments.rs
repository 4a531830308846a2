//! The arguments of docker commands, and their form on a command line.

use std::path::Path;

use super::DockerError;
use model::Environment;
use model::decision::{BuildContext, BuildSecret, BuildkitOptions, ContextContent, DockerBuild};
use model::names::{Repository, Tag};
use model::secret::{MIN_MASKED_LEN, is_secret};
use model::text::command_line;

/// The arguments of `docker build`, or of `docker buildx build` if an option needs it: `docker build` is another builder
/// without the plugin, and with DOCKER_BUILDKIT=0. Every value from a policy follows a `=`, or begins with a registry's host or a
/// `.`, so that docker does not parse it as an option.
///
/// A build argument that equals the environment variable of the same name is passed by its name alone, and docker
/// reads the value from the environment. A secret therefore appears on no command line.
///
/// A build of several platforms pushes its tags itself, in their order, and writes the digest to the file `metadata`.
///
/// # Errors
/// [`DockerError::SecretArgument`].
pub(crate) fn build_argv(
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    metadata: Option<&Path>,
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    if let Some((name, _)) = build.arguments.iter().find(|argument| exposes_secret(argument, environment)) {
        return Err(DockerError::SecretArgument { name: name.clone() });
    }
    let needs_buildx = !build.buildx_options().is_empty();
    let mut arguments: Vec<String> = needs_buildx.then(|| "buildx".to_owned()).into_iter().collect();
    arguments.push("build".to_owned());
    if needs_buildx {
        // A builder with an engine of its own keeps an image that it neither pushes nor loads.
        arguments.push(if build.is_index() { "--push" } else { "--load" }.to_owned());
    }
    arguments.extend(metadata.map(|path| format!("--metadata-file={}", path.display())));
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
    arguments.extend(build.buildkit.as_deref().into_iter().flat_map(buildkit_flags));
    arguments.push(to_path(&build.context));
    Ok(arguments)
}

/// The flags of buildx. The builder reads the value of a secret from the environment.
fn buildkit_flags(options: &BuildkitOptions) -> Vec<String> {
    let BuildkitOptions { secrets, ssh, cache_from, cache_to, contexts } = options;
    let secret = |secret: &BuildSecret| format!("--secret=id={},env={}", secret.id, secret.variable);
    let context = |context: &BuildContext| {
        let content = match &context.content {
            ContextContent::Directory(path) => to_path(path),
            ContextContent::Image(image) => format!("docker-image://{image}"),
        };
        format!("--build-context={}={content}", context.name)
    };
    let mut flags: Vec<String> = secrets.iter().map(secret).collect();
    flags.extend(ssh.iter().map(|id| format!("--ssh={id}")));
    flags.extend(cache_from.iter().map(|cache| format!("--cache-from={}", cache.source_argument())));
    flags.extend(cache_to.iter().map(|cache| format!("--cache-to={}", cache.destination_argument())));
    flags.extend(contexts.iter().map(context));
    flags
}

/// A context as an explicit path: docker clones a repository if the context is `github.com/x/y` or `git@host:x`.
fn to_path(context: &str) -> String {
    if context == "." { ".".to_owned() } else { format!("./{context}") }
}

/// Whether a build argument exposes a secret on the command line: it is one, or its value contains that of a secret
/// environment variable, and it is not passed by its name alone.
fn exposes_secret((name, value): &(String, String), environment: &Environment) -> bool {
    let value = value.trim();
    let contains =
        |secret: &str| secret == value || (secret.len() >= MIN_MASKED_LEN && value.contains(secret));
    !is_inherited(name, value, environment)
        && (is_secret(name, value) || environment.secret_parts().any(contains))
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
    program: &Path,
    build: &DockerBuild,
    repository: &Repository,
    tags: &[Tag],
    pushed: &[Tag],
    environment: &Environment,
) -> Result<Vec<String>, DockerError> {
    let (tags, pushed) = if build.is_index() { (pushed, &[][..]) } else { (tags, pushed) };
    let build = build_argv(build, repository, tags, None, environment)?;
    let pushes = pushed.iter().map(|tag| push_argv(repository, tag));
    Ok(std::iter::once(build).chain(pushes).map(|arguments| to_command_line(program, &arguments)).collect())
}

/// A command, quoted for a shell.
pub(super) fn to_command_line(program: &Path, arguments: &[String]) -> String {
    let program = program.display().to_string();
    command_line(std::iter::once(program.as_str()).chain(arguments.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::names::{BuildCache, ImageReference};

    fn repository() -> Repository {
        Repository::parse("127.0.0.1:5000/web").unwrap()
    }

    fn build(context: &str, arguments: &[(&str, &str)]) -> DockerBuild {
        let arguments = arguments.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        DockerBuild { context: context.into(), arguments, ..DockerBuild::default() }
    }

    fn arguments(build: &DockerBuild, tags: &[Tag]) -> Vec<String> {
        let environment = Environment::from_iter([("NPM_TOKEN", "hunter2-hunter2"), ("VERSION", "1")]);
        build_argv(build, &repository(), tags, None, &environment).unwrap()
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
        assert!(to_command_line(Path::new("docker"), &arguments).contains("'--build-arg=A=b c'"));
    }

    #[test]
    fn an_option_of_buildkit_is_a_flag_of_buildx() {
        let context = |name: &str, content| BuildContext { name: name.into(), content };
        let image = ImageReference::parse("registry.example/base:1").unwrap();
        let buildkit = BuildkitOptions {
            secrets: vec![BuildSecret { id: "npm".into(), variable: "NPM_TOKEN".into() }],
            ssh: vec!["default".into()],
            cache_from: vec![BuildCache::parse_source("registry.example/app:cache").unwrap()],
            cache_to: vec![BuildCache::parse_destination("type=gha,mode=max").unwrap()],
            contexts: vec![
                context("libs", ContextContent::Directory("github.com/libs".into())),
                context("base", ContextContent::Image(image)),
            ],
        };
        let build = DockerBuild { buildkit: Some(Box::new(buildkit)), ..build(".", &[]) };
        let expected = [
            "buildx",
            "build",
            "--load",
            "--secret=id=npm,env=NPM_TOKEN",
            "--ssh=default",
            "--cache-from=type=registry,ref=registry.example/app:cache",
            "--cache-to=type=gha,mode=max",
            "--build-context=libs=./github.com/libs",
            "--build-context=base=docker-image://registry.example/base:1",
            ".",
        ];
        assert_eq!(arguments(&build, &[]), expected);
    }

    #[test]
    fn an_index_is_pushed_by_its_build() {
        let platforms = vec!["linux/amd64".into(), "linux/arm64".into()];
        let build = DockerBuild { platforms, ..build(".", &[]) };
        let tags = ["a", "b"].map(|tag| Tag::parse(tag).unwrap());
        let environment = Environment::default();
        let program = Path::new("docker");
        let commands = publish_commands(program, &build, &repository(), &[], &tags, &environment).unwrap();
        let expected = "docker buildx build --push --tag=127.0.0.1:5000/web:a --tag=127.0.0.1:5000/web:b \
                        --platform=linux/amd64,linux/arm64 .";
        assert_eq!(commands, [expected]);
        let file = Some(Path::new("/tmp/m.json"));
        let arguments = build_argv(&build, &repository(), &tags, file, &environment).unwrap();
        assert!(arguments.contains(&"--metadata-file=/tmp/m.json".to_owned()), "{arguments:?}");
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
