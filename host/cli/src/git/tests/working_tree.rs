use super::*;

/// A repository with a committed file in a folder, and a link to it.
fn project() -> (Project, String) {
    let project = Project::new();
    project.write("src/main.rs", "fn main() {}");
    project.write(".gitignore", "target\n");
    let commit = project.commit();
    (project, commit)
}

#[test]
fn the_commit_and_the_branch_that_are_checked_out_are_read() {
    let (project, commit) = project();
    // From a folder inside, too.
    let inside = GitRepository::containing(&project.path().join("src"));
    assert_eq!(inside.head(soon()).unwrap(), commit);
    assert_eq!(inside.branch(soon()).unwrap(), "main");
    assert!(inside.origin(soon()).is_err());
    git(project.path(), &["remote", "add", "origin", "git@github.com:acme/shop.git"]);
    assert_eq!(inside.origin(soon()).unwrap(), "git@github.com:acme/shop.git");
    git(project.path(), &["checkout", "-q", "--detach"]);
    assert!(inside.branch(soon()).is_err());
}

#[test]
fn a_repository_without_a_commit_has_no_head() {
    assert!(Project::new().repository().head(soon()).is_err());
}

#[test]
fn files_that_differ_from_the_commit_are_listed() {
    let (project, _) = project();
    let uncommitted = || project.repository().uncommitted(soon()).unwrap();
    assert_eq!(uncommitted(), Vec::<String>::new());
    // Other times, the same content.
    project.write("src/main.rs", "fn main() {}");
    assert_eq!(uncommitted(), Vec::<String>::new());
    project.write("src/main.rs", "fn main( ) {}");
    project.write("target/main", "ignored");
    project.write("a\nb", "untracked");
    assert_eq!(uncommitted(), ["a\nb", "src/main.rs"]);
    let inside = GitRepository::containing(&project.path().join("src"));
    assert_eq!(inside.uncommitted(soon()).unwrap(), ["a\nb", "src/main.rs"]);
    git(project.path(), &["add", "-A"]);
    assert_eq!(uncommitted(), ["a\nb", "src/main.rs"]);
    std::fs::remove_file(project.path().join("src/main.rs")).unwrap();
    assert!(uncommitted().contains(&"src/main.rs".to_owned()));
}

#[test]
fn a_filter_of_the_configuration_is_not_executed() {
    let (project, _) = project();
    let mark = tempfile::tempdir().unwrap();
    let ran = mark.path().join("ran");
    for key in ["filter.evil.clean", "filter.evil.process", "filter.A b.clean", "core.fsmonitor"] {
        git(project.path(), &["config", key, &format!("touch {}; cat", ran.display())]);
    }
    git(project.path(), &["config", "filter.evil.required", "true"]);
    for filter in ["evil", "'A b'"] {
        project.write(".git/info/attributes", format!("* filter={filter}\n"));
        // Neither the size nor, if the index is as new, the time shows that these have changed.
        for content in ["fn main() {!", "fn main() {?"] {
            project.write("src/main.rs", content);
            assert_eq!(project.repository().uncommitted(soon()).unwrap(), ["src/main.rs"]);
            assert!(!ran.exists(), "{filter}");
        }
    }
    git(project.path(), &["config", "filter.a=b.clean", "cat"]);
    assert!(project.repository().uncommitted(soon()).is_err());
}

#[test]
fn a_branch_with_the_name_of_a_tag_is_a_branch_and_no_other_reference_is() {
    let (project, _) = project();
    git(project.path(), &["tag", "main"]);
    assert_eq!(project.repository().branch(soon()).unwrap(), "main");
    git(project.path(), &["symbolic-ref", "HEAD", "refs/tags/main"]);
    assert!(project.repository().branch(soon()).is_err());
}

#[test]
fn links_and_submodules_are_compared_by_what_they_contain() {
    let (project, _) = project();
    for (link, target) in [("file", "src/main.rs"), ("folder", "src"), ("nowhere", "../nowhere")] {
        std::os::unix::fs::symlink(target, project.path().join(link)).unwrap();
    }
    git(project.path(), &["init", "-q", "inner"]);
    git(&project.path().join("inner"), &["commit", "-q", "--allow-empty", "-m", "a"]);
    project.commit();
    // In a copy, no time shows what has changed.
    let copy = tempfile::tempdir().unwrap();
    let copied =
        Command::new("cp").arg("-r").arg(project.path()).arg(copy.path().join("x")).status().unwrap();
    assert!(copied.success());
    let repository = GitRepository::containing(&copy.path().join("x"));
    assert_eq!(repository.uncommitted(soon()).unwrap(), Vec::<String>::new());
    git(&copy.path().join("x/inner"), &["commit", "-q", "--allow-empty", "-m", "b"]);
    std::fs::remove_file(copy.path().join("x/folder")).unwrap();
    std::os::unix::fs::symlink("/etc", copy.path().join("x/folder")).unwrap();
    assert_eq!(repository.uncommitted(soon()).unwrap(), ["folder", "inner"]);
}
