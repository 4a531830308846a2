//! One form for all names of one repository.

use super::repository::parse_ecr_host;

/// The hosts of Docker Hub. A name without a host is there too (`distribution/reference`, `normalize.go`, which also
/// maps `index.docker.io`; the others are the hosts of its API).
const DOCKER_HUB: [&str; 4] =
    ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/// Identifies a repository: two names of the same repository have the same key. It is compared, never printed or sent.
///
/// Names of Docker Hub have one key whether or not they name the host and the owner `library`. Names of an Amazon ECR
/// registry have one key for the plain, the FIPS and the dual-stack host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryKey {
    host: String,
    path: String,
}

impl RepositoryKey {
    pub(super) fn new(host: &str, path: &str) -> Self {
        let host = host.to_ascii_lowercase();
        if DOCKER_HUB.contains(&host.as_str()) {
            return Self::of_docker_hub(path);
        }
        let host = match parse_ecr_host(&host) {
            // The region determines the partition, and so the domain.
            Some(registry) => format!("{}.dkr.ecr.{}", registry.account, registry.region),
            None => host,
        };
        Self { host, path: path.to_owned() }
    }

    fn of_docker_hub(path: &str) -> Self {
        let path = if path.contains('/') { path.to_owned() } else { format!("library/{path}") };
        Self { host: "docker.io".to_owned(), path }
    }

    /// The repository of an `image` of a task definition, whatever its tag and digest. Its first part is a host only
    /// if it contains `.` or `:`, or is `localhost`.
    pub(super) fn from_image(image: &str) -> Self {
        let unpinned = image.split_once('@').map_or(image, |(name, _)| name);
        let name = match unpinned.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => unpinned,
        };
        match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => Self::new(host, path),
            _ => Self::of_docker_hub(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that all these names are of one repository.
    fn assert_same(names: &[&str]) {
        for name in names {
            assert_eq!(RepositoryKey::from_image(name), RepositoryKey::from_image(names[0]), "{name}");
        }
    }

    fn assert_different(one: &str, other: &str) {
        assert_ne!(RepositoryKey::from_image(one), RepositoryKey::from_image(other), "{one} {other}");
    }

    #[test]
    fn the_names_of_a_repository_of_docker_hub_are_equal() {
        assert_same(&[
            "acme/todo",
            "acme/todo:1",
            "docker.io/acme/todo:1@sha256:0",
            "index.docker.io/acme/todo",
            "registry-1.docker.io/acme/todo",
            "DOCKER.io/acme/todo",
        ]);
        assert_same(&[
            "nginx",
            "nginx:1.27",
            "library/nginx",
            "docker.io/nginx",
            "docker.io/library/nginx@sha256:0",
        ]);
        assert_different("nginx", "acme/nginx");
        assert_different("acme/todo", "ghcr.io/acme/todo");
        assert_different("todo", "localhost/todo");
        assert_different("acme/todo", "acme/todo/web");
    }

    #[test]
    fn the_hosts_of_an_ecr_registry_are_equal() {
        assert_same(&[
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1",
            "123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com/team/web",
            "123456789012.dkr-ecr.eu-west-1.on.aws/team/web",
            "123456789012.dkr-ecr-fips.eu-west-1.on.aws/team/web",
        ]);
        assert_same(&[
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/web",
            "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/web",
        ]);
        assert_different(
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web",
            "123456789012.dkr.ecr.eu-west-2.amazonaws.com/web",
        );
        assert_different(
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web",
            "210987654321.dkr.ecr.eu-west-1.amazonaws.com/web",
        );
        assert_different(
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web",
            "123456789012.dkr.ecr.eu-west-1.example.com/web",
        );
    }
}
