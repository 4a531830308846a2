//! Checks that the context and the Dockerfile of a build exist.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use model::decision::{DockerBuild, Image, ImageSource};

/// The Dockerfiles that docker and podman use by default.
const DEFAULT_DOCKERFILES: [&str; 3] = ["Dockerfile", "dockerfile", "Containerfile"];

/// The problem of each image that cannot be built in the working folder, by the image's name.
#[must_use]
pub fn find_problems(images: &[Image]) -> BTreeMap<String, String> {
    images.iter().filter_map(|image| Some((image.name.clone(), find_problem(image)?))).collect()
}

/// The first missing file or folder that a build of this image requires in the working folder, as a sentence. `None`
/// if all exist, or if the image is not built.
#[must_use]
pub fn find_problem(image: &Image) -> Option<String> {
    match &image.source {
        ImageSource::Dockerfile(build) => find_problem_in(Path::new("."), build),
        ImageSource::Pushed(_) => None,
    }
}

fn find_problem_in(folder: &Path, build: &DockerBuild) -> Option<String> {
    let hint = "run this in the project's folder, or let the policy name another path";
    let context = folder.join(&build.context);
    if is_missing(&context) {
        return Some(format!("there is no folder `{}` to build the image from; {hint}", build.context));
    }
    let names: Vec<&str> =
        build.dockerfile.as_deref().map_or_else(|| DEFAULT_DOCKERFILES.to_vec(), |name| vec![name]);
    let missing = names.iter().all(|name| is_missing(&context.join(name)));
    let name = names.first().copied().unwrap_or_default();
    missing.then(|| {
        format!("there is no `{name}` in the folder `{}` to build the image from; {hint}", build.context)
    })
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
        let problem = |context: &str, dockerfile| find_problem_in(folder.path(), &build(context, dockerfile));
        assert!(problem(".", None).unwrap().contains("no `Dockerfile` in the folder `.`"));
        assert!(problem("api", None).unwrap().contains("no folder `api`"));
        std::fs::create_dir(folder.path().join("api")).unwrap();
        std::fs::write(folder.path().join("api/Containerfile"), "FROM scratch").unwrap();
        assert_eq!(problem("api", None), None);
        assert!(problem("api", Some("Dockerfile.prod")).unwrap().contains("no `Dockerfile.prod`"));
        assert!(problem("api/Containerfile", None).unwrap().contains("no `Dockerfile`"));
    }
}
