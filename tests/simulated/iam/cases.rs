//! What the policies are proven for: a scenario, and a verb in it.

use std::collections::BTreeMap;

use ecs_simulator::{
    ImageSetup, RegionSetup, Resources, Scenario, ScheduleSetup, TaskBehaviour, TaskFilter, TaskRule,
};
use serde_json::{Value, json};

use crate::backend::docker_path;
use crate::fixtures::policy;
use crate::rollouts::continuation::pausing;
use crate::rollouts::table::decision::{target, to, to_web};
use crate::rollouts::table::triggers::{jobs, rule_target, ruled, scheduled, starts, to_rule, to_schedule};
use crate::world::{Job, OLD, World, definition, failing_tasks, scenario, service, serving};

/// The policy of travis-ecs-deploy lacks it, and works unchanged.
const SILENT: [&str; 1] = ["ecr:DescribeRepositories"];

/// A verb in a scenario. It ends as `exit` with the policy that `iam` prints for it.
pub struct Case {
    pub scenario: Scenario,
    pub verb: &'static str,
    pub arguments: Vec<&'static str>,
    /// The flags of the verb that `iam` has, too.
    pub flags: Vec<&'static str>,
    pub decision: Option<Value>,
    /// What happens before, without policies.
    pub before: fn(&World),
    /// Optional actions that the verb goes without in silence.
    pub silent: Vec<&'static str>,
    pub exit: i32,
}

impl Case {
    fn of(scenario: Scenario) -> Self {
        Self {
            scenario,
            verb: "run",
            arguments: Vec::new(),
            flags: Vec::new(),
            decision: None,
            before: |_| (),
            silent: SILENT.into(),
            exit: 0,
        }
    }

    fn deciding(decision: Value) -> Self {
        Self { decision: Some(decision), ..Self::of(scenario()) }
    }

    /// The job of the verb.
    pub fn job<'w>(&self, world: &'w World) -> Job<'w> {
        let job = match self.verb {
            "run" | "plan" | "verify" => self.build(world, self.verb),
            verb => world.verb(verb),
        };
        let mut job = job.args(&self.arguments);
        if matches!(self.verb, "run" | "rollback" | "continue") {
            job = job.args(&["--poll", "0.01"]);
        }
        job
    }

    /// `iam` for it.
    pub fn iam<'w>(&self, world: &'w World) -> Job<'w> {
        self.build(world, "iam").args(&["--verb", self.verb])
    }

    fn build<'w>(&self, world: &'w World, verb: &str) -> Job<'w> {
        let mut job = world.verb(verb);
        if let Some(decision) = &self.decision {
            let policy = policy("echo-policy").display().to_string();
            job = job.args(&[&policy]).set("DECISION", &decision.to_string());
        }
        let port = world.simulator.address().port().to_string();
        let job = job.args(&self.flags).set("ECR_PORT", &port);
        job.set("PATH", &docker_path(&world.path("engine")))
    }
}

fn changed(change: impl FnOnce(&mut Scenario)) -> Scenario {
    let mut scenario = scenario();
    change(&mut scenario);
    scenario
}

/// A task definition with roles, tags, and a log group.
fn rich() -> Value {
    let mut definition = definition("web");
    definition["taskRoleArn"] = json!("arn:aws:iam::123456789012:role/shop/task");
    definition["executionRoleArn"] = json!("arn:aws:iam::123456789012:role/execution");
    definition["tags"] = json!([{"key": "team", "value": "shop"}]);
    definition["containerDefinitions"][0]["logConfiguration"] = json!({
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/shop/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"},
    });
    definition
}

fn rich_scenario() -> Scenario {
    changed(|scenario| {
        scenario.resources.services[0].task_definition = rich();
        scenario.resources.log_groups = vec!["/shop/web".to_owned()];
    })
}

/// Every new task prints a line and exits.
fn failing() -> Scenario {
    let mut scenario = rich_scenario();
    let mut rule = failing_tasks();
    rule.behaviour = TaskBehaviour::Exit {
        exit_code: 1,
        container_exit_codes: BTreeMap::new(),
        after: 1.0,
        logs: [("web".to_owned(), vec!["no database".to_owned()])].into(),
    };
    scenario.task_rules.push(rule);
    scenario
}

fn with_one_off_tasks(behaviour: TaskBehaviour, exit: i32) -> Case {
    let filter = TaskFilter { is_one_off: Some(true), ..TaskFilter::default() };
    let scenario =
        changed(|scenario| scenario.task_rules.push(TaskRule { filter, behaviour, ..TaskRule::default() }));
    let task = json!({"name": "migrate", "container": "web", "command": ["bin/migrate"], "timeout": 1});
    let decision = to_web(json!({"tasks_before": [task]}));
    Case { decision: Some(decision), exit, ..Case::of(scenario) }
}

const ROLE: &str = "arn:aws:iam::999999999999:role/deploy";

