//! Checks the folders and the Dockerfile of a build before docker is started.

use std::io::ErrorKind;
use std::path::Path;

use rustix::io::Errno;

use crate::files::other_kind;
use model::decision::DockerBuild;
use model::text::printable;

/// The Dockerfiles that docker and podman use by default.
const DEFAULT_DOCKERFILES: [&str; 3] = ["Dockerfile", "dockerfile", "Containerfile"];

/// What to do about a missing file.
const HINT: &str = "run this in the project's folder, or let the policy name another path";

/// The first problem of the files of a build in a working folder, as a sentence.
pub(super) fn find_problem(folder: &Path, build: &DockerBuild) -> Option<String> {
    build
        .folders()
        .find_map(|context| find_folder_problem(folder, context))
        .or_else(|| find_dockerfile_problem(folder, build))
}

/// The problem of the folder of a context.
fn find_folder_problem(folder: &Path, name: &str) -> Option<String> {
    let context = folder.join(name);
    if is_loop(&context) {
        return Some(format!("the folder `{name}` is a link that leads back to itself; {HINT}"));
    }
    if is_missing(&context) {
        return Some(format!("there is no folder `{name}` to build the image from; {HINT}"));
    }
    if let Some(kind) = context.metadata().ok().filter(|data| !data.is_dir()) {
        let kind = other_kind(kind.file_type()).unwrap_or("a file");
        return Some(format!("the build context `{name}` is {kind}, not a folder; {HINT}"));
    }
    let outside = link_out_of(folder, &context)?;
    Some(format!("the folder `{name}` is a link to `{outside}`, {OUTSIDE}"))
}

fn find_dockerfile_problem(folder: &Path, build: &DockerBuild) -> Option<String> {
    let paths = match &build.dockerfile {
        Some(path) => vec![path.clone()],
        None => DEFAULT_DOCKERFILES.map(|name| in_context(&build.context, name)).to_vec(),
    };
    let Some(path) = paths.iter().find(|path| !is_missing(&folder.join(path))) else {
        return Some(match &build.dockerfile {
            Some(path) => format!("there is no Dockerfile `{path}` to build the image from; {HINT}"),
            None => format!(
                "there is no `Dockerfile` in the folder `{}` to build the image from; {HINT}",
                build.context
            ),
        });
    };
    if is_loop(&folder.join(path)) {
        return Some(format!("the Dockerfile `{path}` is a link that leads back to itself; {HINT}"));
    }
    if let Some(outside) = link_out_of(folder, &folder.join(path)) {
        return Some(format!("the Dockerfile `{path}` is a link to `{outside}`, {OUTSIDE}"));
    }
    // Docker reports other errors, such as a missing permission. A pipe would block it.
    let kind = folder.join(path).metadata().ok().and_then(|data| other_kind(data.file_type()))?;
    Some(format!("the Dockerfile `{path}` is {kind}, not a file; {HINT}"))
}

/// The path of a file of the context.
fn in_context(context: &str, name: &str) -> String {
    if context == "." { name.to_owned() } else { format!("{}/{name}", context.trim_end_matches('/')) }
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

/// Whether the path has a link that leads back to itself, directly or by others.
fn is_loop(path: &Path) -> bool {
    path.metadata().is_err_and(|error| error.raw_os_error() == Some(Errno::LOOP.raw_os_error()))
}

/// Whether the path does not exist. Docker reports every other error, such as a missing permission.
fn is_missing(path: &Path) -> bool {
    path.metadata().is_err_and(|error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::decision::{BuildContext, BuildkitOptions, ContextContent};

    fn build(context: &str, dockerfile: Option<&str>) -> DockerBuild {
        DockerBuild {
            context: context.into(),
            dockerfile: dockerfile.map(str::to_owned),
            ..DockerBuild::default()
        }
    }

    #[test]
    fn names_the_missing_file_or_folder() {
        let folder = tempfile::tempdir().unwrap();
        let problem = |context: &str, dockerfile| find_problem(folder.path(), &build(context, dockerfile));
        assert!(problem(".", None).unwrap().contains("no `Dockerfile` in the folder `.`"));
        assert!(problem("api", None).unwrap().contains("no folder `api`"));
        std::fs::create_dir(folder.path().join("api")).unwrap();
        std::fs::write(folder.path().join("api/Containerfile"), "FROM scratch").unwrap();
        assert_eq!(problem("api", None), None);
        assert!(
            problem("api", Some("api/Dockerfile.prod"))
                .unwrap()
                .contains("no Dockerfile `api/Dockerfile.prod`")
        );
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
        let problem = |context: &str, file| find_problem(project.path(), &build(context, file));
        link(other.path(), "out");
        assert!(problem("out", None).unwrap().contains("the folder `out` is a link to"));
        link(&other.path().join("Dockerfile"), "api/Dockerfile");
        assert!(problem("api", None).unwrap().contains("the Dockerfile `api/Dockerfile` is a link to"));
        // A link inside the project is its own business, and so is a Dockerfile beside the context.
        std::fs::write(project.path().join("Dockerfile.api"), "FROM scratch").unwrap();
        assert_eq!(problem("api", Some("Dockerfile.api")), None);
        link(Path::new("loop-b"), "loop-a");
        link(Path::new("loop-a"), "loop-b");
        let loop_of = |kind: &str| format!("the {kind} `loop-a` is a link that leads back to itself");
        assert!(problem("loop-a", Some("Dockerfile.api")).unwrap().contains(&loop_of("folder")));
        assert!(problem("api", Some("loop-a")).unwrap().contains(&loop_of("Dockerfile")));
        link(Path::new("api"), "in");
        assert_eq!(problem("in", Some("Dockerfile.api")), None);
        // An additional context is checked as the main one is.
        let additional = |path: &str| {
            let context =
                BuildContext { name: "libs".into(), content: ContextContent::Directory(path.into()) };
            let buildkit = BuildkitOptions { contexts: vec![context], ..BuildkitOptions::default() };
            let build =
                DockerBuild { buildkit: Some(Box::new(buildkit)), ..build("api", Some("Dockerfile.api")) };
            find_problem(project.path(), &build)
        };
        assert!(additional("out").unwrap().contains("the folder `out` is a link to"));
        assert!(additional("loop-a").unwrap().contains(&loop_of("folder")));
        assert!(additional("none").unwrap().contains("no folder `none`"));
        assert!(additional("Dockerfile.api").unwrap().contains("is a file, not a folder"));
        assert_eq!(additional("in"), None);
    }
}
