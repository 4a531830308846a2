//! `--watch`: the cases run again when something changes.

use std::process::Stdio;

use super::{Folder, ONE_FAILS};
use crate::run::{KillOnDrop, RUN_TIMEOUT, Reader};
use crate::wait::eventually;

#[test]
fn a_change_runs_the_cases_again() {
    let folder = Folder::of(ONE_FAILS);
    let mut command = folder.command("built-in", &["cases.toml", "--watch"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let out = Reader::of(child.stdout.take().expect("a pipe"));
    let err = Reader::of(child.stderr.take().expect("a pipe"));
    let _child = KillOnDrop(child);
    let wait_for = |text: &str, times: usize| {
        let has_appeared = || out.text().matches(text).count() + err.text().matches(text).count() >= times;
        let result = eventually("the text appears", RUN_TIMEOUT, || Ok(has_appeared().then_some(())));
        result.unwrap_or_else(|error| panic!("{error}: {text}\n{}{}", out.text(), err.text()));
    };
    wait_for("watching for changes", 1);
    assert!(out.text().contains("2 passed, 1 failed"), "{}", out.text());
    let text = folder.read("cases.toml");
    folder.write("cases.toml", &text.replace("todo-prod", "todo-master"));
    wait_for("3 passed in", 1);
    wait_for("watching for changes", 2);
    folder.write("cases.toml", "not a case");
    wait_for("error:", 1);
    wait_for("watching for changes", 3);
    folder.write("cases.toml", &text);
    wait_for("2 passed, 1 failed", 2);
}
