use std::time::Duration;

use super::*;
use crate::cli::{Action, Origin};
use model::lookup::Grant;
use model::source::PolicySource;

/// What comes of a command line beside a file of this text.
fn beside(text: &str, arguments: &[&str], environment: &Environment) -> Result<Invocation, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, text).unwrap();
    let arguments = ["ecs-host"].iter().chain(arguments).map(OsString::from);
    let named = [OsString::from("--config"), file.into_os_string()];
    parse(arguments.chain(named), environment).map_err(|error| error.to_string())
}

fn invoked(text: &str, arguments: &[&str]) -> Invocation {
    beside(text, arguments, &Environment::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn run(text: &str, arguments: &[&str]) -> crate::cli::RunArgs {
    match invoked(text, &[&["run"], arguments].concat()).verb {
        Verb::Run(args) => args,
        other => panic!("{other:?}"),
    }
}

const ALL: &str = "
policy = '/policies/todo.wasm'
allow = ['ecs:read', 'ecr:read']
allow-secret = ['NPM_TOKEN']
policy-fuel = 5
timeout = 60
on-failure = 'roll-back'
fail-fast = true
keep = 3
docker = 'podman'
";

#[test]
fn the_file_says_what_the_command_line_does_not() {
    let args = run(ALL, &[]);
    assert_eq!(args.plan.policy, Some(PolicySource::File("/policies/todo.wasm".into())));
    assert_eq!(args.plan.sandbox.grants(), [Grant::EcsRead, Grant::EcrRead].into());
    assert_eq!(args.plan.sandbox.limits.allowed_secrets, ["NPM_TOKEN"]);
    assert_eq!(args.plan.sandbox.limits.limits().fuel, 5);
    assert_eq!((args.rollout.timeout, args.rollout.keep), (Duration::from_secs(60), Some(3)));
    assert_eq!((args.rollout.on_failure, args.rollout.fail_fast), (Action::RollBack, true));
    assert_eq!((args.plan.docker.display().to_string(), args.plan.rebuild), ("podman".into(), false));
    // What it does not say is as it was.
    assert_eq!(args.rollout.poll, Duration::from_secs(5));
}

#[test]
fn the_command_line_wins() {
    let line = "--allow ecr:read --timeout 7 --on-failure leave --fail-fast=false --rebuild --docker nerdctl";
    let args = run(ALL, &line.split(' ').collect::<Vec<_>>());
    assert_eq!(args.plan.sandbox.grants(), [Grant::EcrRead].into());
    assert_eq!((args.rollout.timeout, args.rollout.on_failure), (Duration::from_secs(7), Action::Leave));
    assert_eq!((args.rollout.fail_fast, args.plan.rebuild), (false, true));
    assert_eq!(args.plan.docker.display().to_string(), "nerdctl");
}

#[test]
fn another_policy_gets_nothing_that_was_meant_for_the_file_s_own() {
    let text = format!("{ALL}\npolicy-digest = 'sha256:{}'", "a".repeat(64));
    let own = run(&text, &["/policies/todo.wasm"]);
    assert!(own.plan.pin.policy_digest.is_some() && own.plan.sandbox.grants.len() == 2);
    let other = run(&text, &["stranger.wasm"]);
    assert_eq!(other.plan.policy, Some(PolicySource::File("stranger.wasm".into())));
    assert!(other.plan.pin.policy_digest.is_none() && other.plan.sandbox.grants.is_empty());
    assert!(other.plan.sandbox.limits.allowed_secrets.is_empty());
    assert_eq!(other.rollout.timeout, Duration::from_secs(60));
    // A file that names none would speak of whatever is run.
    let error = beside("allow = ['ecs:read']", &["run"], &Environment::default()).err().unwrap();
    assert!(error.contains("c.toml:1: `allow`: it is about the policy that the file names"), "{error}");
}

#[test]
fn a_policy_is_the_same_however_its_path_is_spelled() {
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
fn a_projects_folder_is_its_files() {
    let args = run("", &[]);
    assert!(args.plan.pin.folder.is_absolute());
    let Verb::Lock(args) = invoked("policy = 'p.wasm'", &["lock"]).verb else { panic!("no lock") };
    // A file is not what is locked.
    assert!(args.folder.is_absolute() && args.policy.is_none());
    let text = "policy = 'oci://registry.example.com/p:1'";
    let Verb::Lock(args) = invoked(text, &["lock"]).verb else { panic!("no lock") };
    assert!(args.policy.is_some());
}

#[test]
fn what_test_lacks_is_told_with_both_places_for_it() {
    for (text, arguments) in [("policy = 'built-in'", &["test"][..]), ("", &["test", "cases"])] {
        let error = beside(text, arguments, &Environment::default()).err().unwrap();
        assert!(error.contains("as in `ecs-host test policy.wasm cases`, or say `policy` and"), "{error}");
    }
}

#[test]
fn a_file_gives_what_a_verb_needs() {
    let text = "policy = 'built-in'\ncases = ['/cases']\nthreshold = 90\nmax-fuel = 7";
    let Verb::Test(args) = invoked(text, &["test"]).verb else { panic!("no test") };
    assert_eq!((args.policy, args.cases.len(), args.threshold), (PolicySource::BuiltIn, 1, Some(90)));
    assert_eq!(args.max_fuel, Some(7));
    let Verb::Inspect(args) = invoked(ALL, &["inspect"]).verb else { panic!("no inspect") };
    assert_eq!(args.policy, PolicySource::File("/policies/todo.wasm".into()));
    let Verb::Rollback(args) = invoked(ALL, &["rollback", "a/b"]).verb else { panic!("no rollback") };
    assert_eq!(args.timeout, Duration::from_secs(60));
    // What is published is named where that is done.
    assert!(beside(ALL, &["push", "oci://registry.example.com/p:1"], &Environment::default()).is_err());
}

#[test]
fn the_region_of_the_environment_goes_before_the_file_s() {
    let text = "region = 'eu-central-1'";
    let with = |variables: &[(&str, &str)]| {
        let environment = variables.iter().copied().collect();
        let invocation = beside(text, &["run"], &environment).unwrap_or_else(|error| panic!("{error}"));
        let region = invocation.environment.get("AWS_REGION").map(str::to_owned);
        let setting = invocation.settings.into_iter().find(|setting| setting.key.name == "region").unwrap();
        (region, setting.values.concat(), setting.origin)
    };
    let (region, value, origin) = with(&[]);
    assert_eq!((region.as_deref(), value.as_str()), (Some("eu-central-1"), "eu-central-1"));
    assert!(matches!(origin, Origin::File(_, 1)));
    let (region, value, origin) = with(&[("AWS_DEFAULT_REGION", "us-east-1")]);
    assert_eq!((region, value.as_str()), (None, "us-east-1"));
    assert_eq!(origin, Origin::Variable("AWS_DEFAULT_REGION"));
}

#[test]
fn a_value_that_does_not_do_is_told_by_its_line() {
    for (text, told) in [
        ("\ntimeout = 0", "c.toml:2: `timeout`: `0`: more than 0 and at most 86400 seconds are wanted"),
        ("keep = -1", "`keep`: `-1`: a whole number from 1 is wanted"),
        ("keep = 1.5", "`keep`: `1.5`: a whole number from 1 is wanted"),
        ("policy = 'p'\nallow = ['ecs:write']", "`allow`: `ecs:write`: one of ecs:read, ecr:read is wanted"),
        ("on-failure = 'panic'", "`on-failure`: `panic`: one of leave, roll-back is wanted"),
        ("policy = 'oci://x'", "`policy`: invalid policy reference \"oci://x\""),
        ("region = 'nowhere'", "`region`: invalid AWS region \"nowhere\""),
        ("region = \"a\\n::error::\"", "`region`: invalid AWS region \"a\\n::error::\""),
        ("threshold = 101", "`threshold`: `101`: a whole number from 0 to 100 is wanted"),
        ("policy = 'p'\nallow-secret = ['A B']", "`allow-secret`: invalid variable \"A B\""),
        ("policy-stack = 1", "`policy-stack`: `1`: a whole number from 16 to 1048576 is wanted"),
    ] {
        for verb in ["run", "status"] {
            let error = beside(text, &[verb, "x"], &Environment::default()).err().unwrap();
            assert!(error.contains(told), "{text:?}: {error}");
        }
    }
}

#[test]
fn every_setting_tells_who_says_so() {
    let told = invoked("timeout = 60\npolicy = 'built-in'\nallow = []", &["config", "--keep", "2"]).settings;
    let of = |name: &str| told.iter().find(|setting| setting.key.name == name).unwrap();
    assert!(matches!(of("timeout").origin, Origin::File(_, 1)) && of("timeout").values == ["60"]);
    assert_eq!((&of("keep").origin, of("keep").values.join("")), (&Origin::CommandLine, "2".to_owned()));
    assert_eq!((&of("poll").origin, of("poll").values.join("")), (&Origin::Default, "5".to_owned()));
    assert!(of("allow").values.is_empty() && of("policy").values == ["built-in"]);
    assert_eq!(told.len(), KEYS.len());
}

#[test]
fn help_is_the_program_s_own_and_a_broken_file_stops_neither_it_nor_new() {
    let broken = "x = [";
    let help = beside(broken, &["run", "--help"], &Environment::default()).err().unwrap();
    assert!(help.contains("[default: 900]") && help.contains("--rebuild\n"), "{help}");
    assert!(beside(broken, &["new", "x", "--lang", "rust"], &Environment::default()).is_ok());
    assert!(beside(broken, &["run"], &Environment::default()).err().unwrap().contains("c.toml:1: "));
    let none = ["ecs-host", "run", "--no-config"].map(OsString::from);
    assert!(parse(none, &Environment::default()).is_ok());
}
