use std::time::Duration;

use super::*;
use crate::cli::policy::OutcomeArg;
use crate::cli::{Action, Origin};
use model::lookup::Grant;
use model::source::{BuiltIn, ComponentSource};

/// Parses a command line with a file of this text.
fn parse_with(text: &str, arguments: &[&str], environment: &Environment) -> Result<Invocation, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, text).unwrap();
    let arguments = ["ecs-host"].iter().chain(arguments).map(OsString::from);
    let config = [OsString::from("--config"), file.into_os_string()];
    parse(arguments.chain(config), environment).map_err(|error| error.to_string())
}

fn invocation(text: &str, arguments: &[&str]) -> Invocation {
    parse_with(text, arguments, &Environment::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn run(text: &str, arguments: &[&str]) -> crate::cli::RunArgs {
    match invocation(text, &[&["run"], arguments].concat()).verb {
        Verb::Run(args) => args,
        other => panic!("{other:?}"),
    }
}

const ALL: &str = "
policy = '/policies/todo.wasm'
allow = ['ecs:read', 'ecr:read']
policy-fuel = 5
timeout = 60
on-failure = 'roll-back'
fail-fast = true
keep = 3
";

#[test]
fn the_file_sets_what_the_command_line_does_not() {
    let args = run(ALL, &[]);
    assert_eq!(args.plan.policy, Some(ComponentSource::File("/policies/todo.wasm".into())));
    assert_eq!(args.plan.sandbox.grants(), [Grant::EcsRead, Grant::EcrRead].into());
    assert_eq!(args.plan.sandbox.limits().fuel, 5);
    assert_eq!((args.rollout.timeout, args.rollout.keep), (Some(Duration::from_secs(60)), Some(3)));
    assert_eq!((args.rollout.on_failure, args.rollout.fail_fast), (Action::RollBack, true));
    assert_eq!((args.plan.builder.docker.display().to_string(), args.plan.rebuild), ("docker".into(), false));
    // What neither sets has its default.
    assert_eq!(args.rollout.poll, Duration::from_secs(2));
}

#[test]
fn the_command_line_overrides_the_file() {
    let line = "--allow ecr:read --timeout 7 --on-failure leave --fail-fast=false --rebuild --docker nerdctl";
    let args = run(ALL, &line.split(' ').collect::<Vec<_>>());
    assert_eq!(args.plan.sandbox.grants(), [Grant::EcrRead].into());
    assert_eq!(
        (args.rollout.timeout, args.rollout.on_failure),
        (Some(Duration::from_secs(7)), Action::Leave)
    );
    assert_eq!((args.rollout.fail_fast, args.plan.rebuild), (false, true));
    assert_eq!(args.plan.builder.docker.display().to_string(), "nerdctl");
}

#[test]
fn another_policy_gets_no_grant_of_the_file_s_policy() {
    let text = format!("{ALL}\npolicy-digest = 'sha256:{}'", "a".repeat(64));
    let own = run(&text, &["/policies/todo.wasm"]);
    assert!(own.plan.pin.policy_digest.is_some() && own.plan.sandbox.grants.len() == 2);
    let other = run(&text, &["stranger.wasm"]);
    assert_eq!(other.plan.policy, Some(ComponentSource::File("stranger.wasm".into())));
    assert!(other.plan.pin.policy_digest.is_none() && other.plan.sandbox.grants.is_empty());
    assert_eq!(other.rollout.timeout, Some(Duration::from_secs(60)));
    // In a file without a policy the grant would apply to any policy.
    let error = parse_with("allow = ['ecs:read']", &["run"], &Environment::default()).err().unwrap();
    assert!(error.contains("c.toml:1: `allow`: applies only to the policy that the file names"), "{error}");
}

#[test]
fn paths_with_different_spellings_name_one_policy() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.wasm"), "").unwrap();
    std::fs::create_dir(folder.path().join("d")).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let text = format!("policy = '{}'\nallow = ['ecs:read']", path("p.wasm"));
    for (spelled, grants) in [("p.wasm", 1), ("./p.wasm", 1), ("d/../p.wasm", 1), ("d", 0), ("none", 0)] {
        assert_eq!(run(&text, &[&path(spelled)]).plan.sandbox.grants.len(), grants, "{spelled}");
    }
}

#[test]
fn the_project_s_folder_is_that_of_its_file() {
    let args = run("", &[]);
    assert!(args.plan.pin.folder.is_absolute());
    let Verb::Lock(args) = invocation("policy = 'p.wasm'", &["lock"]).verb else { panic!("no lock") };
    // A policy in a file cannot be locked.
    assert!(args.folder.is_absolute() && args.policy.is_none());
    let text = "policy = 'oci://registry.example.com/p:1'";
    let Verb::Lock(args) = invocation(text, &["lock"]).verb else { panic!("no lock") };
    assert!(args.policy.is_some());
}

#[test]
fn test_without_cases_states_both_ways_to_name_them() {
    for (text, arguments) in [("policy = 'built-in'", &["test"][..]), ("", &["test", "cases"])] {
        let error = parse_with(text, arguments, &Environment::default()).err().unwrap();
        assert!(error.contains("as in `ecs-host test policy.wasm cases`, or set `policy` and"), "{error}");
    }
}

#[test]
fn arguments_have_their_places_beside_a_file_that_sets_one_of_them() {
    for text in ["policy = 'built-in'", "cases = ['more']", ""] {
        let Verb::Test(args) = invocation(text, &["test", "p.wasm", "cases"]).verb else { panic!("no test") };
        assert_eq!(args.policy, ComponentSource::File("p.wasm".into()), "{text}");
        assert_eq!(args.cases, [PathBuf::from("cases")], "{text}");
    }
}

#[test]
fn a_file_sets_the_arguments_of_other_verbs_too() {
    let text = "policy = 'built-in'\ncases = ['/cases']\nrequire-outcomes = ['deploy', 'skip']\nmax-fuel = 7";
    let Verb::Test(args) = invocation(text, &["test"]).verb else { panic!("no test") };
    assert_eq!(
        (args.policy, args.cases.len(), args.require_outcomes.len()),
        (ComponentSource::BuiltIn(BuiltIn::Travis), 1, 2)
    );
    assert_eq!(args.max_fuel, Some(7));
    let Verb::Inspect(args) = invocation(ALL, &["inspect"]).verb else { panic!("no inspect") };
    assert_eq!(args.policy, ComponentSource::File("/policies/todo.wasm".into()));
    let Verb::Rollback(args) = invocation(ALL, &["rollback", "a/b"]).verb else { panic!("no rollback") };
    assert_eq!(args.timeout, Some(Duration::from_secs(60)));
    // The policy that `push` publishes is named on the command line only.
    assert!(parse_with(ALL, &["push", "oci://registry.example.com/p:1"], &Environment::default()).is_err());
}

#[test]
fn only_the_flag_build_runs_the_command_of_a_file() {
    let text = "policy = '/p.wasm'\ncases = ['/cases']\nbuild = 'make build'";
    let args = |arguments: &[&str]| match invocation(text, &[&["test"], arguments].concat()).verb {
        Verb::Test(args) => args,
        _ => panic!("no test"),
    };
    assert_eq!(args(&[]).build, None);
    assert_eq!(args(&["--build"]).build, Some(None));
    assert_eq!(args(&["--build", "make it"]).build, Some(Some("make it".to_owned())));
    let own = args(&[]).project_build.unwrap();
    assert_eq!(own.command, "make build");
    assert!(own.folder.is_absolute());
    // It builds the policy of the file, and no other.
    assert_eq!(args(&["other.wasm"]).project_build, None);
    assert!(parse_with(text, &["run", "--build"], &Environment::default()).is_err());
}

#[test]
fn required_outcomes_are_listed_behind_an_equals_sign() {
    let outcomes =
        |arguments: &[&str]| match invocation("", &[&["test", "p.wasm", "c"], arguments].concat()).verb {
            Verb::Test(args) => args.require_outcomes,
            _ => panic!("no test"),
        };
    assert_eq!(outcomes(&[]), []);
    assert_eq!(outcomes(&["--require-outcomes"]), [OutcomeArg::All]);
    assert_eq!(outcomes(&["--require-outcomes=deploy,skip"]), [OutcomeArg::Deploy, OutcomeArg::Skip]);
}

#[test]
fn the_environment_s_region_overrides_the_file_s() {
    let text = "region = 'eu-central-1'";
    let with = |variables: &[(&str, &str)]| {
        let environment = variables.iter().copied().collect();
        let invocation = parse_with(text, &["run"], &environment).unwrap_or_else(|error| panic!("{error}"));
        let region = invocation.environment.get("AWS_REGION").map(str::to_owned);
        let config_value =
            invocation.config_values.into_iter().find(|value| value.key.name == "region").unwrap();
        (region, config_value.values.concat(), config_value.origin)
    };
    let (region, value, origin) = with(&[]);
    assert_eq!((region.as_deref(), value.as_str()), (Some("eu-central-1"), "eu-central-1"));
    assert!(matches!(origin, Origin::File(_, 1)));
    let (region, value, origin) = with(&[("AWS_DEFAULT_REGION", "us-east-1")]);
    assert_eq!((region, value.as_str()), (None, "us-east-1"));
    assert_eq!(origin, Origin::Variable("AWS_DEFAULT_REGION"));
}

#[test]
fn an_invalid_value_is_an_error_with_its_line() {
    for (text, message) in [
        (
            "\ntimeout = 0",
            "c.toml:2: `timeout`: invalid value `0`: expected more than 0 and at most 86400 seconds",
        ),
        ("keep = -1", "`keep`: invalid value `-1`: expected a positive integer"),
        ("keep = 1.5", "`keep`: invalid value `1.5`: expected a positive integer"),
        (
            "policy = 'p'\nallow = ['ecs:write']",
            "`allow`: invalid value `ecs:write`: expected one of ecs:read, ecr:read",
        ),
        ("on-failure = 'panic'", "`on-failure`: invalid value `panic`: expected one of leave, roll-back"),
        ("policy = 'oci://x'", "`policy`: invalid policy reference \"oci://x\""),
        ("region = 'nowhere'", "`region`: invalid AWS region \"nowhere\""),
        ("region = \"a\\n::error::\"", "`region`: invalid AWS region \"a\\n::error::\""),
        (
            "require-outcomes = ['all', 'x']",
            "`require-outcomes`: invalid value `x`: expected one of all, deploy, skip, allow, deny, error, settings",
        ),
        ("build = 'make'", ":1: `build`: applies only to the policy that the file names"),
        ("policy = 'p'\nallow-secret = ['A B']", "`allow-secret`: invalid variable \"A B\""),
        ("policy-stack = 1", "`policy-stack`: invalid value `1`: expected an integer from 16 to 1048576"),
    ] {
        for verb in ["run", "status"] {
            let error = parse_with(text, &[verb, "x"], &Environment::default()).err().unwrap();
            assert!(error.contains(message), "{text:?}: {error}");
        }
    }
}

#[test]
fn every_setting_has_its_origin() {
    let config_values =
        invocation("timeout = 60\npolicy = 'built-in'\nallow = []", &["config", "--keep", "2"]).config_values;
    let config_value = |name: &str| config_values.iter().find(|value| value.key.name == name).unwrap();
    assert!(
        matches!(config_value("timeout").origin, Origin::File(_, 1))
            && config_value("timeout").values == ["60"]
    );
    assert_eq!(
        (&config_value("keep").origin, config_value("keep").values.join("")),
        (&Origin::CommandLine, "2".to_owned())
    );
    assert_eq!(
        (&config_value("poll").origin, config_value("poll").values.join("")),
        (&Origin::Default, "2".to_owned())
    );
    assert!(config_value("allow").values.is_empty() && config_value("policy").values == ["built-in"]);
    assert_eq!(config_values.len(), KEYS.len());
}

#[test]
fn help_and_new_ignore_a_broken_file() {
    let broken = "x = [";
    let help = parse_with(broken, &["run", "--help"], &Environment::default()).err().unwrap();
    assert!(help.contains("[default: 2]") && help.contains("--rebuild\n"), "{help}");
    assert!(parse_with(broken, &["new", "x", "--lang", "rust"], &Environment::default()).is_ok());
    assert!(parse_with(broken, &["run"], &Environment::default()).err().unwrap().contains("c.toml:1: "));
    let none = ["ecs-host", "run", "--no-config"].map(OsString::from);
    assert!(parse(none, &Environment::default()).is_ok());
}
