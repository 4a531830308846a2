use alloc::{string::String, vec, vec::Vec};

use super::{IMAGE_NAME, REMOTE_IMAGE_URL, commit_tag, environment_tag, messages::missing_settings};
use crate::{Build, Image};

/// A valid repository, for messages.
const EXAMPLE: &str = "`123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo`";

/// The maximum length of a repository's path, in bytes.
const PATH_LENGTH: usize = 256;

/// Returns the image of the convention: `IMAGE_NAME` in the repository
/// `REMOTE_IMAGE_URL`, built from the `Dockerfile` of the working folder.
///
/// The image has two tags. Task definitions and people refer to it by the
/// [`environment_tag`]. A second run of the same build finds it by the
/// [`commit_tag`].
///
/// ```
/// use ecs_host_policy::{Build, Image, travis};
///
/// let build = Build::on_branch("feature/x")
///     .with_setting("IMAGE_NAME", "simple-todo")
///     .with_setting("REMOTE_IMAGE_URL", "registry.example/simple-todo");
/// let tags = ["feature-x", "feature-x-0123456789abcdef0123456789abcdef01234567"];
/// assert_eq!(
///     travis::images(&build, "feature/x"),
///     Ok(vec![Image::from_dockerfile("simple-todo", "registry.example/simple-todo", tags)])
/// );
/// ```
///
/// # Errors
///
/// Returns an error if `IMAGE_NAME` or `REMOTE_IMAGE_URL` is not set, or if
/// `REMOTE_IMAGE_URL` is not a repository: it does not begin with the host of a
/// registry, or it contains a scheme, a tag or a digest.
pub fn images(build: &Build, environment: &str) -> Result<Vec<Image>, String> {
    let (Some(name), Some(repository)) = (build.setting(IMAGE_NAME), build.setting(REMOTE_IMAGE_URL)) else {
        let missing = missing_settings(
            build,
            [
                (IMAGE_NAME, "the image's name, such as `simple-todo`"),
                (REMOTE_IMAGE_URL, &["its repository, such as ", EXAMPLE].concat()),
            ],
        );
        return Err(["No image is set: set ", &missing, "."].concat());
    };
    if !is_repository(repository) {
        // The message omits the value, because a URL may contain a password.
        return Err([
            REMOTE_IMAGE_URL,
            " is not an image repository: set it to the registry's host and a path in lower case, \
             without `https://`, tag and digest, such as ",
            EXAMPLE,
            ".",
        ]
        .concat());
    }
    let tags = [environment_tag(environment), commit_tag(environment, &build.commit)];
    Ok(vec![Image::from_dockerfile(name, repository, tags)])
}

/// Whether `ecs-host` accepts this repository: a registry's host and a path, without
/// scheme, tag and digest.
fn is_repository(text: &str) -> bool {
    text.split_once('/').is_some_and(|(host, path)| {
        is_host(host) && path.len() <= PATH_LENGTH && path.split('/').all(is_path_part)
    })
}

/// A registry's host contains a `.` or a port, or is `localhost`. Docker resolves a
/// name without such a host, such as `acme/todo`, to a repository on Docker Hub.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        && (name.contains('.') || port.is_some() || name == "localhost")
        && port.is_none_or(|port| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok())
}

fn is_path_part(part: &str) -> bool {
    let is_alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let part = part.as_bytes();
    part.first().is_some_and(is_alphanumeric)
        && part.last().is_some_and(is_alphanumeric)
        && part.iter().all(|b| is_alphanumeric(b) || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;
    use crate::ImageSource;

    const ECR: &str = "648568381338.dkr.ecr.eu-central-1.amazonaws.com/simple-todo";

    fn build(url: &str) -> Build {
        Build::on_branch("master").with_setting(IMAGE_NAME, "simple-todo").with_setting(REMOTE_IMAGE_URL, url)
    }

    #[test]
    fn the_image_is_built_and_tagged_with_branch_and_commit() {
        let build = build(ECR);
        assert_eq!(
            images(&build, "master"),
            Ok(vec![Image {
                name: "simple-todo".into(),
                repository: ECR.into(),
                tags: vec!["master".into(), format!("master-{}", build.commit)],
                source: ImageSource::Dockerfile,
                publish_only: false,
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
    fn all_missing_settings_are_reported_together() {
        assert_eq!(
            images(&Build::on_branch("master"), "master"),
            Err("No image is set: set IMAGE_NAME (the image's name, such as `simple-todo`) \
                 and REMOTE_IMAGE_URL (its repository, such as \
                 `123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo`)."
                .into())
        );
    }

    #[test]
    fn a_setting_that_is_set_is_not_reported_as_missing() {
        let error = images(&build(" "), "master").unwrap_err();
        assert!(error.starts_with("No image is set: set REMOTE_IMAGE_URL (its"), "{error}");
        assert!(!error.contains("IMAGE_NAME"), "{error}");
    }

    #[test]
    fn accepts_a_repository_in_any_registry() {
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
    fn rejects_a_value_that_is_not_a_repository() {
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
                Err("REMOTE_IMAGE_URL is not an image repository: set it to the registry's host and a \
                     path in lower case, without `https://`, tag and digest, such as \
                     `123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo`."
                    .into()),
                "{url}"
            );
        }
    }

    #[test]
    fn an_error_does_not_contain_the_password_of_a_url() {
        for url in ["https://ci:hunter2@registry.example/todo", "ci:hunter2@registry.example/todo"] {
            let error = images(&build(url), "master").unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
