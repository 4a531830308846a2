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
    let waits = |text: &str, times: usize| {
        let said = || out.so_far().matches(text).count() + err.so_far().matches(text).count() >= times;
        let heard = eventually("it says so", RUN_TIMEOUT, || Ok(said().then_some(())));
        heard.unwrap_or_else(|error| panic!("{error}: {text}\n{}{}", out.so_far(), err.so_far()));
    };
    waits("watching for changes", 1);
    assert!(out.so_far().contains("2 passed, 1 failed"), "{}", out.so_far());
    let text = folder.read("cases.toml");
    folder.write("cases.toml", &text.replace("todo-prod", "todo-master"));
    waits("3 passed in", 1);
    waits("watching for changes", 2);
    folder.write("cases.toml", "not a case");
    waits("error:", 1);
    waits("watching for changes", 3);
    folder.write("cases.toml", &text);
    waits("2 passed, 1 failed", 2);
}
