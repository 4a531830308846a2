//! Policies that fail, or print, in a case.

use serde_json::Value;

use super::{Folder, fixture};

#[test]
fn a_policy_that_fails_in_one_case_fails_no_other_case() {
    let folder = Folder::with(&[(
        "cases.toml",
        r#"
[[case]]
name = "panics"
build.branch = "panics"
expect.error = "whatever"

[[case]]
name = "loops"
build.branch = "loops"
expect.error = "whatever"

[[case]]
name = "prints"
build.branch = "prints"
expect.log = ["first\\u{1b}[2J line", "second line"]
"#,
    )]);
    // The time limit ends one case while the others run.
    let flags = ["cases.toml", "--policy-fuel", "9000000000000", "--policy-time", "1"];
    let (out, _) = folder.test(&fixture("misbehaving-policy"), &flags, 1);
    assert!(out.contains("ok      prints") && out.contains("1 passed, 2 failed"), "{out}");
    assert!(out.contains("reached its limit of 1 second") && out.contains("failed in `select`"), "{out}");
}

/// Cases share the threads that they run in, one after another.
#[test]
fn an_endless_recursion_does_not_affect_the_next_case() {
    let case = |number| {
        let (branch, expected) = if number % 2 == 0 { ("recurses", "error") } else { ("sleeps", "skip") };
        format!(
            "[[case]]\nname = \"{number}\"\nbuild.branch = \"{branch}\"\nexpect.{expected} = \"Slept for an hour.\"\n"
        )
    };
    let folder = Folder::with(&[("cases.toml", &(0..40).map(case).collect::<String>())]);
    let (out, _) = folder.test(&fixture("misbehaving-policy"), &["cases.toml", "--format", "json"], 1);
    let results: Value = serde_json::from_str(&out).expect("JSON");
    let cases = results["cases"].as_array().expect("the cases");
    for kind in 0..2 {
        let of_kind: Vec<&Value> = cases.iter().skip(kind).step_by(2).collect();
        assert_eq!(of_kind.len(), 20, "{out}");
        for case in of_kind {
            let differences = case["differences"].to_string();
            assert_eq!(differences.contains("reached its limit of 4096 KiB of stack"), kind == 0, "{case}");
            assert_eq!(case["passed"], kind == 1, "{case}");
            assert_eq!(case["fuel"], cases[kind]["fuel"], "{case}");
        }
    }
}

#[test]
fn the_output_of_the_policy_is_shown_for_a_failed_case() {
    let case = |name: &str, lines: usize, count: usize| {
        let lookups = vec!["list-services empty"; lines].join("\\n");
        let log = vec!["\"[]\""; count].join(", ");
        format!("[[case]]\nname = \"{name}\"\nsettings.LOOKUPS = \"{lookups}\"\nexpect.log = [{log}]\n")
    };
    let cases = format!("facts.clusters = [\"empty\"]\n{}{}", case("passes", 3, 3), case("fails", 12, 11));
    let folder = Folder::with(&[("cases.toml", &cases)]);
    let (out, _) = folder.test(&fixture("lookup-policy"), &["cases.toml"], 1);
    let expected = format!("+ []\n{}          and 2 more lines\nCases", "          printed []\n".repeat(10));
    assert!(out.contains(&expected), "{out}");
    assert_eq!(out.matches("printed").count(), 10, "{out}");
}
