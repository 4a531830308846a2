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
        [json!(["project/a", "project/b", "project/rules.toml"]), json!({ "bytes": 6 }), Value::Null]
    );
    let error = plan("read-file project").exits(3);
    error.prints(&format!("`project` is a directory in commit {built}, not a file"));
    plan(&format!("changed-files {}", "4".repeat(40))).exits(3).prints("run `git fetch origin 4444");
    plan(&format!("changed-files {}", "0".repeat(40)))
        .exits(3)
        .prints("git writes this hash where there is no commit");
}

#[test]
fn rules_are_those_of_the_commit_and_what_changed_is_compared_with_its_base() {
    let world = World::new(&scenario());
    let root = world.path("project").parent().unwrap().to_owned();
    let created = crate::project::host(&root, &["new", "rules-project", "--rules"]);
    assert!(created.status.success(), "{}", crate::project::text(&created));
    let template = std::fs::read_to_string(root.join("rules-project/deploy-rules.toml")).unwrap();
    let rules = template
        .replace("cluster = \"staging\"", "cluster = \"main\"")
        .replace("service = \"web\"", "service = \"web\"\nchanged = \"project/**\"")
        .replace("123456789012.dkr.ecr.eu-central-1.amazonaws.com/web", &crate::world::repository());
    git(&root, &["init", "-q", "-b", "master"]);
    let commit = |path: &str, text: &str| {
        std::fs::write(root.join(path), text).unwrap();
        git(&root, &["add", "project", "deploy-rules.toml"]);
        git(&root, &["commit", "-q", "-m", "a change"]);
        git(&root, &["rev-parse", "HEAD"])
    };
    let base = commit("deploy-rules.toml", &rules);
    let built = commit("project/a", "a");
    // What is not committed does not decide.
    std::fs::write(root.join("deploy-rules.toml"), "rule = 1").unwrap();
    let plan = |commit: &str, base: &str| {
        let job = world.verb("plan").args(&["rules", "--base-commit", base]);
        job.set("TRAVIS_COMMIT", commit).set("PATH", &std::env::var("PATH").unwrap())
    };
    plan(&built, &base).exits(0).prints("service main/web:");
    plan(&built, &built).exits(0).prints("skip: No target of environment `staging` is due");
    plan(&built, &"7".repeat(40)).exits(3).prints("`changed` cannot be decided: ").prints("git fetch");
    let mistake = commit("deploy-rules.toml", "rule = 1");
    plan(&mistake, &base).exits(3).prints("deploy-rules.toml:1:8: `rule` of the file: expected tables");
}