/// Every case, by its name.
pub fn case(name: &str) -> Case {
    match name {
        "plain" => Case::of(rich_scenario()),
        "build" => Case::of(changed(|scenario| {
            let old =
                ImageSetup { tags: vec!["old".to_owned()], digest: Some(OLD.to_owned()), manifest: None };
            scenario.resources.repositories[0].images = vec![old];
        })),
        "promote" => {
            let repository = crate::world::repository();
            let image =
                json!({"name": "todo", "repository": repository, "tags": ["promoted"], "pushed": "master"});
            Case::deciding(json!({"images": [image], "targets": [{"cluster": "main", "service": "web"}]}))
        }
        // The guard looks up `main/web`, which is not deployed to.
        "guard" => {
            let decision = to(json!([target("api", json!({}))]));
            let guard: &'static str = crate::guards::guard("lookup-guard").leak();
            let flags = ["--guard", guard, "--guard-allow", "ecs:read", "--guard-allow", "source:read"];
            let scenario = serving(vec![service("api"), service("web")]);
            Case { decision: Some(decision), flags: flags.into(), ..Case::of(scenario) }
        }
        "failing" => {
            let mut scenario = failing();
            crate::world::enable_circuit_breaker(&mut scenario, true);
            Case { exit: 1, ..Case::of(scenario) }
        }
        "roll-back" => Case {
            exit: 1,
            flags: vec!["--on-failure", "roll-back"],
            arguments: vec!["--timeout", "2"],
            ..Case::of(failing())
        },
        "one-off-task" => with_one_off_tasks(
            TaskBehaviour::Exit {
                exit_code: 0,
                container_exit_codes: BTreeMap::new(),
                after: 1.0,
                logs: BTreeMap::new(),
            },
            0,
        ),
        "endless-task" => with_one_off_tasks(TaskBehaviour::Hang, 1),
        "schedule" => {
            let scenario = changed(|scenario| {
                for change in [jobs(), scheduled(starts("jobs:1"))] {
                    change(scenario);
                }
            });
            Case { decision: Some(to_schedule()), ..Case::of(scenario) }
        }
        "event-rule" => {
            let scenario = changed(|scenario| {
                for change in [jobs(), ruled(json!([rule_target("a", "jobs:1")]))] {
                    change(scenario);
                }
            });
            Case { decision: Some(to_rule()), ..Case::of(scenario) }
        }
        "keep" => Case {
            flags: vec!["--keep", "2"],
            ..Case::of(changed(|scenario| {
                scenario.resources.task_definitions =
                    vec![definition("web"), definition("web"), definition("web")];
                for change in
                    [jobs(), scheduled(starts("jobs:1")), ruled(json!([rule_target("a", "jobs:1")]))]
                {
                    change(scenario);
                }
                // `iam` does not know the keys of all schedules of the account.
                scenario.resources.schedules[0].parameters.remove("KmsKeyArn");
            }))
        },
        "other-account" => {
            let mut scenario = scenario();
            let resources = Resources { services: vec![service("web")], ..Resources::default() };
            scenario.other_regions.push(RegionSetup {
                account: Some("999999999999".to_owned()),
                region: None,
                resources,
            });
            Case {
                decision: Some(to(json!([{"cluster": "main", "service": "web", "role": ROLE}]))),
                ..Case::of(scenario)
            }
        }
        "plan" => Case { verb: "plan", ..case("build") },
        "plan-schedule" => Case { verb: "plan", ..case("schedule") },
        "verify" => {
            Case { verb: "verify", flags: vec!["--on-failure", "roll-back"], ..Case::of(rich_scenario()) }
        }
        "status" => {
            let mut scenario = failing();
            crate::world::enable_circuit_breaker(&mut scenario, true);
            Case {
                verb: "status",
                arguments: vec!["main/web"],
                before: |world| drop(world.run().exits(1)),
                // It then prints what the service alone shows.
                silent: vec!["ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"],
                ..Case::of(scenario)
            }
        }
        "plan-paused" => Case {
            verb: "plan",
            before: |world| drop(world.run().args(&["--wait-until", "paused"]).exits(0)),
            silent: vec!["ecs:DescribeServiceDeployments"],
            ..Case::of(pausing(&[&["POST_TEST_TRAFFIC_SHIFT"]]))
        },
        "rollback" => Case {
            verb: "rollback",
            arguments: vec!["main/web"],
            before: |world| drop(world.run().exits(0)),
            ..Case::of(rich_scenario())
        },
        "rollback-in-progress" => Case {
            verb: "rollback",
            arguments: vec!["main/web"],
            before: |world| drop(world.run().args(&["--no-wait"]).exits(0)),
            ..Case::of(changed(|scenario| {
                let filter = TaskFilter { has_new_definition: Some(true), ..TaskFilter::default() };
                let rule = TaskRule { filter, behaviour: TaskBehaviour::Hang, ..TaskRule::default() };
                scenario.task_rules.push(rule);
            }))
        },
        "continue" => Case {
            verb: "continue",
            arguments: vec!["main/web"],
            before: |world| drop(world.run().args(&["--wait-until", "paused"]).exits(0)),
            ..Case::of(pausing(&[&["POST_TEST_TRAFFIC_SHIFT"]]))
        },
        other => panic!("no case `{other}`"),
    }
}

/// The schedules of the scenarios are not empty, so that a test of their permissions is one.
#[test]
fn the_scenarios_have_what_the_cases_are_about() {
    let ScheduleSetup { parameters, .. } = &case("schedule").scenario.resources.schedules[0];
    assert!(parameters.contains_key("KmsKeyArn"));
    assert_eq!(serving(vec![service("web")]).resources.services.len(), 1);
}
