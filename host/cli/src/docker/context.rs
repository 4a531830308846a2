//! Whether what a build is made from is there.

use std::io::ErrorKind;
use std::path::Path;

use model::decision::{DockerBuild, Image, ImageSource};

/// What docker and podman take for a Dockerfile where none is named.
const UNNAMED: [&str; 3] = ["Dockerfile", "dockerfile", "Containerfile"];

/// What building an image lacks in the working directory; none where all is
/// there, or where it is not built.
#[must_use]
pub fn lacks(image: &Image) -> Option<String> {
    match &image.source {
        ImageSource::Dockerfile(build) => lacks_in(Path::new("."), build),
        ImageSource::Pushed(_) => None,
    }
}

fn lacks_in(working: &Path, build: &DockerBuild) -> Option<String> {
    let hint = "run this in the project's folder, or let the policy name another";
    let context = working.join(&build.context);
    if is_missing(&context) {
        return Some(format!("there is no folder `{}` to build it from; {hint}", build.context));
    }
    let names: Vec<&str> = build.dockerfile.as_deref().map_or_else(|| UNNAMED.to_vec(), |name| vec![name]);
    let missing = names.iter().all(|name| is_missing(&context.join(name)));
    let name = names.first().copied().unwrap_or_default();
    missing
        .then(|| format!("there is no `{name}` in the folder `{}` to build it from; {hint}", build.context))
}

/// Whether nothing is there. Of what can't be looked at, docker tells.
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
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let lacks = |context: &str, dockerfile| lacks_in(folder.path(), &build(context, dockerfile));
        assert!(lacks(".", None).unwrap().contains("no `Dockerfile` in the folder `.`"));
        assert!(lacks("api", None).unwrap().contains("no folder `api`"));
        std::fs::create_dir(folder.path().join("api")).unwrap();
        std::fs::write(folder.path().join("api/Containerfile"), "FROM scratch").unwrap();
        assert_eq!(lacks("api", None), None);
        assert!(lacks("api", Some("Dockerfile.prod")).unwrap().contains("no `Dockerfile.prod`"));
        assert!(lacks("api/Containerfile", None).unwrap().contains("no `Dockerfile`"));
    }
}
