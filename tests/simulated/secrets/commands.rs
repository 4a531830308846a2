//! Passwords on the command lines of containers and one-off tasks.

use serde_json::json;

use super::to_web;
use crate::fixtures::policy;
use crate::world::{World, scenario};

#[test]
fn a_password_on_a_command_line_is_in_no_plan_event_page_or_case() {
    let mut scenario = scenario();
    let container = &mut scenario.resources.services[0].task_definition["containerDefinitions"][0];
    container["command"] = json!(["sh", "-c", "curl -fsu admin:hun1er http://web"]);
    container["environment"] = json!([{"name": "WORKER", "value": "redis-cli -a hun2er ping"}]);
    let world = World::new(&scenario);
    let environment = json!({"WORKER": "redis-cli -a hun3er ping", "LOGIN_HEADER": "Basic bWU6aHVuNGVy"});
    let command = ["mysql", "-phun5er", "-u", "root"];
    let containers =
        json!([{"container": "web", "image": "todo", "environment": environment, "command": command}]);
    let task =
        json!({"name": "login", "container": "web", "command": ["curl", "-u", "me:hun6er", "http://web"]});
    let answer = to_web(json!({"containers": containers, "tasks_before": [task]}));
    let [record, page] = ["recorded.toml", "page.html"].map(|name| world.path(name).display().to_string());
    for verb in ["plan", "run"] {
        let policy = policy("echo-policy").display().to_string();
        let arguments =
            [policy.as_str(), "--record", &record, "--report", &page, "--allow-secret", "DECISION"];
        let run =
            world.verb(verb).args(&arguments).args(if verb == "run" { &["--poll", "0.01"] } else { &[] });
        let run = run.set("DECISION", &answer.to_string()).exits(0);
        run.prints(r#"["sh", "-c", "curl -fsu admin:*** http://web"]"#)
            .prints(r#"["mysql", "-p***", "-u", "root"]"#)
            .prints("redis-cli -a *** ping")
            .prints("LOGIN_HEADER]: Basic ***")
            .prints("curl -u 'me:***' http://web");
        let texts = [run.text.clone(), run.json().to_owned(), std::fs::read_to_string(&page).unwrap()];
        for text in texts.into_iter().chain([std::fs::read_to_string(&record).unwrap()]) {
            assert!(!text.contains("hun") && !text.contains("bWU6"), "{text}");
        }
        std::fs::remove_file(&record).unwrap();
    }
    let registered = world.simulator.call("ecs:DescribeTaskDefinition", &json!({"taskDefinition": "web"}));
    let registered = registered.unwrap().to_string();
    assert!(registered.contains("-phun5er") && registered.contains("bWU6"), "{registered}");
}
