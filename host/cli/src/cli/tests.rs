use clap::CommandFactory as _;

use super::*;
use crate::config::{COMMAND_LINE_ONLY, KEYS};

/// A verb's help: the long one, or the short one.
fn help(verb: &str, long: bool) -> String {
    let mut cli = Cli::command();
    cli.build();
    let verb = cli.find_subcommand_mut(verb).unwrap();
    if long { verb.render_long_help().to_string() } else { verb.render_help().to_string() }
}

/// The error of a command line that is rejected.
fn error(arguments: &[&str]) -> String {
    let arguments = [&["ecs-host", "run"], arguments].concat();
    Cli::try_parse_from(arguments).unwrap_err().to_string()
}

#[test]
fn every_help_fits_into_80_columns_and_ends_with_examples_and_exit_codes() {
    let cli = Cli::command();
    for verb in cli.get_subcommands().map(clap::Command::get_name) {
        for long in [false, true] {
            let help = help(verb, long);
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{verb}: {line}");
            }
            let (_, end) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{help}"));
            assert!(end.starts_with(&format!("  ecs-host {verb}")), "{help}");
            assert!(end.contains("Exit codes:\n    0  "), "{help}");
        }
    }
}

#[test]
fn help_lists_arguments_before_options_and_options_by_heading() {
    for verb in ["run", "plan", "verify"] {
        let help = help(verb, true);
        let position = |text: &str| help.find(text).unwrap_or_else(|| panic!("{verb}: no `{text}`\n{help}"));
        assert!(position("Arguments:\n  [POLICY]") < position("\nOptions:\n"));
        assert!(position("\nOptions:\n") < position("--region"), "{help}");
        assert!(position("--region") < position("Build options"), "{help}");
        assert!(position("--docker") < position("Build options"), "{help}");
        assert_eq!(help.matches("\nRollout options:").count(), 1, "{help}");
    }
}

#[test]
fn plan_and_verify_accept_all_flags_of_run_and_show_those_with_an_effect() {
    let (plan, verify) = (help("plan", true), help("verify", true));
    assert!(!plan.contains("--on-failure <") && plan.contains("--force"), "{plan}");
    assert!(verify.contains("--keep") && verify.contains("check the permission to stop"), "{verify}");
    assert!(!verify.contains("--poll") && !verify.contains("--no-wait"), "{verify}");
    let line = ["--on-failure", "roll-back", "--keep", "3", "--poll", "1", "--no-wait", "--dry-run"];
    for verb in ["run", "plan", "verify"] {
        Cli::try_parse_from([&["ecs-host", verb][..], &line[..]].concat()).unwrap();
    }
}

#[test]
fn an_invalid_value_states_what_is_expected() {
    for (flag, value, expected) in [
        ("--policy-memory", "0", "expected an integer from 1 to 1048576"),
        ("--policy-fuel", "x", "expected a positive integer"),
        ("--job", "0", "expected a positive integer"),
        ("--build-number", "-1", "expected a non-negative integer"),
        ("--commit-time", "yesterday", "expected a non-negative integer"),
        ("--keep", "0", "expected a positive integer"),
        ("--timeout", "0", "expected more than 0 and at most 86400 seconds"),
        ("--repository", "foo", "`example/simple-todo`"),
        ("--repository", "foo/", "`example/simple-todo`"),
    ] {
        let argument = format!("{flag}={value}");
        let error = error(&[&argument]);
        assert!(error.contains(expected) && error.contains(flag), "{error}");
    }
    Cli::try_parse_from(["ecs-host", "run", "--repository", "group/team/app", "--job", "1"]).unwrap();
}

#[test]
fn every_flag_is_a_key_or_of_the_command_line_only() {
    let command = Cli::command();
    let is_known = |name: &str| COMMAND_LINE_ONLY.contains(&name) || KEYS.iter().any(|key| key.name == name);
    let verbs = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let mut flags = verbs.chain(command.get_arguments()).filter_map(clap::Arg::get_long);
    assert_eq!(flags.find(|name| !is_known(name)), None);
}

#[test]
fn every_key_is_a_flag_or_an_argument_of_a_verb() {
    let command = Cli::command();
    for key in &KEYS {
        let is_it = |arg: &clap::Arg| arg.get_long() == Some(key.name) || arg.get_id() == key.name;
        assert!(command.get_subcommands().any(|verb| verb.get_arguments().any(is_it)), "{}", key.name);
    }
}
