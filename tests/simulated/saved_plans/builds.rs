//! Images that a saved plan builds: from the files of its commit.

use crate::app::App;
use crate::providers::git;
use crate::run::Run;

/// An app whose project is committed, and whose plan is saved. Returns the commit.
fn saved(name: &str) -> (App, String) {
    let app = App::new(name);
    app.write("project/.gitignore", "out\n");
    app.write("project/api/Dockerfile", "FROM scratch\n");
    let project = app.path("project");
    git(&project, &["init", "-q", "-b", "master"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "A change"]);
    let commit = git(&project, &["rev-parse", "HEAD"]);
    app.plan().set("TRAVIS_COMMIT", &commit).arg("--out").arg("plan.json").exits(0);
    (app, commit)
}

fn apply(app: &App) -> Run<'_> {
    app.start("apply").arg("plan.json")
}

#[test]
fn an_image_is_built_from_the_commit_of_the_plan() {
    let (app, commit) = saved("saved-build");
    // What git does not track is what the job made, such as the plan itself.
    app.write("project/out/app.js", "1");
    app.write("project/new.txt", "1");
    let ended = apply(&app).exits(0);
    ended.prints("deployed").prints(&format!("master-{commit}"));
}

#[test]
fn other_files_than_those_of_the_commit_are_not_built() {
    let (app, commit) = saved("saved-build-changed");
    let project = app.path("project");
    app.write("project/app.txt", "changed");
    let ended = apply(&app).exits(5);
    ended
        .prints(&format!(
            "image `{}` of the saved plan is to be built here, and a file of the working tree",
            app.name
        ))
        .prints("differs from that commit: `app.txt`; nothing was changed.")
        .prints(&format!("Apply it where commit {commit} is checked out"))
        .changed_nothing();
    git(&project, &["commit", "-q", "-a", "-m", "Another change"]);
    let head = git(&project, &["rev-parse", "HEAD"]);
    let ended = apply(&app).exits(5);
    ended.prints(&format!("the working tree is at commit {}", &head[..12])).changed_nothing();
    git(&project, &["reset", "-q", "--hard", &commit]);
    git(&project, &["rm", "-q", "app.txt"]);
    apply(&app).exits(5).prints("differs from that commit: `app.txt`").changed_nothing();
    git(&project, &["reset", "-q", "--hard", &commit]);
    std::fs::copy(project.join("plan.json"), project.join("api/plan.json")).unwrap();
    let ended = apply(&app).wrapped_by(&["env", "-C", "api"]).exits(5);
    ended.prints("the plan was made in the root of the repository, and this is `api/`").changed_nothing();
    std::fs::rename(project.join(".git"), app.path("git")).unwrap();
    let ended = apply(&app).exits(5);
    ended.prints("this folder is in no working tree of git").changed_nothing();
    std::fs::rename(app.path("git"), project.join(".git")).unwrap();
    apply(&app).exits(0);
}

#[test]
fn no_configuration_and_no_variable_hides_a_changed_file() {
    let (app, commit) = saved("saved-build-hidden");
    let project = app.path("project");
    let clean = app.path("clean");
    git(&project, &["worktree", "add", "-q", "--detach", &clean.display().to_string(), &commit]);
    app.write("project/app.txt", "changed");
    let clean = clean.display().to_string();
    let is_seen = |run: Run<'_>| {
        run.exits(5).prints("differs from that commit: `app.txt`").changed_nothing();
    };
    for (set, unset) in [
        (&["config", "core.bare", "true"][..], &["config", "core.bare", "false"][..]),
        (&["config", "core.worktree", &clean], &["config", "--unset", "core.worktree"]),
        (&["update-index", "--skip-worktree", "app.txt"], &["update-index", "--no-skip-worktree", "app.txt"]),
        (
            &["update-index", "--assume-unchanged", "app.txt"],
            &["update-index", "--no-assume-unchanged", "app.txt"],
        ),
    ] {
        git(&project, set);
        is_seen(apply(&app));
        git(&project, unset);
    }
    is_seen(apply(&app).set("GIT_WORK_TREE", &clean));
    is_seen(
        apply(&app).set("GIT_WORK_TREE", &clean).set("GIT_DIR", &project.join(".git").display().to_string()),
    );
    // A file of another folder is not part of the build.
    git(&project, &["checkout", "-q", "app.txt"]);
    apply(&app).exits(0);
}

#[test]
fn a_file_of_git_lfs_is_what_its_pointer_names() {
    let app = App::new("saved-build-lfs");
    let project = app.path("project");
    let pointer = "version https://git-lfs.github.com/spec/v1\n\
                   oid sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\nsize 3\n";
    app.write("project/large", pointer);
    git(&project, &["init", "-q", "-b", "master"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "A change"]);
    let commit = git(&project, &["rev-parse", "HEAD"]);
    app.plan().set("TRAVIS_COMMIT", &commit).arg("--out").arg("plan.json").exits(0);
    app.write("project/large", "bar");
    apply(&app).exits(5).prints("differs from that commit: `large`");
    app.write("project/large", "foo");
    apply(&app).exits(0);
}
