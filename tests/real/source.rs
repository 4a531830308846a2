//! What a policy reads from a repository of git itself.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::fixtures::policy;
use crate::world::{World, scenario};

pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git starts");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_policy_reads_the_changes_and_the_files_of_a_commit() {
    let world = World::new(&scenario());
    // The project is a folder of the repository.
    let root = world.path("project").parent().unwrap().to_owned();
    git(&root, &["init", "-q", "-b", "master"]);
    let commit = |path: &str, text: &str| {
        std::fs::write(root.join(path), text).unwrap();
        git(&root, &["add", "project"]);
        git(&root, &["commit", "-q", "-m", "a change"]);
        git(&root, &["rev-parse", "HEAD"])
    };
    let since = commit("project/a", "a");
    git(&root, &["mv", "project/a", "project/b"]);
    let built = commit("project/rules.toml", "a = 1\n");
    std::fs::write(root.join("project/rules.toml"), "not committed").unwrap();
    let source_policy = policy("source-policy").display().to_string();
    let plan = |calls: &str| {
        let job = world.verb("plan").args(&[&source_policy, "--allow", "source:read"]).set("CALLS", calls);
        job.set("TRAVIS_COMMIT", &built).set("PATH", &std::env::var("PATH").unwrap())
    };
    let calls = format!("changed-files {since}\nread-file project/rules.toml\nread-file rules.toml");
    let ended = plan(&calls).exits(0);
    let replies: Vec<Value> = ended
        .events()
        .into_iter()
        .filter(|event| event["event"] == "policy-lookup")
        .map(|event| event["reply"].clone())
        .collect();
    assert_eq!(
        replies,
        [json!(["project/a", "project/b", "project/rules.toml"]), json!("a = 1\n"), Value::Null]
    );
    let error = plan("read-file project").exits(3);
    error.prints(&format!("`project` is a directory in commit {built}, not a file"));
    plan(&format!("changed-files {}", "0".repeat(40))).exits(3).prints("run `git fetch origin 0000");
}
