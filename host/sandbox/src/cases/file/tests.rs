use super::*;

const TWO: &str = r#"
[build]
repository = "o/r"

[settings]
A = "file"
B = "file"

[[case]]
name = "one"
build.branch = "release/1.2"
settings.A = "case"
expect.skip = "No."

[[case]]
name = "many"
matrix.branch = ["a", "b"]
matrix.settings.B = ["1", "2", "3"]
expect.skip = "Branch `{branch}` with {settings.B}."
"#;

#[test]
fn a_case_overrides_its_file_key_by_key() {
    let cases = parse("two.toml", TWO).unwrap();
    let one = &cases[0];
    assert_eq!((one.name.as_str(), one.line), ("one", 9));
    assert_eq!((one.build.branch.as_str(), one.build.repository.as_deref()), ("release/1.2", Some("o/r")));
    assert_eq!((one.settings["A"].as_str(), one.settings["B"].as_str()), ("case", "file"));
}

#[test]
fn a_matrix_expands_to_every_combination_with_its_values() {
    let cases = parse("two.toml", TWO).unwrap();
    assert_eq!(cases.len(), 1 + 6);
    let last = &cases[6];
    assert_eq!((last.name.as_str(), last.line), ("many [branch=b settings.B=3]", 15));
    assert_eq!(last.expect.skip, Some("Branch `b` with 3.".into()));
}

#[test]
fn a_problem_is_reported_with_its_line() {
    for (text, line, problem) in [
        ("x = [", 1, "array"),
        ("[[case]]\n[[case]]\n", 1, "missing field `name`"),
        ("[case]\nname = \"a\"", 1, "`case` is a list: begin each case with `[[case]]`"),
        ("case = [{ name = \"a\" }]", 1, "`case` is a list: begin each case with `[[case]]`"),
        (
            "\"\\u001b[2J##[error]\" = 1",
            1,
            "unknown field `\\u{1b}[2J#\\u{23}[error]`; expected one of plan, build",
        ),
        ("\n[settings]\nA = 5", 3, "settings.A: expected a string, found 5"),
        ("facts.service = []", 1, "unknown field `service`; did you mean `services`?"),
        ("facts.services = \"web\"", 1, "facts.services: expected a list, found \"web\""),
        ("facts.images = [\"web\"]", 1, "facts.images: expected a table, found \"web\""),
        ("[[case]]\nname = \"a\\u202eb\"", 1, "one line of visible characters"),
        ("[[case]]\nname = [\"a\"]", 2, "case.name: expected a string, found a list"),
        ("", 1, "the file contains no case"),
        ("[[case]]\nname = \"a\"\n[[case]]\nname = \"a\"\n", 3, "has the same name"),
    ] {
        assert_problem(text, line, problem);
    }
}

#[test]
fn a_problem_in_a_case_is_reported_with_its_key() {
    for (part, line, problem) in [
        ("build.brunch = \"b\"", 3, "unknown field `brunch`; did you mean `branch`?"),
        ("build = { job = \"x\" }", 3, "case.build.job: expected a non-negative integer, found \"x\""),
        ("build.number = \"3\"", 3, "case.build.number: expected a non-negative integer, found \"3\""),
        ("build.number = -1", 3, "case.build.number: expected a non-negative integer, found -1"),
        ("build.number = 1.5", 3, "case.build.number: expected a non-negative integer, found 1.5"),
        ("build.tag = \"\"", 1, "invalid git tag"),
        ("build.job = 0", 1, "invalid job"),
        ("build.pull-request.is-fork = true", 1, "pull-request: expected a `number` beside its other fields"),
        (
            "expect.images = [{ source.build.arguments = { contains = [\"A\"] } }]",
            1,
            "expect.images[0].source.build.arguments.contains: expected a table with some of name, value, found \"A\"",
        ),
        (
            "build.pull-request = 3",
            3,
            "case.build.pull-request: expected a table, such as `pull-request = { number = \"12\" }`, found 3",
        ),
        ("build.branch = true", 3, "case.build.branch: expected a string, found true"),
        ("build.event = 3", 3, "case.build.event: "),
        ("build.event = \"pull\"", 3, "case.build.event: unknown value `pull`; did you mean `pull-request`?"),
        ("build = \"master\"", 3, "case.build: expected a table, found \"master\""),
        ("build.commit = \"3f2a\"", 1, "3f2a"),
        (
            "expect = \"skip\"",
            3,
            "case.expect: expected a table, such as `expect.skip = \"REASON\"`, found \"skip\"",
        ),
        ("expect.skips = \"b\"", 3, "unknown field `skips`; did you mean `skip`?"),
        ("expect.skip = 5", 1, "expect.skip: expected a string, or `{ matches = \"REGEX\" }`, found 5"),
        ("expect.images = [{ tgas = [] }]", 1, "did you mean `tags`?"),
        ("expect.skip = { matches = \"(\" }", 1, "expect.skip: invalid regular expression `(`"),
        ("expect = { skip = \"a\", error = \"b\" }", 1, "only one of"),
    ] {
        assert_problem(&format!("[[case]]\nname = \"a\"\n{part}"), line, problem);
    }
}

