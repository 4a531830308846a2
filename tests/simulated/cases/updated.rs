//! `--update`, which writes the answers of the policy into its cases.

use std::os::unix::fs::symlink;
use std::process::Command;

use super::{Folder, ONE_FAILS, SETTINGS, fixture};

#[test]
fn update_rewrites_the_expectations_of_a_failed_case_alone() {
    let folder = Folder::of(ONE_FAILS);
    let before = folder.read("cases.toml");
    let (out, err) = folder.test("built-in", &["cases.toml", "--update"], 0);
    assert!(out.contains("3 passed"), "{out}");
    let expected = "updated cases.toml:21 production has another cluster\n  \
                    cases.toml:23: expect.targets[0].destination.service.cluster\n";
    assert_eq!(err, expected);
    // Only the value that differs is written.
    assert_eq!(folder.read("cases.toml"), before.replace("todo-prod", "todo-master"));
    folder.test("built-in", &["cases.toml"], 0);
}

/// Everything that people write beside the values: comments, line ends, matchers, spaces and quotation marks.
const WRITTEN_BY_A_PERSON: &str = "# The cases of todo.\r\n[settings]\r\nDEPLOY_BRANCHES = 'master'\r\nIMAGE_NAME='simple-todo'\r\n\
    REMOTE_IMAGE_URL = \"registry.example.com/simple-todo\"\r\nECS_CLUSTER_MASTER = \"todo-master\" # the cluster\r\n\
    ECS_SERVICE_MASTER = \"web worker\"\r\n\r\n\
    [[case]] # the first\r\nname = 'deploys'\r\n\r\n[case.expect]\r\n\
    images = { contains = { tags = { contains = \"master\" } } } # a matcher\r\n\
    targets = [\r\n  # The site.\r\n  { destination.service = { cluster='old', service = { not = \"api\" } } }, # web\r\n\
    \r\n  { wave = 0, role = { absent = true } }, # worker\r\n  { wave = 7 }, # gone\r\n]\r\n\r\n\
    [[case]]\r\nname = \"skips\"\r\nmatrix.branch = [ \"a\" ]\r\nexpect.skip = { contains = \"`{branch}`\" }\r\n\
    expect.log = [ \"old\" ] # nothing";

#[test]
fn update_keeps_what_a_person_wrote() {
    let folder = Folder::with(&[("cases.toml", WRITTEN_BY_A_PERSON)]);
    let (out, err) = folder.test("built-in", &["cases.toml", "--update"], 0);
    assert!(out.contains("2 passed"), "{out}");
    let expected = WRITTEN_BY_A_PERSON
        .replace("cluster='old'", "cluster=\"todo-master\"")
        .replace("  { wave = 7 }, # gone\r\n", "")
        .replace("[ \"old\" ] # nothing", "[] # nothing");
    assert_eq!(folder.read("cases.toml"), expected);
    let expected = "updated cases.toml:9 deploys\n  cases.toml:16: expect.targets[0].destination.service.cluster\n  \
                    cases.toml:14: expect.targets\nupdated cases.toml:21 skips\n  cases.toml:25: expect.log\n";
    assert_eq!(err, expected);
    folder.test("built-in", &["cases.toml", "--update"], 0);
}

