//! The order of builds without git, and with restarted numbers; what a policy reads from git; and what git ignores of the
//! sources.

use crate::app::App;
use crate::run::Run;
use crate::support::WORKSPACE;

/// A run that finds this script as git.
fn with_git<'a>(app: &App, run: Run<'a>, script: &str) -> Run<'a> {
    use std::os::unix::fs::PermissionsExt as _;
    let git = app.write("bin/git", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&git, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let folders = [app.path("bin"), app.path("engine")].map(|folder| folder.display().to_string());
    run.set("PATH", &format!("{}:{}", folders.join(":"), std::env::var("PATH").unwrap_or_default()))
}

const REFUSAL: &str = "echo \"fatal: detected dubious ownership in repository at '/src'\" >&2
echo 'To add an exception for this directory, call:' >&2; exit 128";

#[test]
fn a_repository_that_git_does_not_read_is_reported() {
    let app = App::new("dubious");
    let run = with_git(&app, app.run().unset("TRAVIS_BUILD_NUMBER"), REFUSAL).exits(0);
    run.prints("warning: an older build is not recognized, because the time of commit ")
        .prints("fatal: detected dubious ownership in repository at '/src'")
        .prints("git config --global --add safe.directory /src");
    // With a number the order is known without git.
    with_git(&app, app.plan(), REFUSAL).exits(0).does_not_print("dubious ownership");
    let missing = "echo 'fatal: bad object' >&2; exit 128";
    with_git(&app, app.plan().unset("TRAVIS_BUILD_NUMBER"), missing).exits(0).does_not_print("warning:");
}

#[test]
fn restarted_build_numbers_are_reported() {
    let app = App::new("restarted-numbers");
    with_git(&app, app.run(), "echo committer a '<a@b>' 1700000000 +0000").exits(0);
    let next = "7".repeat(40);
    let later = || app.run().set("TRAVIS_BUILD_NUMBER", "3").set("TRAVIS_COMMIT", &next);
    with_git(&app, later(), "echo committer a '<a@b>' 1700000900 +0000").exits(7).prints("build 57 (commit ").prints(
        "this commit 777777777777 is newer than that one, so the numbers of builds have probably restarted",
    );
    with_git(&app, later(), "echo committer a '<a@b>' 1600000000 +0000")
        .exits(7)
        .does_not_print("restarted: ");
    with_git(&app, later().arg("--allow-older"), "echo committer a '<a@b>' 1700000900 +0000").exits(0);
}

#[test]
fn no_ignored_folder_can_be_one_of_sources() {
    for file in [".gitignore", "guest/templates/rust/.gitignore"] {
        let text = std::fs::read_to_string(format!("{WORKSPACE}/{file}")).unwrap();
        for pattern in text.lines().filter(|line| line.ends_with('/')) {
            // A pattern without another slash is a folder of that name anywhere ("gitignore", section "Pattern
            // format").
            let is_anchored = pattern.trim_end_matches('/').contains('/');
            assert!(is_anchored || pattern.starts_with(['.', '_']), "{file}: `{pattern}`");
        }
    }
}
