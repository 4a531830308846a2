//! Answers with a thousand problems, which are printed on a screen.

use serde_json::{Value, json};

use super::table::decision;
use super::world::{World, scenario};

const COUNT: usize = 1000;

fn targets() -> Value {
    decision::to((0..COUNT).map(|number| decision::target(&format!("missing-{number}"), json!({}))).collect())
}

#[test]
fn a_thousand_problems_are_the_first_and_a_number() {
    let world = World::new(&scenario());
    let answer = targets().to_string();
    let echo = crate::fixtures::policy("echo-policy").display().to_string();
    for verb in ["plan", "run"] {
        let ended = world.verb(verb).args(&[&echo]).set("DECISION", &answer).exits(5);
        ended.prints("missing-0").prints("… and 970 more");
        assert!(ended.text.lines().count() < 60, "{verb}: {} lines", ended.text.lines().count());
    }
    // Ten services a call.
    assert_eq!(world.count("ecs:DescribeServices"), 2 * COUNT / 10);
    let ended = world.verb("verify").args(&[&echo]).set("DECISION", &answer).exits(5);
    ended.prints("970 more checks failed");
    let failed = ended.events().iter().filter(|event| event["state"] == "failed").count();
    assert!(failed < 100, "{failed} failed checks");
}
