//! Repositories that should mislead git.

use super::*;

#[test]
fn a_hostile_repository_executes_nothing_and_is_not_changed() {
    let project = Project::new();
    project.write(".gitattributes", "* diff=evil filter=evil\n");
    project.write("a", "a");
    let since = project.commit();
    project.write("a", "b");
    let commit = project.commit();
    let mark = tempfile::tempdir().unwrap();
    let evil = mark.path().join("evil");
    std::fs::write(
        &evil,
        format!("#!/bin/sh\necho \"$0 $*\" >> '{}/executed'\nexit 1\n", mark.path().display()),
    )
    .unwrap();
    std::fs::set_permissions(&evil, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let evil = evil.display().to_string();
    let url = format!("ext::{evil}");
    for key in [
        "core.fsmonitor",
        "core.pager",
        "pager.diff-tree",
        "pager.cat-file",
        "core.sshCommand",
        "core.gitProxy",
        "core.askPass",
        "core.editor",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "gpg.program",
        "credential.helper",
        "alias.cat-file",
        "alias.ls-files",
        "remote.origin.uploadpack",
    ] {
        git(project.path(), &["config", key, &evil]);
    }
    for (key, value) in [
        ("log.showSignature", "true"),
        ("protocol.ext.allow", "always"),
        ("remote.origin.url", url.as_str()),
        ("remote.origin.promisor", "true"),
        ("extensions.partialClone", "origin"),
        ("core.repositoryFormatVersion", "1"),
        ("core.hooksPath", mark.path().to_str().unwrap()),
    ] {
        git(project.path(), &["config", key, value]);
    }
    // A missing object is one that git would fetch.
    let object = git(project.path(), &["rev-parse", "HEAD:a"]);
    let (start, end) = object.split_at(2);
    std::fs::remove_file(project.path().join(".git/objects").join(start).join(end)).unwrap();
    let list = || {
        let files =
            Command::new("find").arg(project.path()).args(["-printf", "%p %T@ %s\n"]).output().unwrap();
        String::from_utf8(files.stdout).unwrap()
    };
    let before = list();
    assert_eq!(project.repository().read_commit(&commit, soon()).unwrap().time, 1_700_000_000);
    assert_eq!(changed(project.path(), &since, &commit), Ok(vec!["a".to_owned()]));
    assert!(file(project.path(), &commit, "a").unwrap_err().contains("does not contain the content"));
    assert!(file(project.path(), &commit, ".gitattributes").unwrap().is_some());
    assert!(changed(project.path(), &"0".repeat(40), &commit).is_err());
    for (name, expected) in [("a", true), ("b", false), ("*", false), (":/a", false)] {
        assert_eq!(project.repository().contains_file(name, soon()).unwrap(), expected, "{name}");
    }
    let executed = std::fs::read_to_string(mark.path().join("executed"));
    assert!(executed.is_err(), "{executed:?}");
    assert_eq!(before, list());
    // The configuration is one that executes: git that may fetch does.
    let fetch =
        Command::new("git").args(["cat-file", "-s", &object]).current_dir(project.path()).output().unwrap();
    assert!(!fetch.status.success());
    assert!(mark.path().join("executed").exists(), "{}", String::from_utf8_lossy(&fetch.stderr));
}

#[test]
fn a_replaced_commit_is_read_as_it_was_made() {
    let project = Project::new();
    project.write("a", "a");
    let since = project.commit();
    project.write("a", "b");
    let commit = project.commit();
    git(project.path(), &["replace", &commit, &since]);
    assert_eq!(changed(project.path(), &since, &commit), Ok(vec!["a".to_owned()]));
    assert_eq!(file(project.path(), &commit, "a"), Ok(Some("b".to_owned())));
}

#[test]
fn a_configuration_that_cannot_be_read_ends_at_the_deadline() {
    let project = Project::new();
    let commit = project.commit();
    let pipe = project.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    git(project.path(), &["config", "include.path", &pipe.display().to_string()]);
    let ended =
        project.repository().changed_files(&commit, &commit, Instant::now() + Duration::from_millis(200));
    assert!(matches!(ended, Err(GitError::TimedOut)), "{ended:?}");
}
