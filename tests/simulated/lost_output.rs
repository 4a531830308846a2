//! Output that does not reach its reader.

use crate::app::App;
use crate::run::Run;

/// The verbs that change nothing: their output is all that they do.
fn verbs(app: &App) -> Vec<(&'static str, Run<'_>)> {
    app.write("project/cases/a.toml", "[[case]]\nname = \"a\"\nexpect.error = { matches = \".\" }\n");
    vec![
        ("plan", app.plan()),
        ("plan --format json", app.plan().arg("--format").arg("json")),
        ("status", app.start("status").arg(format!("{0}/{0}", app.name))),
        ("verify", app.start("verify")),
        ("config", app.start("config")),
        ("config --json", app.start("config").arg("--json")),
        ("inspect", app.start("inspect").arg("built-in")),
        ("inspect --wit", app.start("inspect").arg("--wit")),
        ("help", app.start("help")),
        ("run --help", app.run().arg("--help")),
        ("--version", app.start("--version")),
        ("test", app.start("test").arg("built-in").arg("cases")),
    ]
}

/// Connects standard output to the null device, opened for reading only: every write fails.
fn without_stdout(run: Run<'_>) -> Run<'_> {
    run.wrapped_by(&["/bin/sh", "-c", "exec \"$@\" 1</dev/null", "sh"])
}

#[test]
fn a_verb_whose_only_effect_is_its_output_fails_if_that_is_lost() {
    let app = App::new("lost-output");
    for (verb, run) in verbs(&app) {
        println!("{verb}");
        run.with_full_disk().exits(5).prints("cannot write the output to stdout: No space left on device");
    }
    // Rust's own stdout, which prints the help, takes the second as a stream that nobody wants.
    let is_help = |verb: &str| ["help", "run --help", "--version"].contains(&verb);
    for (verb, run) in verbs(&app).into_iter().filter(|(verb, _)| !is_help(verb)) {
        println!("{verb}");
        without_stdout(run).exits(5).prints("cannot write the output to stdout: Bad file descriptor");
    }
    // A reader that closes the pipe has read what it wanted, as `head` does.
    for (verb, run) in verbs(&app) {
        println!("{verb}");
        let run = run.with_closed_stdout().exits(0);
        // Beside a document, the text is on stderr.
        assert!(run.stderr.is_empty() || verb == "plan --format json", "{}", run.stderr);
    }
}

#[test]
fn a_reader_of_events_that_stalls_is_reported_on_stderr() {
    let app = App::new("stalled-reader");
    let run = app.run().arg("--json").arg("--no-wait").with_unread_stdout().exits(5);
    let reason = "cannot write the output to stdout: its reader has read nothing for 5 s";
    assert!(run.stderr.contains(reason), "{}", run.transcript());
    run.within(20);
}