#[test]
fn a_problem_in_a_matrix_is_reported_with_its_field() {
    for (part, problem) in [
        ("matrix = \"q\"", "expected a table of lists, such as `matrix.branch = [\"a\", \"b\"]`"),
        ("matrix.settings = 3", "expected a table, found 3"),
        ("matrix.branch = \"q\"", "matrix.branch: expected a list of values, found \"q\""),
        ("matrix.settings.A = \"q\"", "matrix.settings.A: expected a list of values, found \"q\""),
        ("matrix.settings.A = [\"q\", 5]", "matrix.settings.A[1]: expected a string, found 5"),
        ("matrix.brunch = [\"b\"]", "matrix: unknown field `brunch`; did you mean `branch`?"),
        (
            "matrix.zzz = [\"b\"]",
            "matrix: unknown field `zzz`; expected one of provider, repository, branch, ",
        ),
        ("matrix.number = [1, \"2\"]", "matrix.number[1]: expected a non-negative integer, found \"2\""),
        ("matrix.pull-request = [3]", "matrix.pull-request[0]: expected a table, such as"),
        ("matrix.event = [\"x\"]", "matrix.event[0]: unknown value `x`; expected one of push, "),
        ("matrix.event = [3]", "matrix.event[0]: "),
        ("matrix.branch = []", "matrix.branch: the list is empty"),
        ("matrix.branch = [\"q\", \"r\", \"q\"]", "matrix.branch: `q` is listed twice"),
        ("matrix.settings.A = [\"q\", \"q\"]", "matrix.settings.A: `q` is listed twice"),
        ("matrix.branch = [\"q\"]\nbuild.branch = \"q\"", "build.branch: the matrix sets it too"),
        ("matrix.settings.A = [\"q\"]\nsettings.A = \"\"", "settings.A: the matrix sets it too"),
        (
            "matrix.branch = [\"b\"]\nexpect.skip = \"{tag}\"",
            "no value for the placeholder `{tag}`: the matrix has no `tag`",
        ),
        ("matrix.branch = [\"b\"]\n[[case]]\nname = \"a [branch=b]\"", "has the same name"),
    ] {
        let error = parse("bad.toml", &format!("[[case]]\nname = \"a\"\n{part}")).unwrap_err();
        assert!(error.to_string().contains(problem), "{part:?}: {error}");
    }
}

#[test]
fn a_matrix_overrides_its_file() {
    let text = "build.branch = \"b\"\n[[case]]\nname = \"a\"\nmatrix.branch = [\"c\"]";
    assert_eq!(parse("good.toml", text).unwrap()[0].build.branch, "c");
}

#[track_caller]
fn assert_problem(text: &str, line: usize, problem: &str) {
    let error = parse("bad.toml", text).unwrap_err();
    let [found, ..] = error.problems.as_slice() else { panic!("{error}") };
    assert!(found.line == line && found.text.contains(problem), "{text:?}: {error}");
}

#[test]
fn the_problems_of_all_cases_are_reported_at_once() {
    let text = r#"
[[case]]
name = "a"
build.brunch = "x"

[[case]]
name = "good"
expect.skip = "No."

[[case]]
name = "b"
expect.images = [{ tgas = [] }, { name = 5 }]

[[case]]
name = "c"
build.number = "3"
[case.expect]
skip = "No."
"#;
    let error = parse("bad.toml", text).unwrap_err();
    let lines: Vec<usize> = error.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [4, 10, 10, 16], "{error}");
    let message = error.to_string();
    assert!(message.starts_with("bad.toml has 4 problems:\n  - bad.toml:4: "), "{message}");
    assert!(message.contains("bad.toml:16: case.build.number: expected a non-negative"), "{message}");
}
