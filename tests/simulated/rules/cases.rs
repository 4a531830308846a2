//! `ecs-host test rules`: the file as a fact, that of the working tree, and a recorded one.

use std::fs;
use std::process::Stdio;

use super::{BASE, Checkout, RULES};
use crate::run::{KillOnDrop, RUN_TIMEOUT, Reader};
use crate::wait::eventually;

const CASES: &str = r#"
[facts.files]
"deploy-rules.toml" = { path = "../deploy-rules.toml" }

[[case]]
name = "master deploys"
expect.targets = [{ destination.service = { cluster = "main", service = "web" } }]

[[case]]
name = "develop is skipped"
build.branch = "develop"
expect.skip = { contains = "No rule" }

[[case]]
name = "a mistake"
facts.files."deploy-rules.toml" = "rule = 1"
expect.error = "deploy-rules.toml:1:8: `rule` of the file: expected tables, each beginning with `[[rule]]`; found the number 1"
"#;

/// The project's folder with rules that are not committed, and cases.
fn project(cases: &str) -> Checkout {
    let checkout = Checkout::with("not committed");
    fs::write(checkout.0.path("project/deploy-rules.toml"), RULES).unwrap();
    fs::create_dir(checkout.0.path("project/cases")).unwrap();
    fs::write(checkout.0.path("project/cases/rules.toml"), cases).unwrap();
    checkout
}

fn test(checkout: &Checkout, cases: &str, code: i32) -> String {
    let output = checkout.0.verb("test").args(&["rules", cases]).output();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

#[test]
fn cases_use_the_rules_of_the_working_tree() {
    let checkout = project(CASES);
    assert!(test(&checkout, "cases", 0).contains(concat!(
        "Policy    rules ",
        env!("CARGO_PKG_VERSION"),
        ", built in"
    )));
    let edited = RULES.replace("\"web\"", "\"api\"");
    fs::write(checkout.0.path("project/deploy-rules.toml"), edited).unwrap();
    assert!(test(&checkout, "cases", 1).contains("+ api"));
}

#[test]
fn a_mistake_in_the_rules_is_printed_once_with_the_number_of_cases_that_it_fails() {
    let checkout = project(CASES);
    let mistakes = RULES.replace("branch = ", "brnach = ").replace("cluster = ", "clutser = ");
    fs::write(checkout.0.path("project/deploy-rules.toml"), mistakes).unwrap();
    let text = test(&checkout, "cases", 1);
    assert_eq!(text.matches("did you mean `branch`?").count(), 1, "{text}");
    assert_eq!(text.matches("did you mean `cluster`?").count(), 1, "{text}");
    for line in [
        "            - skip: contains No rule\n            + the same error as in `master deploys`\n",
        "Cases     1 passed, 2 failed in ",
        "\n          2 of them fail by one error, that of `master deploys`\n",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
}

#[test]
fn settings_that_no_rule_names_are_no_outcomes() {
    let checkout = project(CASES);
    let text = test(&checkout, "cases", 0);
    assert!(text.contains("Outcomes  a case reaches each one\n"), "{text}");
    let named = RULES.replace("\"master\"\nenvironment", "\"{settings.DEPLOY_BRANCHES?}\"\nenvironment");
    fs::write(checkout.0.path("project/deploy-rules.toml"), named).unwrap();
    let text = test(&checkout, "cases", 1);
    assert!(text.contains("Outcomes  no case reaches deploy, DEPLOY_* set\n"), "{text}");
}

#[test]
fn a_case_reads_no_file_out_of_the_working_folder() {
    let secret = CASES.replace("../deploy-rules.toml", "../../secret");
    let checkout = project(&secret);
    fs::write(checkout.0.path("secret"), "hunter2").unwrap();
    let link = checkout.0.path("project/link");
    std::os::unix::fs::symlink(checkout.0.path("secret"), &link).unwrap();
    for path in ["../../secret", "../link", &checkout.0.path("secret").display().to_string(), "/etc/passwd"] {
        let cases = CASES.replace("../deploy-rules.toml", path);
        fs::write(checkout.0.path("project/cases/rules.toml"), cases).unwrap();
        let text = test(&checkout, "cases", 2);
        assert!(text.contains("cases/rules.toml:3: facts.files: cannot read `"), "{text}");
        assert!(text.contains("it is not in the working folder") && !text.contains("hunter2"), "{text}");
    }
    for (path, reason) in [("../nowhere", "No such file"), ("..", "it is a folder")] {
        let cases = CASES.replace("../deploy-rules.toml", path);
        fs::write(checkout.0.path("project/cases/rules.toml"), cases).unwrap();
        assert!(test(&checkout, "cases", 2).contains(reason), "{path}");
    }
    let cases = CASES.replace("{ path = \"../deploy-rules.toml\" }", "{ file = \"x\" }");
    fs::write(checkout.0.path("project/cases/rules.toml"), cases).unwrap();
    let text = test(&checkout, "cases", 2);
    assert!(text.contains("expected the text of the file, or `{ path = \"FILE\" }`"), "{text}");
}

#[test]
fn a_recorded_decision_contains_the_rules() {
    let checkout =
        Checkout::with(&RULES.replace("service = \"web\"", "service = \"web\"\nchanged = \"web/**\""));
    checkout.write("changed", "web/a\0");
    for (name, branch, code) in [("deploy.toml", "master", 0), ("skip.toml", "develop", 0)] {
        let job = checkout.verb("plan").args(&["--base-commit", BASE, "--record", name]);
        job.set("TRAVIS_BRANCH", branch).exits(code);
    }
    checkout.write("deploy-rules.toml", &RULES.replace("cluster = ", "clutser = "));
    checkout.verb("plan").args(&["--record", "error.toml"]).exits(3);
    for name in ["deploy.toml", "skip.toml", "error.toml"] {
        // Without git, and with other rules by now.
        let text = test(&checkout, name, 0);
        assert!(text.contains("1 passed"), "{text}");
        let case = fs::read_to_string(checkout.0.path("project").join(name)).unwrap();
        assert!(case.contains("[images.simple-todo]"), "{case}");
    }
}

#[test]
fn an_edit_of_the_rules_runs_the_cases_again() {
    let checkout = project(CASES);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ecs-host"));
    command.args(["test", "rules", "cases", "--watch"]).current_dir(checkout.0.path("project")).env_clear();
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let out = Reader::of(child.stdout.take().expect("a pipe"));
    let err = Reader::of(child.stderr.take().expect("a pipe"));
    let _child = KillOnDrop(child);
    let wait_for = |text: &str| {
        let has_appeared = || out.text().contains(text) || err.text().contains(text);
        let result = eventually("the text appears", RUN_TIMEOUT, || Ok(has_appeared().then_some(())));
        result.unwrap_or_else(|error| panic!("{error}: {text}\n{}{}", out.text(), err.text()));
    };
    wait_for("3 passed in");
    wait_for("watching for changes");
    fs::write(checkout.0.path("project/deploy-rules.toml"), RULES.replace("\"web\"", "\"api\"")).unwrap();
    wait_for("2 passed, 1 failed");
}
