//! The sources of a policy, and whether its component is older than they are.
//!
//! The sources of a component are the files in the dependency file that its compiler wrote beside it, as cargo and C
//! compilers do (`policy.d` beside `policy.wasm`). Otherwise they are the files in languages for components in the
//! folder of the policy's project: the closest one, at the component or above it, that contains a folder `wit`, or the
//! folder of the file whose `build` builds it. A component that has neither, such as one that was downloaded, has no
//! known sources.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::ignored::IgnoredNames;
use crate::cli::TestArgs;
use crate::files::read_text;
use crate::git::GitRepository;
use model::source::ComponentSource;

/// The extensions of the languages that compile to components, of WIT, and of data.
const EXTENSIONS: [&str; 25] = [
    "c", "cc", "cjs", "cpp", "cs", "cts", "go", "h", "hpp", "js", "json", "jsx", "kt", "mbt", "mjs", "mts",
    "py", "rb", "rs", "swift", "ts", "tsx", "wat", "wit", "zig",
];

/// Files of package managers: they change without a change of the component.
const MANIFESTS: [&str; 3] = ["package.json", "package-lock.json", "npm-shrinkwrap.json"];

/// Folders that contain no source: tests, and what tools write.
const OTHER_FOLDERS: [&str; 10] = [
    "__pycache__",
    "benches",
    "cases",
    "examples",
    "node_modules",
    "spec",
    "target",
    "test",
    "tests",
    "venv",
];

/// The largest dependency file that is read, and the most files and levels of folders that are searched.
const MAX_BYTES: u64 = 4 << 20;
const MAX_FILES: usize = 20_000;
const MAX_LEVELS: usize = 16;

/// How many folders above the component its project can be: `target/wasm32-wasip2/release`.
const MAX_ABOVE: usize = 4;

/// How long git may take.
const GIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The files that the component of the tested policy is built from; none if they are not known.
pub(super) fn find_sources(args: &TestArgs) -> Vec<PathBuf> {
    let ComponentSource::File(policy) = &args.policy else { return Vec::new() };
    let project = args.project_build.as_ref().map(|build| build.folder.as_path());
    find_sources_of(policy, project)
}

fn find_sources_of(policy: &Path, project: Option<&Path>) -> Vec<PathBuf> {
    let project = project.map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let listed = read_text(&policy.with_extension("d"), MAX_BYTES).ok();
    let listed =
        listed.map(|text| dependencies(&text, project.unwrap_or(Path::new(".")))).unwrap_or_default();
    if !listed.is_empty() {
        return listed;
    }
    let folder = policy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut files = Vec::new();
    if let Some(folder) = project_of(folder).or(project.map(Path::to_owned)) {
        let ignored = IgnoredNames::read(&folder);
        find_in(&folder, Path::new(""), &ignored, MAX_LEVELS, &mut files);
    }
    files
}

/// The closest folder that contains a folder `wit`, at most some levels above.
fn project_of(folder: &Path) -> Option<PathBuf> {
    let mut candidate = folder.to_owned();
    for _ in 0..=MAX_ABOVE {
        if candidate.join("wit").is_dir() {
            return Some(candidate);
        }
        // The names of the folders above a relative path may not be in it.
        candidate = match candidate.parent() {
            Some(parent) if !parent.as_os_str().is_empty() && candidate.file_name().is_some() => {
                parent.to_owned()
            }
            Some(_) if candidate.file_name().is_some() => PathBuf::from("."),
            _ => candidate.join(".."),
        };
    }
    None
}

/// The newest source that is newer than the component. `None` if the component does not exist, or if git contains it: a
/// checkout writes its files in any order.
pub(super) fn newer_source(policy: &ComponentSource, sources: &[PathBuf]) -> Option<PathBuf> {
    let ComponentSource::File(policy) = policy else { return None };
    let modified = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let built: SystemTime = modified(policy)?;
    let newer = sources.iter().filter_map(|source| Some((modified(source)?, source)));
    let (time, source) = newer.max_by_key(|(time, _)| *time)?;
    (time > built && !is_in_git(policy)).then(|| source.clone())
}

fn is_in_git(policy: &Path) -> bool {
    let folder = policy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = policy.file_name().and_then(OsStr::to_str).unwrap_or_default();
    GitRepository::containing(folder).contains_file(name, Instant::now() + GIT_TIMEOUT).unwrap_or(false)
}

/// The files in a dependency file, in the syntax of make: `OUTPUT: FILE FILE`, where a backslash escapes a space and
/// continues a line. A relative one is in `folder`.
fn dependencies(text: &str, folder: &Path) -> Vec<PathBuf> {
    let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut files: Vec<PathBuf> = Vec::new();
    for (_, listed) in text.lines().filter_map(|line| line.split_once(": ")) {
        let escaped = listed.replace("\\ ", "\0");
        let names = escaped.split_whitespace().map(|name| folder.join(name.replace('\0', " ")));
        files.extend(names.take(MAX_FILES.saturating_sub(files.len())));
    }
    files.sort();
    files.dedup();
    files
}

/// Adds the sources in a folder and in those below it. Symbolic links to folders are skipped: they may form a circle.
fn find_in(folder: &Path, within: &Path, ignored: &IgnoredNames, levels: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder.join(within)) else { return };
    for entry in entries.flatten() {
        let (name, Ok(kind)) = (entry.file_name(), entry.file_type()) else { continue };
        let path = within.join(&name);
        if name.as_encoded_bytes().starts_with(b".") || ignored.contains(&path) || files.len() >= MAX_FILES {
            continue;
        }
        let text = name.to_string_lossy();
        if kind.is_dir() {
            if levels > 0 && !OTHER_FOLDERS.contains(&&*text) {
                find_in(folder, &path, ignored, levels - 1, files);
            }
        } else if is_source(&text) {
            // Without `./` in front, as people write a path.
            files.push(if folder == Path::new(".") { path } else { folder.join(path) });
        }
    }
}

/// Whether a file of this name is a source: no test, and no file of a package manager.
fn is_source(name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_test = stem.starts_with("test_")
        || [".test", ".spec", "_test", "-test"].into_iter().any(|end| stem.ends_with(end));
    EXTENSIONS.contains(&extension) && !is_test && !MANIFESTS.contains(&name) && !name.starts_with("tsconfig")
}

#[cfg(test)]
mod tests;