#[test]
fn update_writes_the_whole_answer_into_a_case_without_expectations() {
    let cases = "[[case]]\nname = \"deploys\"\n\n[[case]]\nname = \"skips\"\nbuild.branch = \"wip\"\n\n\
                 [[case]]\nname = \"turned\"\nexpect.skip = \"No.\"\n";
    let folder = Folder::of(cases);
    folder.test("built-in", &["cases.toml", "--update"], 0);
    let text = folder.read("cases.toml");
    for line in [
        "name = \"deploys\"\nexpect.images = [\n    { name = \"simple-todo\", repository = ",
        "expect.targets = [\n    { destination = { service = { cluster = \"todo-master\", service = \"todo\" } }",
        "expect.skip = \"Branch `wip` is not one of",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert!(!text.contains("No."), "{text}");
    assert!(text.contains("wave = 0") && !text.contains("serde"), "{text}");
    let (out, _) = folder.test("built-in", &["cases.toml"], 0);
    assert!(out.contains("3 passed"), "{out}");
}

#[test]
fn update_leaves_a_matrix_whose_answers_differ() {
    let cases = "[[case]]\nname = \"both\"\nmatrix.branch = [\"a\", \"b\"]\nexpect.skip = \"No.\"\n";
    let folder = Folder::of(cases);
    let (_, err) = folder.test("built-in", &["cases.toml", "--update"], 1);
    assert!(err.contains("cases.toml:8 is not updated: its combinations have different answers"), "{err}");
    assert_eq!(folder.read("cases.toml"), format!("{SETTINGS}{cases}"));
}

#[test]
fn update_does_not_overwrite_an_invalid_case_file() {
    for (expectation, code, expected) in [
        (
            "images = [{ nmae = \"web\" }]",
            2,
            "cases.toml:8: case `a`: expect.images[0]: unknown field `nmae`; did you mean `name`?",
        ),
        (
            "targets = [{ destination.family = \"web\" }]",
            1,
            "is not updated: it expects a field that the answer does not have",
        ),
    ] {
        let cases = format!("[[case]]\nname = \"a\"\nexpect.{expectation}\n");
        let folder = Folder::of(&cases);
        let (_, err) = folder.test("built-in", &["cases.toml", "--update"], code);
        assert!(err.contains(expected), "{err}");
        assert_eq!(folder.read("cases.toml"), format!("{SETTINGS}{cases}"));
    }
}

#[test]
fn only_the_results_are_on_stdout() {
    for (format, prefix) in [("json", "{"), ("tap", "TAP version 14\n"), ("junit", "<?xml ")] {
        let folder = Folder::of(ONE_FAILS);
        let (out, err) = folder.test("built-in", &["cases.toml", "--update", "--format", format], 0);
        assert!(out.starts_with(prefix) && !out.contains("updated"), "{out}");
        assert!(err.contains("updated cases.toml:21"), "{err}");
    }
}

#[test]
fn an_unwritable_case_file_is_an_error_and_not_a_failed_case() {
    let cases = format!("{ONE_FAILS}# {}\n", "x".repeat(5 << 20));
    let folder = Folder::of(&cases);
    // The file size limit of 4 MiB (8192 blocks) applies to every user, root included. With the signal
    // ignored, a write beyond it fails. A lower limit prevents the sandbox from mapping the policy's code.
    let no_files = "trap '' XFSZ; ulimit -f 8192; exec \"$@\"";
    let update = folder.command("built-in", &["cases.toml", "--update"]);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", no_files, "sh"]).arg(update.get_program()).args(update.get_args());
    command.current_dir(folder.path("")).env_clear().env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    let output = command.output().expect("a shell");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("cannot write cases.toml: ") && err.contains("without `--update`"), "{err}");
    assert!(folder.read("cases.toml").ends_with(&cases), "the previous content is lost");
}

#[test]
fn update_leaves_a_case_that_lacks_facts_and_reports_its_new_line() {
    let cases = r#"
[[case]]
name = "prints"
settings.LOOKUPS = "list-services empty"
facts.clusters = ["empty"]
expect.log = [
    "something",
    "else",
]

[[case]]
name = "a cluster without facts"
settings.LOOKUPS = "list-services dev"

[[case]]
name = "an image without facts"
settings.LOOKUPS = "get-image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web old"
expect.error = "No."
"#;
    let folder = Folder::with(&[("cases.toml", cases)]);
    let (out, err) = folder.test(&fixture("lookup-policy"), &["cases.toml", "--update"], 1);
    let text = folder.read("cases.toml");
    let line = |name: &str| {
        let before = text.split(name).next().expect("a part");
        before.matches('\n').count()
    };
    for (name, expected) in [
        ("a cluster without facts", "add cluster `dev` to `facts.services`, or to `facts.clusters`"),
        ("an image without facts", "/web to `facts.images`, or to `facts.repositories` if it has no images"),
    ] {
        let skipped = format!("cases.toml:{} is not updated: it lacks facts: ", line(name));
        assert!(err.contains(&skipped) && err.contains(expected), "{err}{text}");
        assert!(out.contains(&format!("cases.toml:{} (", line(name))), "{out}");
    }
    assert!(
        text.contains("expect.log = [\n    \"[]\",\n]\n") && text.contains("expect.error = \"No.\""),
        "{text}"
    );
}

#[test]
fn update_does_not_write_through_a_symbolic_link() {
    let folder = Folder::with(&[("elsewhere/cases.toml", &format!("{SETTINGS}{ONE_FAILS}"))]);
    let before = folder.read("elsewhere/cases.toml");
    folder.write("cases/.keep", "");
    symlink("../elsewhere/cases.toml", folder.path("cases/linked.toml")).expect("a link");
    for path in ["cases", "cases/linked.toml"] {
        let (_, err) = folder.test("built-in", &[path, "--update"], 2);
        let expected = "cannot write cases/linked.toml: it is a symbolic link to ../elsewhere/cases.toml; name that file";
        assert!(err.contains(expected), "{err}");
        assert_eq!(folder.read("elsewhere/cases.toml"), before);
    }
    // Reading it is no harm.
    folder.test("built-in", &["cases"], 1);
    // Nor through a folder.
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("cases.toml"), &before).expect("a file");
    symlink(outside.path(), folder.path("out")).expect("a link");
    let (_, err) = folder.test("built-in", &["out/cases.toml", "--update"], 2);
    assert!(err.contains("cannot write out/cases.toml: `out` is a link of the checkout to `"), "{err}");
    assert_eq!(std::fs::read_to_string(outside.path().join("cases.toml")).expect("a file"), before);
}
