mod hostile;
mod working_tree;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_COMMITTER_DATE", "@1700000000 +0000")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository of one test, and its commits.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        git(project.path(), &["init", "-q", "-b", "main"]);
        project
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn commit(&self) -> String {
        git(self.path(), &["add", "-A"]);
        git(self.path(), &["commit", "-q", "--allow-empty", "-m", "a change"]);
        git(self.path(), &["rev-parse", "HEAD"])
    }

    fn repository(&self) -> GitRepository {
        GitRepository::containing(self.path())
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn changed(folder: &Path, since: &str, commit: &str) -> Result<Vec<String>, String> {
    let files = GitRepository::containing(folder).changed_files(since, commit, soon());
    files.map_err(|error| error.to_string())
}

fn file(folder: &Path, commit: &str, path: &str) -> Result<Option<String>, String> {
    let text = GitRepository::containing(folder).read_file(commit, path, soon());
    text.map_err(|error| error.to_string())
}

#[test]
fn reads_the_time_and_the_message_of_a_commit() {
    let project = Project::new();
    let commit = project.commit();
    let read = project.repository().read_commit(&commit, soon()).unwrap();
    assert_eq!(read, Commit { time: 1_700_000_000, message: Some("a change".to_owned()) });
    assert!(project.repository().read_commit(&"0".repeat(40), soon()).is_err());
    let outside = tempfile::tempdir().unwrap();
    let error = GitRepository::containing(outside.path()).read_commit(&commit, soon()).unwrap_err();
    assert!(matches!(error, GitError::NoRepository), "{error}");
    let nowhere = GitRepository::containing(&outside.path().join("nowhere")).read_commit(&commit, soon());
    assert!(matches!(nowhere, Err(GitError::NotStarted(_))), "{nowhere:?}");
}

#[test]
fn the_trees_of_two_commits_are_compared_whatever_is_between_them() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = Project::new();
    for path in ["kept", "deleted", "api/changed", "moved from here/a", "same again"] {
        project.write(path, format!("{path}\n").repeat(20));
    }
    let since = project.commit();
    project.write("same again", "other");
    project.commit();
    project.write("same again", "same again\n".repeat(20));
    project.write("api/changed", "new");
    project.write("a\"new\"\tone", "");
    let invalid = project.path().join(std::ffi::OsStr::from_bytes(b"z\xff"));
    std::fs::write(invalid, "").unwrap();
    std::fs::remove_file(project.path().join("deleted")).unwrap();
    git(project.path(), &["mv", "moved from here/a", "b"]);
    let commit = project.commit();
    // What is not committed is not visible.
    project.write("untracked", "");
    project.write("kept", "changed");
    let expected = ["a\"new\"\tone", "api/changed", "b", "deleted", "moved from here/a", "z\u{fffd}"];
    assert_eq!(changed(project.path(), &since, &commit).unwrap(), expected);
    // In a folder of the repository, paths are relative to its root, whatever the configuration states.
    for (key, value) in [("diff.relative", "true"), ("diff.renames", "copies"), ("diff.noprefix", "true")] {
        git(project.path(), &["config", key, value]);
    }
    assert_eq!(changed(&project.path().join("api"), &since, &commit).unwrap(), expected);
    assert_eq!(changed(project.path(), &commit, &commit).unwrap(), Vec::<String>::new());
}

#[test]
fn a_changed_submodule_is_a_changed_path_even_if_it_is_ignored() {
    let (project, library) = (Project::new(), Project::new());
    let first = library.commit();
    git(project.path(), &["submodule", "--quiet", "add", &library.path().display().to_string(), "lib"]);
    git(project.path(), &["config", "-f", ".gitmodules", "submodule.lib.ignore", "all"]);
    let since = project.commit();
    assert_ne!(library.commit(), first);
    git(&project.path().join("lib"), &["pull", "-q", "origin", "main"]);
    git(project.path(), &["-c", "diff.ignoreSubmodules=none", "add", "-f", "lib"]);
    git(project.path(), &["commit", "-q", "-m", "b", "--allow-empty"]);
    let commit = git(project.path(), &["rev-parse", "HEAD"]);
    assert_eq!(changed(project.path(), &since, &commit).unwrap(), ["lib"]);
    let error = file(project.path(), &commit, "lib").unwrap_err();
    assert!(error.contains("`lib` is a submodule in commit"), "{error}");
    assert_eq!(file(project.path(), &commit, "lib/inside"), Ok(None));
}

