use super::*;

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("deploy/ecs-host.toml"), text).map_err(|error| error.to_string())
}

#[test]
fn values_are_converted_to_the_syntax_of_the_command_line() {
    let text = "
        policy = 'policies/todo.wasm'
        allow = ['ecs:read', 'ecr:read']
        timeout = 1.5
        policy-fuel = 2_000_000_000
        fail-fast = true
        docker = 'podman'
        cases = ['cases', '/more']";
    let config = parse(text).unwrap();
    let values = |key: &str| config.entry(key).unwrap().values.join(" ");
    // A path is relative to the folder of the file.
    assert_eq!(values("policy"), "deploy/policies/todo.wasm");
    assert_eq!(values("cases"), "deploy/cases /more");
    assert_eq!((values("allow"), values("timeout")), ("ecs:read ecr:read".into(), "1.5".into()));
    assert_eq!((values("policy-fuel"), values("fail-fast")), ("2000000000".into(), "true".into()));
    assert_eq!((values("docker"), config.entry("docker").unwrap().line), ("podman".into(), 7));
    for named in ["built-in", "oci://registry.example.com/policy:1"] {
        assert_eq!(parse(&format!("policy = '{named}'")).unwrap().entries[0].values, [named]);
    }
}

#[test]
fn an_error_states_the_line_and_what_is_expected() {
    for (text, message) in [
        ("\ntiemout = 5", "deploy/ecs-host.toml:2: unknown key `tiemout`; did you mean `timeout`?"),
        ("on_failure = 'leave'", "did you mean `on-failure`?"),
        ("fuel = 5", "did you mean `policy-fuel`?"),
        ("allowed_registry = []", "did you mean `allowed-registries`?"),
        ("zzz = 5", "unknown key `zzz`; the keys are:\n  policy\n  policy-digest\n  allow\n"),
        ("[limits]\nfuel = 5", ":1: `limits` is a table; expected top-level keys only"),
        ("timeout = 1\n[run]\nx = 5", ":2: `run` is a table"),
        ("run.timeout = 5", ":1: `run` is a table"),
        ("timeout = 1\ndocker = \"a\\u0000\"", ":2: `docker`: expected no NUL character"),
        (
            "policy = 'p'\nallow = ['build:syntax']",
            ":2: `allow`: `build:syntax` is a grant of the command line only",
        ),
        ("cases = []", "`cases`: expected a list of strings"),
        ("\"a\\u001b[2J\" = 5", "`a\\u{1b}[2J`"),
        ("dry-run = true", "`dry-run` is a flag of the command line only"),
        ("allow-older = true", "`allow-older` is a flag of the command line only"),
        ("force = true", "`force` is a flag of the command line only"),
        ("branch = 'master'", "`branch` is a flag of the command line only"),
        ("timeout = '900'", "`timeout`: expected a number, as in `timeout = 900`"),
        ("fail-fast = 1", "`fail-fast`: expected true or false, as in `fail-fast = true`"),
        ("allow = 'ecs:read'", "expected a list of strings, as in `allow = [\"ecs:read\"]`"),
        ("allow = [5]", "expected a list of strings"),
        ("region = ['a']", "`region`: expected a string, as in `region = \"eu-central-1\"`"),
        ("timeout = { a = 1 }", "`timeout`: expected a number"),
        ("policy = ''", "`policy`: expected a value that is not empty"),
        ("docker = './evil'", "expected the name of a program in a folder of PATH, or an absolute path"),
        ("timeout = 1\ntimeout = 2", ":2: duplicate key"),
        ("a = [", ":1: "),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(message), "{text:?}: {error}");
    }
}

#[test]
fn another_policy_keeps_only_the_keys_of_every_policy() {
    let text = "policy = 'a'\npolicy-digest = 'b'\nallow = ['c']\nallow-secret = ['d']\npolicy-fuel = 1";
    let left: Vec<_> = parse(text).unwrap().for_another_policy().entries;
    assert_eq!(left.iter().map(|entry| entry.key.name).collect::<Vec<_>>(), ["policy-fuel"]);
}

#[test]
fn an_unreadable_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let message = |name: &str| Config::read(&folder.path().join(name)).unwrap_err().to_string();
    assert!(
        message("none.toml").starts_with("cannot read `") && message("none.toml").contains("none.toml`: ")
    );
    assert!(message("").ends_with("`: not a regular file"));
    std::fs::write(folder.path().join("long.toml"), "#".repeat(2 << 20)).unwrap();
    assert!(message("long.toml").contains("larger than 1 MiB"));
    std::fs::write(folder.path().join("bytes.toml"), b"# a\ntimeout = 1 # \xff").unwrap();
    assert!(message("bytes.toml").ends_with("bytes.toml:2: invalid UTF-8"));
}
