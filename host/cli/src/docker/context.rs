//! Checks the context, the Dockerfile and the arguments of a build before docker is started.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use crate::files::other_kind;
use model::decision::{DockerBuild, Image, ImageSource};
use model::names::join_build_paths;
use model::text::printable;

/// The Dockerfiles that docker and podman use by default.
const DEFAULT_DOCKERFILES: [&str; 3] = ["Dockerfile", "dockerfile", "Containerfile"];

/// The build argument with which BuildKit fetches and runs another program as the builder: "Set frontend image"
/// (<https://docs.docker.com/reference/dockerfile/#buildkit-built-in-build-args>).
const SYNTAX: &str = "BUILDKIT_SYNTAX";

/// What the operator allows a build to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BuildRules {
    /// The build argument `BUILDKIT_SYNTAX`.
    pub allows_syntax: bool,
}

impl BuildRules {
    /// The problem of each image that cannot be built in the working folder, by the image's name.
    #[must_use]
    pub fn find_problems(self, images: &[Image]) -> BTreeMap<String, String> {
        images.iter().filter_map(|image| Some((image.name.clone(), self.find_problem(image)?))).collect()
    }

    /// The first problem of a build of this image in the working folder, as a sentence. `None` if there is none, or
    /// if the image is not built.
    #[must_use]
    pub fn find_problem(self, image: &Image) -> Option<String> {
        match &image.source {
            ImageSource::Dockerfile(build) => self.find_problem_in(Path::new("."), build),
            ImageSource::Pushed(_) => None,
        }
    }

    fn find_problem_in(self, folder: &Path, build: &DockerBuild) -> Option<String> {
        if !self.allows_syntax && build.arguments.iter().any(|(name, _)| name == SYNTAX) {
            return Some(format!(
                "the policy sets the build argument {SYNTAX}, with which BuildKit fetches and runs another builder; \
                 pass --allow-build-syntax if you trust it"
            ));
        }
        let hint = "run this in the project's folder, or let the policy name another path";
        let context = folder.join(&build.context);
        if is_missing(&context) {
            return Some(format!("there is no folder `{}` to build the image from; {hint}", build.context));
        }
        if let Some(kind) = context.metadata().ok().filter(|data| !data.is_dir()) {
            let kind = other_kind(kind.file_type()).unwrap_or("a file");
            return Some(format!("the build context `{}` is {kind}, not a folder; {hint}", build.context));
        }
        if let Some(outside) = link_out_of(folder, &context) {
            return Some(format!("the folder `{}` is a link to `{outside}`, {OUTSIDE}", build.context));
        }
        let names: Vec<&str> =
            build.dockerfile.as_deref().map_or_else(|| DEFAULT_DOCKERFILES.to_vec(), |name| vec![name]);
        let paths: Vec<String> =
            names.iter().filter_map(|name| join_build_paths(&build.context, name)).collect();
        let Some(path) = paths.iter().find(|path| !is_missing(&folder.join(path))) else {
            let name = names.first().copied().unwrap_or_default();
            return Some(format!(
                "there is no `{name}` in the folder `{}` to build the image from; {hint}",
                build.context
            ));
        };
        if let Some(outside) = link_out_of(folder, &folder.join(path)) {
            return Some(format!("the Dockerfile `{path}` is a link to `{outside}`, {OUTSIDE}"));
        }
        // Docker reports other errors, such as a missing permission. A pipe would block it.
        let kind = folder.join(path).metadata().ok().and_then(|data| other_kind(data.file_type()))?;
        Some(format!("the Dockerfile `{path}` is {kind}, not a file; {hint}"))
    }
}

/// The end of a problem with a link.
const OUTSIDE: &str = "outside of the working folder, so an image would contain files that are not the project's; put \
                       them into the project";

/// The target of a path that leads out of a folder by a link.
fn link_out_of(folder: &Path, path: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let target = path.canonicalize().ok()?;
    (!target.starts_with(folder)).then(|| printable(&target.display().to_string()))
}

/// Whether the path does not exist. Docker reports every other error, such as a missing permission.
fn is_missing(path: &Path) -> bool {
    path.metadata().is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(context: &str, dockerfile: Option<&str>) -> DockerBuild {
        DockerBuild {
            context: context.into(),
            dockerfile: dockerfile.map(str::to_owned),
            stage: None,
            arguments: Vec::new(),
            platform: None,
        }
    }

    #[test]
    fn names_the_missing_file_or_folder() {
        let folder = tempfile::tempdir().unwrap();
        let problem = |context: &str, dockerfile| {
            BuildRules::default().find_problem_in(folder.path(), &build(context, dockerfile))
        };
        assert!(problem(".", None).unwrap().contains("no `Dockerfile` in the folder `.`"));
        assert!(problem("api", None).unwrap().contains("no folder `api`"));
        std::fs::create_dir(folder.path().join("api")).unwrap();
        std::fs::write(folder.path().join("api/Containerfile"), "FROM scratch").unwrap();
        assert_eq!(problem("api", None), None);
        assert!(problem("api", Some("Dockerfile.prod")).unwrap().contains("no `Dockerfile.prod`"));
        assert!(
            problem("api/Containerfile", None)
                .unwrap()
                .contains("the build context `api/Containerfile` is a file, not a folder")
        );
    }

    #[test]
    fn a_link_out_of_the_project_is_a_problem() {
        let [project, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        std::fs::write(other.path().join("Dockerfile"), "FROM scratch").unwrap();
        std::fs::create_dir(project.path().join("api")).unwrap();
        let link = |target: &Path, name: &str| {
            std::os::unix::fs::symlink(target, project.path().join(name)).unwrap()
        };
        let problem = |context: &str, file| {
            BuildRules::default().find_problem_in(project.path(), &build(context, file))
        };
        link(other.path(), "out");
        assert!(problem("out", None).unwrap().contains("the folder `out` is a link to"));
        link(&other.path().join("Dockerfile"), "api/Dockerfile");
        assert!(problem("api", None).unwrap().contains("the Dockerfile `api/Dockerfile` is a link to"));
        // A link inside the project is its own business, and so is a Dockerfile beside the context.
        std::fs::write(project.path().join("Dockerfile.api"), "FROM scratch").unwrap();
        assert_eq!(problem("api", Some("../Dockerfile.api")), None);
        link(Path::new("api"), "in");
        assert_eq!(problem("in", Some("../Dockerfile.api")), None);
    }

    #[test]
    fn a_builder_from_elsewhere_requires_permission() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Dockerfile"), "FROM scratch").unwrap();
        let problem = |name: &str, allows_syntax| {
            let arguments = vec![(name.to_owned(), "evil/builder".to_owned())];
            BuildRules { allows_syntax }
                .find_problem_in(folder.path(), &DockerBuild { arguments, ..build(".", None) })
        };
        assert!(problem("BUILDKIT_SYNTAX", false).unwrap().contains("--allow-build-syntax"));
        assert_eq!(problem("BUILDKIT_SYNTAX", true), None);
        assert_eq!(problem("BUILDKIT_INLINE_CACHE", false), None);
    }
}
