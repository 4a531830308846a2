//! An arbitrary `deploy-rules.toml`, and after a NUL an arbitrary build: the policy `rules` decides without a panic, and
//! every reason against a decision names a line of the file. The component in the sandbox decides the same, and the
//! host accepts each of its deployments.
//!
//! The modules of the policy are compiled into this program, so that the inputs are led by what they reach there. A
//! component is not instrumented.
#![no_main]
#![allow(dead_code, reason = "only the policy itself uses the rest of its modules")]

extern crate alloc;

#[path = "../../../../guest/rules/src/answer/mod.rs"]
mod answer;
mod build;
#[path = "../../../../guest/rules/src/decide.rs"]
mod decide;
#[path = "../../../../guest/rules/src/expand.rs"]
mod expand;
#[path = "../../../../guest/rules/src/file/mod.rs"]
mod file;
#[path = "../../../../guest/rules/src/grammar/mod.rs"]
mod grammar;
#[path = "../../../../guest/rules/src/matching.rs"]
mod matching;
#[path = "../../../../guest/rules/src/pattern.rs"]
mod pattern;
#[path = "../printed.rs"]
mod printed;
#[path = "../../../../guest/rules/src/problem.rs"]
mod problem;
mod sandboxed;
#[path = "../../../../guest/rules/src/settings.rs"]
mod settings;
#[path = "../../../../guest/rules/src/template.rs"]
mod template;
#[path = "../text.rs"]
mod text;

use build::{DrawnBuild, to_guest};
use decide::{Decision, decide};
use libfuzzer_sys::arbitrary::{Arbitrary as _, Unstructured};
use libfuzzer_sys::fuzz_target;
use matching::Changes;
use model::text::printable_text;
use printed::assert_lines;

fuzz_target!(|bytes: &[u8]| {
    let (file, draw) = match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    let file = String::from_utf8_lossy(file);
    let Ok(drawn) = DrawnBuild::arbitrary(&mut Unstructured::new(draw)) else { return };
    let Ok(build) = drawn.build().checked() else { return };
    let (settings, changed) = (drawn.settings(), drawn.changed());
    let guest_build = to_guest(&build, &settings);
    let mut changes = ChangedFiles(build.base_commit.as_ref().map(|_| &changed));
    let decision = decide(&file, &guest_build, &mut changes);
    assert_eq!(decision, decide(&file, &guest_build, &mut changes), "the second decision differs");
    if let Err(error) = &decision {
        assert_located(&file, error);
    }
    // The component takes most of the time of an input.
    if matches!(decision, Ok(Decision::Deploy(..))) || bytes.len() % 16 == 0 {
        sandboxed::assert_same(&file, &build, &settings, changed, &decision);
    }
});

struct ChangedFiles<'a>(Option<&'a Result<Vec<String>, String>>);

impl Changes for ChangedFiles<'_> {
    fn paths(&mut self) -> Result<Option<&[String]>, String> {
        match self.0 {
            Some(Ok(paths)) => Ok(Some(paths)),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(None),
        }
    }
}

/// Asserts that a reason is one line with a position in the file, a list of such lines, or about its size.
fn assert_located(file: &str, error: &str) {
    let lines: Vec<&str> = error.split('\n').collect();
    assert_lines(&printable_text(error));
    match lines.as_slice() {
        [problem] if problem.starts_with("deploy-rules.toml has ") => {
            assert!(file.len() > 1 << 16, "{problem}");
        }
        [problem] => assert_position(file, problem),
        [title, problems @ ..] => {
            assert!(title.starts_with("deploy-rules.toml has ") && title.ends_with(" problems:"), "{error}");
            for problem in problems {
                match problem.strip_prefix("- and ").and_then(|rest| rest.strip_suffix(" more")) {
                    Some(count) => assert!(count.parse::<usize>().is_ok_and(|count| count > 0), "{error}"),
                    None => assert_position(file, problem.strip_prefix("- ").unwrap_or(problem)),
                }
            }
        }
        [] => unreachable!("a text has a line"),
    }
}

fn assert_position(file: &str, problem: &str) {
    let mut parts = problem.splitn(4, ':');
    assert_eq!(parts.next(), Some("deploy-rules.toml"), "{problem}");
    let mut number = || parts.next().and_then(|number| number.parse::<usize>().ok()).unwrap_or_default();
    let (line, column) = (number(), number());
    let text = line.checked_sub(1).and_then(|line| file.split('\n').nth(line));
    let columns = 1..=text.map_or(0, |text| text.chars().count() + 1);
    assert!(columns.contains(&column), "{problem}: no such place in\n{file}");
}
