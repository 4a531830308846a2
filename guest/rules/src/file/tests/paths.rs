//! Patterns of `changed`.

use super::*;

#[test]
fn a_pattern_that_matches_no_path_is_a_mistake_that_names_the_right_one() {
    for (pattern, expected) in [
        ("worker/", "write `worker/**`"),
        ("./worker/**", "write `worker/**`"),
        ("/worker/**", "write `worker/**`"),
        ("/worker/", "write `worker/**`"),
        ("!./docs/", "write `!docs/**`"),
        ("worker/**/", "write `worker/**`"),
        ("a//b", "write `a/b`"),
        ("../web/*.rs", "write `web/*.rs`"),
        (".", "write `**`"),
        ("/", "write `**`"),
        ("!docs/** !*.md", "`docs/** !*.md` has a space in it: write several patterns as a list"),
        (" web/**", "has a space in it"),
    ] {
        for text in [
            VALID.replace("branch = \"main\"", &format!("changed = [\"x\", \"{pattern}\"]")),
            [VALID, &format!("changed = \"{pattern}\"\n")].concat(),
        ] {
            let problems = problems(&text);
            let [problem] = problems.as_slice() else { panic!("{pattern}: {problems:#?}") };
            let is_located = problem.starts_with("2:17: ") || problem.starts_with("13:11: ");
            assert!(is_located && problem.contains(expected), "{pattern}: {problem}");
        }
    }
    for pattern in ["worker", "Makefile", "!docs", ".github/**", "..a/*", "a..b", "**", "**/*.md", "[id].tsx"]
    {
        File::parse(&[VALID, &format!("changed = \"{pattern}\"\n")].concat()).unwrap();
    }
}