#[test]
fn a_file_is_read_from_the_commit() {
    let project = Project::new();
    project.write("api/rules.toml", "a = 1\n");
    project.write("empty", "");
    project.write("large", vec![b'x'; MAX_FILE]);
    project.write("too large", vec![b'x'; MAX_FILE + 1]);
    project.write("binary", [0xff, 0xfe]);
    project.write(":(top)magic*", "magic");
    std::os::unix::fs::symlink("/etc/passwd", project.path().join("link")).unwrap();
    let commit = project.commit();
    project.write("api/rules.toml", "uncommitted");
    let inner = project.path().join("api");
    let read = |path: &str| file(&inner, &commit, path);
    assert_eq!(read("api/rules.toml"), Ok(Some("a = 1\n".to_owned())));
    assert_eq!(read("empty"), Ok(Some(String::new())));
    assert_eq!(read("large").unwrap().map(|text| text.len()), Some(MAX_FILE));
    assert_eq!(read(":(top)magic*"), Ok(Some("magic".to_owned())));
    for path in ["rules.toml", "missing", "api/rules.toml/a", "link/a", ":(top)api", "em*ty", "-r"] {
        assert_eq!(read(path), Ok(None), "{path}");
    }
    for (path, message) in [
        ("api", "`api` is a directory in commit"),
        ("link", "`link` is a symbolic link in commit"),
        ("too large", "`too large` has 1048577 bytes in commit"),
        ("binary", "`binary` is not UTF-8 in commit"),
    ] {
        let error = read(path).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn only_a_full_hash_names_a_commit() {
    let project = Project::new();
    project.write("a", "a");
    let commit = project.commit();
    let long = "a".repeat(64);
    git(project.path(), &["branch", &long]);
    let tree = git(project.path(), &["rev-parse", "HEAD^{tree}"]);
    for hash in [long, "1".repeat(40), "f".repeat(64)] {
        let error = changed(project.path(), &hash, &commit).unwrap_err();
        let expected = format!(
            "the repository does not contain commit {hash}; if the remote still has it, run `git fetch origin {hash}` before"
        );
        assert_eq!(error, expected);
        assert_eq!(file(project.path(), &hash, "a").unwrap_err(), expected);
    }
    let zeros = "0".repeat(40);
    let error = changed(project.path(), &zeros, &commit).unwrap_err();
    assert!(error.ends_with("because git writes this hash where there is no commit"), "{error}");
    git(project.path(), &["tag", "-a", "-m", "x", "v1"]);
    let tag = git(project.path(), &["rev-parse", "v1"]);
    let blob = git(project.path(), &["rev-parse", "HEAD:a"]);
    let peel = format!("; pass the hash of its commit, which `git rev-parse '{tag}^{{commit}}'` prints");
    let others =
        [(tree, "a tree", ""), (blob, "the content of a file", ""), (tag, "an annotated tag", peel.as_str())];
    for (hash, kind, advice) in &others {
        let expected = format!("the object {hash} in the repository is {kind}, not a commit{advice}");
        assert_eq!(changed(project.path(), hash, &commit).unwrap_err(), expected);
        assert_eq!(file(project.path(), hash, "a").unwrap_err(), expected);
    }
}

#[test]
fn in_a_shallow_clone_the_error_states_the_command_that_fetches_the_commit() {
    let project = Project::new();
    project.write("a", "a");
    let since = project.commit();
    project.write("a", "b");
    project.commit();
    let commit = project.commit();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", project.path().display());
    git(folder.path(), &["clone", "-q", "--depth=1", &url, "clone"]);
    let clone = folder.path().join("clone");
    let error = changed(&clone, &since, &commit).unwrap_err();
    let command = format!("git fetch --depth=1 origin {since}");
    assert!(error.contains("because the clone is shallow") && error.contains(&command), "{error}");
    git(&clone, &command.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(changed(&clone, &since, &commit), Ok(vec!["a".to_owned()]));
}

#[test]
fn in_a_partial_clone_nothing_is_fetched() {
    let project = Project::new();
    git(project.path(), &["config", "uploadpack.allowFilter", "true"]);
    project.write("a", "a");
    let since = project.commit();
    project.write("a", "b");
    let commit = project.commit();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", project.path().display());
    let clone = |filter: &str| {
        let filter_flag = format!("--filter={filter}");
        git(folder.path(), &["clone", "-q", "--bare", &filter_flag, &url, &format!("{filter}/.git")]);
        let clone = folder.path().join(filter);
        git(&clone, &["config", "core.bare", "false"]);
        clone
    };
    let without_files = clone("blob:none");
    assert_eq!(changed(&without_files, &since, &commit), Ok(vec!["a".to_owned()]));
    let error = file(&without_files, &commit, "a").unwrap_err();
    assert!(error.contains("the clone does not contain the content of `a`"), "{error}");
    let without_trees = clone("tree:0");
    let error = changed(&without_trees, &since, &commit).unwrap_err();
    assert!(error.contains("if this is a partial clone, make it without `--filter`"), "{error}");
    let error = file(&without_trees, &commit, "a").unwrap_err();
    assert!(error.contains("if this is a partial clone, make it without `--filter`"), "{error}");
}
