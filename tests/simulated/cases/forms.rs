//! The output formats of `ecs-host test` for programs.

use serde_json::Value;

use super::{Folder, ONE_FAILS};

#[test]
fn json_is_one_object() {
    let folder = Folder::of(ONE_FAILS);
    let (out, _) = folder.test("built-in", &["cases.toml", "--format", "json"], 1);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (&report["passed"], &report["failed"], &report["policy"]["name"]),
        (&2.into(), &1.into(), &"travis".into())
    );
    let failed = &report["cases"][2];
    assert_eq!((&failed["line"], &failed["passed"]), (&21.into(), &false.into()));
    assert_eq!(failed["differences"][0]["path"], "targets[0].destination.service.cluster");
    assert_eq!(report["outcomes"]["unreached"][0], "error");
    assert!(failed["fuel"].as_u64().is_some_and(|fuel| fuel > 1000), "{out}");
}

#[test]
fn junit_has_a_suite_per_file() {
    let folder = Folder::of(ONE_FAILS);
    let flags = ["cases.toml", "--format", "junit", "--require-outcomes=deploy,error"];
    let (out, _) = folder.test("built-in", &flags, 1);
    for part in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<testsuites name=\"travis\" tests=\"4\" failures=\"2\"",
        "<failure message=\"no case reaches a required outcome: error\"/>",
        "<testsuite name=\"cases.toml\" tests=\"3\" failures=\"1\" time=\"",
        "<testcase name=\"a branch of nobody&apos;s is skipped\" classname=\"cases.toml\"",
        "<failure message=\"unexpected value of targets[0].destination.service.cluster\">",
        "  - todo-prod\n  + todo-master",
    ] {
        assert!(out.contains(part), "no {part} in\n{out}");
    }
}

#[test]
fn tap_numbers_its_cases() {
    let folder = Folder::of(ONE_FAILS);
    let (out, _) = folder.test("built-in", &["cases.toml", "--format", "tap", "--require-outcomes"], 1);
    let lines: Vec<&str> = out.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        lines,
        [
            "TAP version 14",
            "1..4",
            "ok 1 - the branch of master deploys",
            "ok 2 - a branch of nobody's is skipped",
            "not ok 3 - production has another cluster",
            lines[5],
        ]
    );
    assert!(
        lines[5].starts_with("not ok 4 - outcomes: no case reaches a required outcome: error, "),
        "{out}"
    );
    assert!(out.contains("  ---\n  file: \"cases.toml\"\n  line: 21\n"), "{out}");
}

#[test]
fn no_text_of_a_case_can_run_a_ci_command() {
    // Control characters, a change of the text direction, and commands of Azure Pipelines and GitHub Actions.
    let nasty = "\u{1b}[2J\u{202e}##vso[x]";
    let name = format!("{nasty}\n::error::x.toml");
    let cases = r#"
[settings]
"UNSEEN\u001b[2J\n::error::" = "x"

[[case]]
name = "many"
matrix.branch = ["\u202e##[error]"]
expect.skip = "one\u001b[2J\r\n::error::two\uffff"
"#;
    let folder = Folder::with(&[(&name, cases)]);
    for (format, lines) in [
        (
            "text",
            ["            - skip: one\\u{1b}[2J\\r\n            - :\\u{3a}error::two", "UNSEEN\\u{1b}[2J\\n"],
        ),
        ("tap", ["expected: \"skip: one\\\\u{1b}[2J\\\\r\\n:\\\\u{3a}error::two", "file: \""]),
        ("junit", ["  - :\\u{3a}error::two\u{fffd}\n", "name=\"\\u{1b}[2J\\u{202e}#\\u{23}vso[x]\\n:"]),
    ] {
        let (out, err) = folder.test("built-in", &[&name, "--format", format], 1);
        assert_eq!(err, "");
        for line in lines {
            assert!(out.contains(line), "no {line:?} in\n{out}");
        }
        assert_harmless(&out);
    }
    let (_, err) = folder.test("built-in", &[&name, "--update"], 1);
    assert!(err.contains("\\u{1b}[2J") && err.contains("is not updated: "), "{err}");
    assert_harmless(&err);
    folder.write(&name, &cases.replace("expect.skip", "expect.error"));
    let (_, err) = folder.test("built-in", &[&name, "--update"], 0);
    assert!(err.contains("updated \\u{1b}[2J"), "{err}");
    assert_harmless(&err);
    folder.write(&name, "[[case]]");
    let (_, err) = folder.test("built-in", &[&name], 2);
    assert!(err.contains("x.toml:1: missing field `name`"), "{err}");
    assert_harmless(&err);
    let (_, err) = folder.test("built-in", &[&format!("{name}.nowhere")], 2);
    assert!(err.contains("cannot read cases from "), "{err}");
    assert_harmless(&err);
}

fn assert_harmless(output: &str) {
    for line in output.split('\n') {
        let unseen = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!line.contains(unseen) && !line.contains("##"), "{line:?}");
        assert!(!line.split_whitespace().any(|word| word.starts_with("::")), "{line:?}");
    }
}
