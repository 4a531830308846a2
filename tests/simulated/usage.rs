//! The messages about a wrong command line and a wrong file: they contain no secret, and are of a bounded length.

use crate::app::{App, REGION};
use crate::run::Run;

/// A token in the form of GitHub's.
const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ456789";

/// A password that only its variable shows to be one.
const PASSWORD: &str = "hunter2-hunter2";

fn is_hidden(run: Run<'_>) {
    let run = run.set("DB_PASSWORD", PASSWORD).exits(2);
    run.prints("error: ").prints("***").does_not_print(TOKEN).does_not_print("hunter2").called_nothing();
}

#[test]
fn a_secret_on_the_command_line_is_in_no_message_about_it() {
    let app = App::bare("usage-secret", REGION);
    let url = format!("https://me:{PASSWORD}@git.example");
    let (option, parameter) = (format!("--{TOKEN}"), format!("--brunch=?token={PASSWORD}"));
    let artifact = format!("oci://registry.example.com/{TOKEN}@");
    for arguments in [
        &["--timeout", TOKEN] as &[&str],
        &["--timeout", PASSWORD],
        &["--poll", "--timeout", TOKEN],
        &["built-in", TOKEN],
        &["built-in", PASSWORD],
        &[&option],
        &[&parameter, PASSWORD],
        &["--repository", &url],
        &["--base", TOKEN],
        &["--allow-secret", TOKEN, "--allow-secret", "0"],
        &[&artifact],
    ] {
        // The last argument is the wrong one, and the message repeats it.
        let run = arguments.iter().fold(app.run(), |run, argument| run.arg(*argument));
        let run = run.set("DB_PASSWORD", PASSWORD).exits(2);
        run.prints("error: ").does_not_print(TOKEN).does_not_print("hunter2").called_nothing();
    }
    is_hidden(app.run().arg("--timeout").arg(TOKEN));
    is_hidden(app.run().arg("built-in").arg(PASSWORD));
    is_hidden(app.start(TOKEN));
    // A message of a later stage is printed by another way.
    is_hidden(app.run().arg("--commit").arg(TOKEN));
}

#[test]
fn a_secret_in_the_project_s_file_is_in_no_message_about_it() {
    let app = App::bare("usage-file-secret", REGION);
    for line in [
        format!("timeout = \"{TOKEN}\""),
        format!("region = \"{TOKEN}\""),
        format!("base = \"{PASSWORD}\""),
        format!("{TOKEN} = 1"),
    ] {
        app.write("project/ecs-host.toml", &line);
        let run = app.run().set("DB_PASSWORD", PASSWORD).exits(2);
        run.prints("ecs-host.toml:1: ").does_not_print(TOKEN).does_not_print("hunter2").called_nothing();
    }
}

#[test]
fn a_secret_in_the_project_s_file_is_hidden_by_the_stages_that_follow() {
    let app = App::bare("usage-later-secret", REGION);
    app.write("project/ecs-host.toml", &format!("policy = 'policies/{TOKEN}'\n"));
    app.run().exits(2).prints("cannot read policy `policies/***`").does_not_print(TOKEN).called_nothing();
}

#[test]
fn config_hides_the_secrets_in_what_it_prints() {
    let app = App::bare("config-secret", REGION);
    app.write(
        "project/ecs-host.toml",
        &format!("policy = 'built-in'\ncases = ['cases/{TOKEN}', 'a\\tb-{PASSWORD}', 'plain']\n"),
    );
    for json in [false, true] {
        let run =
            app.start("config").set("DB_PASSWORD", PASSWORD).arg("--docker").arg(format!("/opt/{TOKEN}"));
        let run = if json { run.arg("--json") } else { run };
        let run = run.exits(0);
        run.prints("cases/***").prints("plain").prints("/opt/***");
        run.does_not_print(TOKEN).does_not_print("hunter2");
    }
}

#[test]
fn a_long_text_of_outside_is_cut_in_messages() {
    let app = App::bare("long-texts", REGION);
    let long = "x".repeat(100_000);
    let is_short = |run: Run<'_>, code: i32, expected: &str| {
        let run = run.exits(code);
        run.prints(expected).prints("… (cut)").called_nothing();
        let length = run.stdout.len() + run.stderr.len();
        assert!(length < 10_000, "{length} bytes are printed");
    };
    for (flag, expected) in [("--timeout", "--timeout"), ("--base", "--base"), ("--commit", "invalid commit")]
    {
        is_short(app.run().arg(flag).arg(&long), 2, expected);
    }
    is_short(app.run().arg("built-in").arg(&long), 2, "unexpected argument");
    is_short(app.run().arg(format!("--{long}")), 2, "unexpected argument");
    is_short(app.start(&long), 2, "unrecognized subcommand");
    is_short(app.run().arg(&long), 2, "cannot read policy");
    for (variable, code, expected) in [
        ("TRAVIS_BRANCH", 2, "invalid branch"),
        ("TRAVIS_TAG", 2, "invalid git tag"),
        ("TRAVIS_COMMIT", 2, "invalid commit"),
        ("TRAVIS_REPO_SLUG", 2, "invalid repository"),
        ("TRAVIS_PULL_REQUEST", 2, "invalid pull request"),
        ("TRAVIS_BUILD_NUMBER", 2, "invalid TRAVIS_BUILD_NUMBER"),
        ("DEPLOY_BRANCHES", 0, "Decision  skip"),
        ("ECS_CLUSTER_MASTER", 3, "ECS_CLUSTER_MASTER"),
        ("IMAGE_NAME", 3, "IMAGE_NAME contains"),
    ] {
        is_short(app.run().set(variable, &long), code, expected);
    }
    app.write("project/ecs-host.toml", &format!("{long} = 1"));
    is_short(app.run(), 2, "unknown key");
    app.write("project/ecs-host.toml", &format!("base = '{long}'"));
    is_short(app.run(), 2, "invalid value");
}

#[test]
fn flags_of_two_kinds_of_builds_are_rejected() {
    let app = App::bare("usage-events", REGION);
    for (flags, expected) in [
        (
            &["--event", "tag"][..],
            "error: --event tag requires the name of the tag: neither the CI provider nor a flag sets it",
        ),
        (
            &["--git-tag", "v1", "--event", "push"],
            "error: --event push contradicts --git-tag: the build of a git tag",
        ),
        (
            &["--pull-request", "7", "--git-tag", "v1"],
            "error: --git-tag contradicts --pull-request: a build is that",
        ),
        (
            &["--pull-request", "no"],
            "'--pull-request <NUMBER>': expected the number of a pull request; leave the flag out",
        ),
    ] {
        let run = flags.iter().fold(app.run(), |run, flag| run.arg(*flag));
        run.exits(2).prints(expected).called_nothing();
    }
}

#[test]
fn colors_are_printed_on_request() {
    let app = App::bare("usage-colors", REGION);
    // In a pipe, and in the log of no CI provider.
    let skip = || app.run().branch("develop").unset("TRAVIS");
    for (run, has_colors) in [
        (skip(), false),
        (skip().set("CLICOLOR_FORCE", "1"), true),
        (skip().set("CLICOLOR_FORCE", "1").arg("--color").arg("never"), false),
        (skip().set("NO_COLOR", "1").arg("--color=always"), true),
    ] {
        let run = run.exits(0);
        assert_eq!(run.stdout.contains("\u{1b}[1mDecision"), has_colors, "{}", run.stdout);
    }
    app.run().arg("--color").arg("red").exits(2).prints("auto, always, never");
}
