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
fn a_plan_with_secrets_in_its_decision_is_not_saved() {
    let world = World::new(&plans::reviewed());
    let ended = plans::plan(&world, &plans::decision(), &["--out", FILE]).exits(5);
    ended.prints(
        "the plan is not saved (--out), because the decision contains secrets, which would be in the file:",
    );
    ended.prints("decision.targets[").does_not_print("hunter2");
    assert!(!path(&world).exists());
    // The variable of a job has a value that the host knows.
    let world = World::new(&scenario());
    let answer = to_web(
        json!({"containers": [{"container": "web", "image": "todo", "environment": {"A": "correct-horse-battery"}}]}),
    );
    let ended =
        planned(&world, &answer).set("MY_TOKEN", "correct-horse-battery").args(&["--out", FILE]).exits(5);
    ended.prints("because the decision contains secrets").does_not_print("correct-horse-battery");
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
