//! Runs that `--record` writes as cases, which replay without CI and without AWS.

use super::{Folder, fixture};
use crate::variables::SECRET;
use crate::world::{REGION, World, repository, scenario};

#[test]
fn a_deployment_is_recorded_and_replays() {
    let world = World::new(&scenario());
    let file = world.path("recorded.toml");
    let path = file.display().to_string();
    world.run().args(&["--record", &path]).exits(0);
    let text = std::fs::read_to_string(&file).expect("it was recorded");
    assert!(text.contains("wave = 0\n"), "{text}");
    let folder = Folder::with(&[("recorded.toml", &text)]);
    let (out, _) = folder.test("built-in", &["recorded.toml"], 0);
    assert!(out.contains("ok      master at 3f2a9c10d1e2"), "{out}");
    // The case has the whole answer: it fails with another cluster.
    folder.write(
        "recorded.toml",
        &text.replace("ECS_CLUSTER_MASTER = \"main\"", "ECS_CLUSTER_MASTER = \"other\""),
    );
    folder.test("built-in", &["recorded.toml"], 1);
    world.run().args(&["--record", &path]).exits(2).prints("the file exists; name a new one");
}

#[test]
fn verify_and_plan_record_what_run_records() {
    let world = World::new(&scenario());
    let record = |verb: &str| {
        let file = world.path(&format!("{verb}.toml"));
        world.verb(verb).args(&["--record", &file.display().to_string()]).ends();
        let text = std::fs::read_to_string(&file);
        let text = text.unwrap_or_else(|error| panic!("{verb} did not record: {error}"));
        // Each run starts at its own time.
        let (time, rest): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("started-at = "));
        assert_eq!(time.len(), 1, "{text}");
        rest.join("\n")
    };
    let text = record("verify");
    assert_eq!((&record("plan"), &record("run")), (&text, &text));
    let file = world.path("verify.toml").display().to_string();
    let ended = world.verb("verify").args(&["--record", &file]).exits(2);
    ended.prints("the file exists; name a new one");
    // A link of the checkout leads no case out of it.
    std::os::unix::fs::symlink(world.path("home"), world.path("project/out")).expect("a link");
    let ended = world.verb("plan").args(&["--record", "out/case.toml"]).exits(2);
    ended.prints(
        "cannot write the decision to `out/case.toml` (--record): `out` is a link of the checkout to `",
    );
    assert!(!world.path("home/case.toml").exists());
}

#[test]
fn facts_are_recorded_with_their_errors() {
    let mut scenario = scenario();
    scenario.denied_actions = vec!["ecr:DescribeImages".into()];
    let world = World::new(&scenario);
    let lookup_policy = fixture("lookup-policy");
    let plan = |file: &str, lookups: &str| {
        let path = world.path(file).display().to_string();
        let grants = ["--allow", "ecs:read", "--allow", "ecr:read", "--record", &path];
        world.verb("plan").args(&[&lookup_policy]).args(&grants).set("LOOKUPS", lookups)
    };
    let arn = format!("arn:aws:ecs:{REGION}:123456789012:cluster/main");
    plan("facts.toml", &format!("list-services main\nget-service {arn} missing")).exits(0);
    plan("errors.toml", &format!("get-image {} old", repository())).exits(3);
    for file in ["facts.toml", "errors.toml"] {
        let text = std::fs::read_to_string(world.path(file)).expect("it was recorded");
        let folder = Folder::with(&[(file, &text)]);
        let (out, _) = folder.test(&lookup_policy, &[file], 0);
        assert!(out.contains("1 passed"), "{text}\n{out}");
    }
}

#[test]
fn a_secret_is_not_recorded() {
    let world = World::new(&scenario());
    let path = world.path("secret.toml");
    let flags = ["--allow-secret", "AWS_SECRET_ACCESS_KEY", "--record", &path.display().to_string()];
    world.verb("plan").args(&[&fixture("secret-reading-policy")]).args(&flags).exits(0);
    let text = std::fs::read_to_string(&path).expect("it was recorded");
    assert!(text.starts_with("# The policy also received AWS_SECRET_ACCESS_KEY"), "{text}");
    assert!(!text.contains(SECRET) && !text.contains("AWS_SECRET_ACCESS_KEY ="), "{text}");
}
