use clap::CommandFactory as _;

use super::*;

const VERBS: [&str; 6] = ["run", "plan", "verify", "config", "status", "rollback"];

/// A verb's help: the long one, or the short one.
fn help(verb: &str, long: bool) -> String {
    let mut cli = Cli::command();
    cli.build();
    let verb = cli.find_subcommand_mut(verb).unwrap();
    if long { verb.render_long_help().to_string() } else { verb.render_help().to_string() }
}

fn refused(arguments: &[&str]) -> String {
    let arguments = [&["ecs-host", "run"], arguments].concat();
    Cli::try_parse_from(arguments).unwrap_err().to_string()
}

#[test]
fn every_help_fits_a_terminal_and_ends_with_examples_and_exit_codes() {
    for verb in VERBS {
        for long in [false, true] {
            let help = help(verb, long);
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{verb}: {line}");
            }
            let (_, end) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{help}"));
            assert!(end.starts_with(&format!("  ecs-host {verb}")), "{help}");
            assert!(end.contains("Exit codes:"), "{help}");
        }
    }
}

#[test]
fn the_policy_stands_before_the_options_and_each_flag_under_its_heading() {
    for verb in ["run", "plan", "verify"] {
        let help = help(verb, true);
        let place = |text: &str| help.find(text).unwrap_or_else(|| panic!("{verb}: no `{text}`\n{help}"));
        assert!(place("Arguments:\n  [POLICY]") < place("Options:\n"));
        assert!(place("Options:\n") < place("--region"), "{help}");
        let next = help[place("--region")..].find("\nThe ").unwrap();
        assert!(help[place("--region")..][..next].contains("--docker"), "{help}");
        assert_eq!(help.matches("The rollout:").count(), 1, "{help}");
    }
}

#[test]
fn each_verb_shows_the_flags_that_it_makes_use_of_and_takes_all_of_a_run() {
    let (plan, verify) = (help("plan", true), help("verify", true));
    assert!(!plan.contains("--on-failure") && plan.contains("--force"), "{plan}");
    assert!(verify.contains("--keep") && verify.contains("check the permission to stop"), "{verify}");
    assert!(!verify.contains("--poll") && !verify.contains("--no-wait"), "{verify}");
    let line = ["--on-failure", "roll-back", "--keep", "3", "--poll", "1", "--no-wait", "--dry-run"];
    for verb in ["run", "plan", "verify"] {
        Cli::try_parse_from([&["ecs-host", verb][..], &line[..]].concat()).unwrap();
    }
}

#[test]
fn a_value_that_can_be_none_says_what_is_wanted() {
    for (flag, value, wanted) in [
        ("--policy-memory", "0", "a whole number from 1"),
        ("--policy-fuel", "x", "a whole number from 1"),
        ("--job", "0", "a whole number from 1"),
        ("--build-number", "-1", "a whole number from 0"),
        ("--commit-time", "yesterday", "a whole number from 0"),
        ("--keep", "0", "a whole number from 1"),
        ("--repository", "foo", "`example/simple-todo`"),
        ("--repository", "foo/", "`example/simple-todo`"),
    ] {
        let argument = format!("{flag}={value}");
        let error = refused(&[&argument]);
        assert!(error.contains(wanted) && error.contains(flag), "{error}");
    }
    Cli::try_parse_from(["ecs-host", "run", "--repository", "group/team/app", "--job", "1"]).unwrap();
}
