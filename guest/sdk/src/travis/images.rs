use alloc::{string::String, vec, vec::Vec};

use super::{IMAGE_NAME, REMOTE_IMAGE_URL, commit_tag, sentences::missing, tag};
use crate::{Build, Image};

/// A repository as it should be, for messages.
const EXAMPLE: &str = "`123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo`";

/// How long a repository's name may be, without its registry's host.
const PATH_LENGTH: usize = 256;

/// The one image of the convention: `IMAGE_NAME`, built from the `Dockerfile` of
/// the working directory, for the repository `REMOTE_IMAGE_URL`.
///
/// It is tagged with the environment (see [`tag`]), for task definitions and
/// people that look for it there, and with environment and commit (see
/// [`commit_tag`]), by which a second run of the same build finds it.
///
/// ```
/// use ecs_host_policy::{Build, Image, travis};
///
/// let build = Build::on_branch("feature/x")
///     .with("IMAGE_NAME", "simple-todo")
///     .with("REMOTE_IMAGE_URL", "registry.example/simple-todo");
/// let tags = ["feature-x", "feature-x-0123456789abcdef0123456789abcdef01234567"];
/// assert_eq!(
///     travis::images(&build, "feature/x"),
///     Ok(vec![Image::built("simple-todo", "registry.example/simple-todo", tags)])
/// );
/// ```
///
/// # Errors
///
/// Where `IMAGE_NAME` or `REMOTE_IMAGE_URL` is not set, and where
/// `REMOTE_IMAGE_URL` is not a repository alone: does not begin with a registry's
/// host, or has a scheme, a tag or a digest.
pub fn images(build: &Build, environment: &str) -> Result<Vec<Image>, String> {
    let (Some(name), Some(repository)) = (build.setting(IMAGE_NAME), build.setting(REMOTE_IMAGE_URL)) else {
        let missing = missing(
            build,
            [
                (IMAGE_NAME, "the image's name, such as `simple-todo`"),
                (REMOTE_IMAGE_URL, &["its repository, such as ", EXAMPLE].concat()),
            ],
        );
        return Err(["There is no image to deploy: set ", &missing, "."].concat());
    };
    if !is_repository(repository) {
        // The value itself is not repeated: a URL may have a password in it.
        return Err([
            REMOTE_IMAGE_URL,
            " is not the name of a repository: set it to one that begins with the registry's host, \
             without `https://`, tag or digest, and in lower case, such as ",
            EXAMPLE,
            ".",
        ]
        .concat());
    }
    let tags = [tag(environment), commit_tag(environment, &build.commit)];
    Ok(vec![Image::built(name, repository, tags)])
}

/// Whether this is a repository as the host takes it: a registry's host and a
/// path, without scheme, tag and digest.
fn is_repository(name: &str) -> bool {
    name.split_once('/').is_some_and(|(host, path)| {
        is_host(host) && path.len() <= PATH_LENGTH && path.split('/').all(is_path_part)
    })
}

/// A host has a port or a `.`, or is `localhost`. Without one, docker would take
/// `acme/todo` for a repository on Docker Hub.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        && (name.contains('.') || port.is_some() || name == "localhost")
        && port.is_none_or(|port| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok())
}

fn is_path_part(part: &str) -> bool {
    let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let part = part.as_bytes();
    part.first().is_some_and(inner)
        && part.last().is_some_and(inner)
        && part.iter().all(|b| inner(b) || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::{DockerBuild, ImageSource};

    const ECR: &str = "648568381338.dkr.ecr.eu-central-1.amazonaws.com/simple-todo";

    fn build(url: &str) -> Build {
        Build::on_branch("master").with(IMAGE_NAME, "simple-todo").with(REMOTE_IMAGE_URL, url)
    }

    #[test]
    fn the_image_is_built_here_and_tagged_with_branch_and_commit() {
        let build = build(ECR);
        assert_eq!(
            images(&build, "master"),
            Ok(vec![Image {
                name: "simple-todo".into(),
                repository: ECR.into(),
                tags: vec!["master".into(), format!("master-{}", build.commit)],
                source: ImageSource::Dockerfile(DockerBuild {
                    context: ".".into(),
                    dockerfile: None,
                    stage: None,
                    arguments: vec![],
                    platform: None,
                }),
            }])
        );
    }

    #[test]
    fn two_environments_of_one_commit_share_no_tag() {
        let build = build(ECR);
        let [master, production] = ["master", "production"].map(|name| images(&build, name).unwrap());
        assert!(master[0].tags.iter().all(|tag| !production[0].tags.contains(tag)));
    }

    #[test]
    fn all_missing_settings_are_named_at_once() {
        assert_eq!(
            images(&Build::on_branch("master"), "master"),
            Err("There is no image to deploy: set IMAGE_NAME (the image's name, such as `simple-todo`) \
                 and REMOTE_IMAGE_URL (its repository, such as \
                 `123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo`)."
                .into())
        );
    }

    #[test]
    fn a_setting_that_is_there_is_not_asked_for() {
        let error = images(&build(" "), "master").unwrap_err();
        assert!(error.starts_with("There is no image to deploy: set REMOTE_IMAGE_URL (its"), "{error}");
        assert!(!error.contains("IMAGE_NAME"), "{error}");
    }

    #[test]
    fn a_repository_may_be_in_any_registry() {
        let longest = format!("registry.example/{}", "x".repeat(256));
        for url in [
            ECR,
            "localhost/todo",
            "localhost:5000/todo",
            "registry:65535/todo",
            "127.0.0.1:5000/a/b_c/d__e/f.g/h-i",
            "registry.Example.COM/todo",
            "docker.io/acme/todo",
            &longest,
        ] {
            assert!(images(&build(url), "master").is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_repository_alone_is_refused_with_the_form_that_is_wanted() {
        let (digest, tagged) = (format!("{ECR}@sha256:{}", "0".repeat(64)), format!("{ECR}:latest"));
        let (url, too_long) = (format!("https://{ECR}"), format!("registry.example/{}", "x".repeat(257)));
        for url in [
            url.as_str(),
            &digest,
            &tagged,
            &too_long,
            "simple-todo",
            "simple-todo/web",
            "a_b/todo",
            "a_b.example/todo",
            "Localhost/todo",
            ".example/todo",
            "-h.example/todo",
            "todo:latest",
            "localhost:5000/todo:latest",
            "localhost:5000",
            "registry.example/Todo",
            "Todo",
            "registry.example/",
            "registry.example",
            "/todo",
            "a.b/a//b",
            "a.b/a/",
            "a.b/a/-b",
            "a.b/a/b.",
            "a.b/a b",
            "a.b/ä",
            "ä.b/todo",
            "a.b:x/todo",
            "a.b:/todo",
            "a.b:65536/todo",
            "a.b:1:2/todo",
            ":1/todo",
        ] {
            assert_eq!(
                images(&build(url), "master"),
                Err("REMOTE_IMAGE_URL is not the name of a repository: set it to one that begins with \
                     the registry's host, without `https://`, tag or digest, and in lower case, such as \
                     `123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo`."
                    .into()),
                "{url}"
            );
        }
    }

    #[test]
    fn a_password_in_the_url_is_not_repeated() {
        for url in ["https://ci:hunter2@registry.example/todo", "ci:hunter2@registry.example/todo"] {
            let error = images(&build(url), "master").unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
