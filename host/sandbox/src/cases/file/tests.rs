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
            "unknown field `\\u{1b}[2J#\\u{23}[error]`, expected one of `build`",
        ),
        ("\n[settings]\nA = 5", 3, "settings.A: invalid type: integer `5`, expected a string"),
        ("facts.service = []", 1, "unknown field `service`, expected one of `services`, "),
        ("facts.services = \"web\"", 1, "facts.services: invalid type: string \"web\", expected a sequence"),
        ("facts.images = [\"web\"]", 1, "facts.images: invalid type: string \"web\", expected struct"),
        ("[[case]]\nname = \"a\\u202eb\"", 1, "one line of visible characters"),
        ("[[case]]\nname = [\"a\"]", 2, "case.name: invalid type: sequence, expected a string"),
        ("", 1, "the file contains no case"),
        ("[[case]]\nname = \"a\"\n[[case]]\nname = \"a\"\n", 3, "has the same name"),
    ] {
        assert_problem(text, line, problem);
    }
}

#[test]
fn a_problem_in_a_case_is_reported_with_its_key() {
    for (part, line, problem) in [
        ("build.brunch = \"b\"", 3, "unknown field `brunch`, expected one of `provider`, "),
        ("build = { job = \"x\" }", 3, "case.build.job: invalid type: string \"x\", expected u32"),
        ("build.number = \"3\"", 3, "case.build.number: invalid type: string \"3\", expected u64"),
        ("build.number = -1", 3, "case.build.number: invalid value: integer `-1`, expected u64"),
        ("build.number = 1.5", 3, "case.build.number: invalid type: floating point `1.5`, expected u64"),
        ("build.tag = \"\"", 1, "invalid git tag"),
        ("build.job = 0", 1, "invalid job"),
        ("build.pull-request.is-fork = true", 1, "pull-request: expected a `number` beside its other fields"),
        (
            "expect.images = [{ source.build.arguments = { contains = [\"A\"] } }]",
            1,
            "expected a name and a value",
        ),
        (
            "build.pull-request = 3",
            3,
            "case.build.pull-request: invalid type: integer `3`, expected a table, such as",
        ),
        ("build.branch = true", 3, "case.build.branch: invalid type: boolean `true`, expected a string"),
        ("build.event = 3", 3, "case.build.event: "),
        ("build.event = \"pull\"", 3, "case.build.event: unknown variant `pull`, expected one of `push`, "),
        ("build = \"master\"", 3, "case.build: invalid type: string \"master\", expected struct"),
        ("build.commit = \"3f2a\"", 1, "3f2a"),
        (
            "expect = \"skip\"",
            3,
            "case.expect: invalid type: string \"skip\", expected a table, such as `expect.skip = \"REASON\"`",
        ),
        ("expect.skips = \"b\"", 3, "unknown field `skips`, expected one of `skip`, "),
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
        ("matrix.settings = 3", "invalid type: integer `3`, expected a map"),
        ("matrix.branch = \"q\"", "matrix.branch: expected a list of values, found \"q\""),
        ("matrix.settings.A = \"q\"", "matrix.settings.A: expected a list of values, found \"q\""),
        ("matrix.settings.A = [\"q\", 5]", "matrix.settings.A[1]: expected a string, found 5"),
        ("matrix.brunch = [\"b\"]", "matrix: unknown field `brunch`; did you mean `branch`?"),
        (
            "matrix.zzz = [\"b\"]",
            "matrix: unknown field `zzz`; expected one of provider, repository, branch, ",
        ),
        ("matrix.number = [1, \"2\"]", "matrix.number[1]: invalid type: string \"2\", expected u64"),
        ("matrix.pull-request = [3]", "matrix.pull-request[0]: invalid type: "),
        ("matrix.event = [\"x\"]", "matrix.event[0]: unknown variant `x`, expected one of `push`, "),
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
    assert!(message.contains("bad.toml:16: case.build.number: invalid type: string"), "{message}");
}
