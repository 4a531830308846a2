//! The printed policies suffice, and are the least: with any action removed, the run fails or does less, and names the
//! action. The simulator evaluates them as IAM does, for each call with its resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::cases::{Case, case};
use crate::world::{RunResult, World};

const USER: &str = "arn:aws:iam::123456789012:user/ci";

/// The policies of a case, by the ARN of their principals, and the optional actions.
struct Policies {
    by_principal: BTreeMap<String, Value>,
    optional: BTreeSet<String>,
}

impl Policies {
    fn of(case: &Case) -> Self {
        let world = World::new(&case.scenario);
        let printed: Value = serde_json::from_str(case.iam(&world).exits(0).json()).unwrap();
        let (mut by_principal, mut optional, mut required) =
            (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for policy in printed["policies"].as_array().unwrap() {
            let principal = policy["principal"].as_str().unwrap();
            let principal = if principal == "run" { USER } else { principal };
            by_principal.insert(principal.to_owned(), policy["policy"].clone());
            for statement in policy["statements"].as_array().unwrap() {
                let actions = strings(&statement["actions"]);
                if statement["is_required"] == true {
                    required.extend(actions);
                } else {
                    optional.extend(actions);
                }
            }
        }
        Self { by_principal, optional: optional.difference(&required).cloned().collect() }
    }

    fn actions(&self, principal: &str) -> BTreeSet<String> {
        let statements = self.by_principal[principal]["Statement"].as_array().unwrap();
        statements.iter().flat_map(|statement| strings(&statement["Action"])).collect()
    }

    fn all_actions(&self) -> BTreeSet<String> {
        self.by_principal.keys().flat_map(|principal| self.actions(principal)).collect()
    }

    /// The same without an action of one principal.
    fn without(&self, principal: &str, action: &str) -> BTreeMap<String, Value> {
        let mut policies = self.by_principal.clone();
        let statements = policies.get_mut(principal).unwrap()["Statement"].as_array_mut().unwrap();
        for statement in statements.iter_mut() {
            let left: Vec<String> =
                strings(&statement["Action"]).into_iter().filter(|other| other != action).collect();
            statement["Action"] = json!(left);
        }
        policies
    }
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(strings).collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn run_with(case: &Case, policies: BTreeMap<String, Value>) -> RunResult {
    let world = World::new(&case.scenario);
    (case.before)(&world);
    world.simulator.set_identity_policies(policies);
    case.job(&world).ends()
}

fn used(result: &RunResult) -> BTreeSet<String> {
    result.calls.iter().flat_map(|call| call.authorized.clone()).collect()
}

/// Asserts that the case ends with its policies as without IAM, and that each action that it used is missed if it is
/// removed. Returns what it used, and what its policies allow.
fn proven(name: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let case = case(name);
    let policies = Policies::of(&case);
    let result = run_with(&case, policies.by_principal.clone());
    assert_eq!(result.code, Some(case.exit), "{name}\n{}", result.transcript());
    let denied = result.calls.iter().find(|call| call.error.as_deref() == Some("AccessDeniedException"));
    assert!(denied.is_none(), "{name}: {denied:?}\n{}", result.transcript());
    let used = used(&result);
    for principal in policies.by_principal.keys() {
        for action in policies.actions(principal).intersection(&used) {
            // Both principals of a run have it, and only one of them uses it.
            let ended = run_with(&case, policies.without(principal, action));
            let is_missed =
                ended.calls.iter().any(|call| call.error.as_deref() == Some("AccessDeniedException"))
                    || ended.code != result.code;
            if !is_missed && policies.by_principal.len() > 1 {
                continue;
            }
            // `status` prints what it could read.
            if !policies.optional.contains(action) && case.verb != "status" {
                assert_ne!(ended.code, Some(0), "{name} without {action}\n{}", ended.transcript());
            }
            let is_named = ended.text.contains(action.as_str());
            let is_silent = case.silent.contains(&action.as_str()) && policies.optional.contains(action);
            assert!(
                is_named || is_silent,
                "{name} without {action} does not name it\n{}",
                ended.transcript()
            );
        }
    }
    (used, policies.all_actions())
}

#[test]
fn a_plain_deployment() {
    proven("plain");
}

#[test]
fn an_image_is_built_and_pushed() {
    proven("build");
}

#[test]
fn an_image_is_promoted() {
    proven("promote");
}

#[test]
fn a_guard_looks_up_what_is_not_deployed() {
    proven("guard");
    let printed = case("guard");
    let output = printed.iam(&World::new(&printed.scenario)).exits(0);
    assert!(output.json().contains("service/main/web"), "{}", output.json());
}

#[test]
fn a_failure_is_diagnosed() {
    proven("failing");
}

#[test]
fn a_failed_rollout_is_rolled_back() {
    proven("roll-back");
}

#[test]
fn a_one_off_task_runs() {
    proven("one-off-task");
}

#[test]
fn an_endless_one_off_task_is_stopped() {
    proven("endless-task");
}

#[test]
fn a_schedule_is_updated() {
    proven("schedule");
}

#[test]
fn an_event_rule_is_updated() {
    proven("event-rule");
}

#[test]
fn old_revisions_are_deregistered() {
    proven("keep");
}

#[test]
fn a_role_of_another_account_is_assumed() {
    proven("other-account");
}

#[test]
fn a_plan_reads() {
    let (mut used, allowed) = proven("plan");
    used.extend(proven("plan-paused").0);
    assert_eq!(used, allowed);
    proven("plan-schedule");
}

#[test]
fn the_verbs_about_a_service_work() {
    let (used, allowed) = proven("status");
    assert_eq!(used, allowed);
    proven("rollback");
    proven("rollback-in-progress");
    proven("continue");
}

#[test]
fn the_services_of_a_region_are_listed() {
    let world = World::new(&case("plain").scenario);
    let clusters = "arn:aws:ecs:eu-west-1:123456789012:cluster/*";
    let printed = world.verb("iam").args(&["--verb", "status", "--for", clusters]).exits(0);
    let printed: Value = serde_json::from_str(printed.json()).unwrap();
    let policy = printed["policies"][0]["policy"].clone();
    world.simulator.set_identity_policies([(USER.to_owned(), policy)].into());
    let ended = world.verb("status").args(&["--all"]).exits(0);
    ended.prints("main/web");
    assert!(ended.calls.iter().all(|call| call.error.is_none()), "{}", ended.transcript());
    assert!(used(&ended).contains("ecs:ListClusters"));
}

/// Each action of a policy is used by one of the runs: in a success, or when something fails.
#[test]
fn no_action_is_superfluous() {
    let names = [
        "plain",
        "build",
        "promote",
        "failing",
        "roll-back",
        "one-off-task",
        "endless-task",
        "schedule",
        "event-rule",
        "keep",
        "other-account",
    ];
    let (mut all_used, mut allowed) = (BTreeSet::new(), BTreeSet::new());
    for name in names {
        let case = case(name);
        let policies = Policies::of(&case);
        all_used.extend(used(&run_with(&case, policies.by_principal.clone())));
        allowed.extend(policies.all_actions());
    }
    let unused: Vec<&String> = allowed.difference(&all_used).collect();
    assert!(unused.is_empty() && !all_used.is_empty(), "{unused:?}");
}

/// Without all that is optional, a deployment succeeds.
#[test]
fn what_is_optional_is_not_required() {
    for name in ["plain", "build", "keep"] {
        let case = case(name);
        let policies = Policies::of(&case);
        let mut least = policies.by_principal.clone();
        for action in &policies.optional {
            least = Policies { by_principal: least, optional: BTreeSet::new() }.without(USER, action);
        }
        let result = run_with(&case, least);
        assert_eq!(result.code, Some(0), "{name}\n{}", result.transcript());
    }
}

#[test]
fn verify_finds_nothing_missing() {
    let case = case("verify");
    let result = run_with(&case, Policies::of(&case).by_principal);
    assert_eq!(result.code, Some(0), "{}", result.transcript());
    let denied: Vec<_> =
        result.calls.iter().filter(|call| call.error.as_deref() == Some("AccessDeniedException")).collect();
    assert!(denied.is_empty(), "{denied:?}");
}
