//! Files that are no saved plan, or another one than that which was reviewed.

use std::fs;

use serde_json::{Value, json};

use super::{FILE, apply, changed_nothing, document, edit, path, planned, save};
use crate::plans;
use crate::rollouts::table::decision::to_web;
use crate::world::{World, scenario};

#[test]
fn a_file_with_another_digest_is_not_read_further() {
    let world = World::new(&scenario());
    let digest = save(world.verb("plan"));
    edit(&world, |plan| plan["saved_at"] = json!(1));
    for verb in ["apply", "show"] {
        let ended = world.verb(verb).args(&[FILE, "--plan-digest", &digest]);
        let output = ended.output();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{stderr}");
        assert!(stderr.contains(&format!("but `--plan-digest` names {digest}")), "{stderr}");
    }
}

#[test]
fn what_is_no_saved_plan_is_rejected() {
    let world = World::new(&scenario());
    save(world.verb("plan"));
    let good = document(&world);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut plan = good.clone();
        change(&mut plan);
        plan.to_string()
    };
    let review = json!([{
        "guard": "production-tags", "version": "0.1.0", "source": "a.wasm", "digest": format!("sha256:{}", "1".repeat(64)),
        "named_by": "/etc/ecs-host/ecs-host.toml, line 1", "fuel": 1, "findings": [],
    }]);
    let twice = good.to_string().replacen("\"saved_at\":", "\"saved_at\":1,\"saved_at\":", 1);
    for (text, expected) in [
        (String::new(), "it is not JSON"),
        ("{}".to_owned(), "it has no `schema`"),
        (changed(&|plan| plan["schema"] = json!(2)), "its schema is 2, and this host knows 1"),
        (changed(&|plan| plan["more"] = json!(1)), "unknown field `more`"),
        (twice, "duplicate field `saved_at`"),
        (changed(&|plan| plan["decision"]["more"] = json!(1)), "no run writes its field `decision.more`"),
        (changed(&|plan| plan["decision"]["images"][0]["tags"] = json!(["-x"])), "invalid"),
        (changed(&|plan| plan["decision"]["images"][0]["tags"] = json!([])), "it has no tag"),
        (changed(&|plan| plan["decision"]["targets"] = json!([])), "the list is empty"),
        (changed(&|plan| plan["decision"]["targets"][0]["account"] = json!("1")), "its decision is invalid"),
        (changed(&|plan| plan["build"]["commit"] = json!("HEAD")), "invalid commit"),
        (changed(&|plan| plan["policy"]["name"] = json!("a\nb")), "the name of its policy is not one"),
        (changed(&|plan| plan["options"]["wait_until"] = json!("later")), "later"),
        (changed(&|plan| plan["plan"]["region"] = json!("x y")), "region"),
        (changed(&|plan| plan["saved_at"] = json!(1)), "its build did not start when it was saved"),
        (
            changed(&|plan| plan["options"]["max_parallel"] = json!(0)),
            "a value that the flag does not accept",
        ),
        (changed(&|plan| plan["options"]["keep"] = json!(0)), "a value that the flag does not accept"),
        (
            changed(&|plan| plan["options"]["timeout_seconds"] = json!(0)),
            "a value that the flag does not accept",
        ),
        (
            changed(&|plan| plan["plan"]["unread"] = json!(["x".repeat(5000)])),
            "is longer than 4000 characters",
        ),
        (
            changed(&|plan| plan["plan"]["reviews"] = review.clone()),
            "its reviews are not those of its guards",
        ),
    ] {
        fs::write(path(&world), &text).unwrap();
        let ended = apply(&world).exits(2);
        ended.prints(expected);
        changed_nothing(&ended);
    }
    fs::remove_file(path(&world)).unwrap();
    fs::create_dir(path(&world)).unwrap();
    apply(&world).exits(2).prints("it is a folder, not a file");
}

#[test]
fn a_decision_that_the_plan_does_not_show_is_not_carried_out() {
    let world = World::new(&scenario());
    save(planned(
        &world,
        &to_web(json!({"containers": [{"container": "web", "image": "todo", "environment": {"A": "1"}}]})),
    ));
    let good = document(&world);
    let container = "/decision/targets/0/containers/0";
    for (pointer, value) in [
        (format!("{container}/environment/0/value"), json!("2")),
        (format!("{container}/command"), json!(["sh", "-c", "evil"])),
        ("/decision/targets/0/rollout/desired_count".to_owned(), json!(50)),
        (
            "/decision/targets/0/tasks_before".to_owned(),
            json!([{"name": "x", "container": "web", "command": ["evil"], "environment": [], "timeout_seconds": null}]),
        ),
        ("/decision/images/0/tags/0".to_owned(), json!("latest")),
        ("/decision/images/0/source".to_owned(), json!({"pushed": "old"})),
        ("/decision/targets/0/wave".to_owned(), json!(3)),
        ("/build/commit".to_owned(), json!("7".repeat(40))),
        ("/build/number".to_owned(), json!(99)),
        ("/policy/digest".to_owned(), json!(format!("sha256:{}", "7".repeat(64)))),
        ("/options/force".to_owned(), json!(true)),
    ] {
        let mut plan = good.clone();
        *plan.pointer_mut(&pointer).unwrap_or_else(|| panic!("{pointer}: {good:#}")) = value;
        fs::write(path(&world), plan.to_string()).unwrap();
        let ended = apply(&world).exits(7);
        assert!(ended.mutations().is_empty(), "{pointer}\n{}", ended.transcript());
    }
    // And the other way round: what is shown is not what is decided.
    for (pointer, value) in [
        ("/plan/targets/0/changes", json!([])),
        ("/plan/targets/0/unchanged", json!(true)),
        ("/plan/images/0/tags", json!(["shown"])),
        ("/plan/targets", json!([])),
        ("/plan/images", json!([])),
        ("/plan/build/commit", json!("7".repeat(40))),
    ] {
        let mut plan = good.clone();
        *plan.pointer_mut(pointer).unwrap() = value;
        fs::write(path(&world), plan.to_string()).unwrap();
        let ended = apply(&world).exits(7);
        assert!(ended.mutations().is_empty(), "{pointer}\n{}", ended.transcript());
    }
}

