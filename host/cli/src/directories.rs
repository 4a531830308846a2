//! The user's folders, resolved from the environment in this one place.

use std::path::{Path, PathBuf};

use model::Environment;

/// The folders of the user that a run reads or writes. A folder that the environment does not name is `None`: what
/// would be kept there is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    /// The cache of policies fetched from registries. Every read verifies the digest.
    pub fetched_policies: Option<PathBuf>,
    /// The cache of compiled policies: machine code for this machine and this user.
    pub compiled_policies: Option<PathBuf>,
    /// Docker's configuration, `DOCKER_CONFIG` or `~/.docker`.
    pub docker_config: Option<PathBuf>,
}

impl Directories {
    /// Resolves the folders from `HOME`, `XDG_CACHE_HOME` and `DOCKER_CONFIG`.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        let folder = |variable: &str| environment.get(variable).map(PathBuf::from);
        let in_home = |name: &str| environment.get("HOME").map(|home| Path::new(home).join(name));
        // The XDG Base Directory Specification: "If an implementation encounters a relative path […] it should
        // consider the path invalid and ignore it."
        let cache =
            folder("XDG_CACHE_HOME").or_else(|| in_home(".cache")).filter(|folder| folder.is_absolute());
        let in_cache = |name: &str| Some(cache.as_ref()?.join("ecs-host").join(name));
        Self {
            fetched_policies: in_cache("fetched"),
            compiled_policies: in_cache("compiled"),
            docker_config: folder("DOCKER_CONFIG").or_else(|| in_home(".docker")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directories(variables: &[(&str, &str)]) -> Directories {
        Directories::from_environment(&variables.iter().copied().collect())
    }

    #[test]
    fn folders_default_to_those_in_the_home_folder() {
        let home = directories(&[("HOME", "/home/ci")]);
        assert_eq!(home.fetched_policies, Some("/home/ci/.cache/ecs-host/fetched".into()));
        assert_eq!(home.compiled_policies, Some("/home/ci/.cache/ecs-host/compiled".into()));
        assert_eq!(home.docker_config, Some("/home/ci/.docker".into()));
    }

    #[test]
    fn a_folder_s_own_variable_has_precedence() {
        let own =
            directories(&[("HOME", "/home/ci"), ("XDG_CACHE_HOME", "/cache"), ("DOCKER_CONFIG", "docker")]);
        assert_eq!(own.fetched_policies, Some("/cache/ecs-host/fetched".into()));
        assert_eq!(own.docker_config, Some("docker".into()));
    }

    #[test]
    fn without_an_absolute_cache_folder_nothing_is_cached() {
        let without: [&[(&str, &str)]; 3] =
            [&[], &[("HOME", "home")], &[("HOME", "/home/ci"), ("XDG_CACHE_HOME", "cache")]];
        for variables in without {
            assert_eq!(directories(variables).compiled_policies, None, "{variables:?}");
        }
        assert_eq!(directories(&[]).docker_config, None);
    }
}