#[test]
fn what_is_masked_in_the_plan_is_not_carried_out() {
    let world = World::new(&scenario());
    let task = json!({"name": "migrate", "container": "web", "command": ["bin/migrate", "--fast"]});
    save(planned(&world, &to_web(json!({"tasks_before": [task]}))));
    edit(&world, |plan| {
        let command = "/targets/0/tasks_before/0/command";
        *plan["decision"].pointer_mut(command).unwrap() = json!(["bin/migrate", "--password", "evil"]);
        *plan["plan"].pointer_mut(command).unwrap() = json!(["bin/migrate", "--password", "***"]);
    });
    for verb in ["apply", "show"] {
        let output = world.verb(verb).args(&[FILE]).output();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("it contains a secret in `decision.targets"), "{stderr}");
    }
}

#[test]
fn a_false_old_value_is_not_hidden_by_a_mask() {
    let mut scenario = scenario();
    let web = &mut scenario.resources.services[0].task_definition["containerDefinitions"][0];
    web["environment"] = json!([{"name": "URL", "value": "https://old.example/"}]);
    let world = World::new(&scenario);
    let url = "https://new.example/?x=1";
    save(planned(
        &world,
        &to_web(json!({"containers": [{"container": "web", "image": "todo", "environment": {"URL": url}}]})),
    ));
    for (before, is_true) in [("https://new.example/?x=***", false), ("https://***/", true), ("***", true)] {
        edit(&world, |plan| {
            let changes = plan["plan"]["targets"][0]["changes"].as_array_mut().unwrap();
            let change = changes.iter_mut().find(|change| change["after"] == url).expect("a change");
            change["before"] = json!(before);
        });
        apply(&world).args(&["--dry-run"]).exits(if is_true { 0 } else { 7 });
    }
}

#[test]
fn the_secrets_of_the_two_jobs_need_not_be_the_same() {
    let mut scenario = scenario();
    let web = &mut scenario.resources.services[0].task_definition["containerDefinitions"][0];
    web["command"] = json!(["serve", "--x", "hidden-value-123"]);
    let world = World::new(&scenario);
    let answer = to_web(json!({"containers": [{"container": "web", "image": "todo", "command": ["serve"]}]}));
    save(planned(&world, &answer).set("MY_SECRET", "hidden-value-123"));
    assert!(!fs::read_to_string(path(&world)).unwrap().contains("hidden-value-123"));
    apply(&world).args(&["--dry-run"]).exits(0);
    for known in ["eu-west-1", "main/web", "simple-todo", "serve"] {
        apply(&world).set("MY_TOKEN", known).args(&["--dry-run"]).exits(0);
    }
    // A name or a place that is equal to a secret of the job is no secret.
    fs::remove_file(path(&world)).unwrap();
    save(planned(&world, &answer).set("MY_TOKEN", "simple-todo"));
    apply(&world).exits(0);
}

#[test]
fn a_plan_with_secrets_in_its_decision_is_not_saved() {
    let world = World::new(&plans::reviewed());
    let ended = plans::plan(&world, &plans::decision(), &["--out", FILE]).exits(5);
    ended.prints("the plan is not saved (--out), because it contains secrets, which would be in the file;");
    ended.prints("decision.targets[").does_not_print("hunter2");
    assert!(!path(&world).exists());
    // The variable of a job has a value that the host knows.
    let world = World::new(&scenario());
    let answer = to_web(
        json!({"containers": [{"container": "web", "image": "todo", "environment": {"A": "correct-horse-battery"}}]}),
    );
    let ended =
        planned(&world, &answer).set("MY_TOKEN", "correct-horse-battery").args(&["--out", FILE]).exits(5);
    ended.prints("because it contains secrets").does_not_print("correct-horse-battery");
}

#[test]
fn what_a_secret_of_the_service_was_is_not_in_the_file() {
    let world = World::new(&plans::reviewed());
    let answer = to_web(json!({"base": "latest", "containers": [{"container": "web", "image": "todo"}]}));
    save(planned(&world, &answer).set("SOME_SECRET", "hunter2"));
    let text = fs::read_to_string(path(&world)).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("hunter3"), "{text}");
    // The job that applies it knows other secrets.
    apply(&world).exits(0);
}
