use super::*;
use model::decision::ScheduleName;
use model::names::ArnPattern;
use serde_json::json;

const ROLE: &str = "arn:aws:iam::123456789012:role/web";
const REVISION: &str = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7";

/// A task definition as ECS returns it, with another member.
fn definition(name: &str, value: Value) -> TaskDefinition {
    let mut response = json!({
        "taskDefinitionArn": REVISION, "family": "web",
        "containerDefinitions": [{"name": "web", "image": "web:1"}],
    });
    if name == "awslogs-group" {
        let configuration = json!({"logDriver": "awslogs", "options": {"awslogs-group": value}});
        response["containerDefinitions"][0]["logConfiguration"] = configuration;
    } else {
        response[name] = value;
    }
    TaskDefinition::from_response(json!({"taskDefinition": response})).unwrap()
}

/// Others may have written a task definition: whoever can register one must not widen a policy that is printed for it.
#[test]
fn a_pattern_in_a_task_definition_widens_no_policy() {
    for field in ["taskRoleArn", "executionRoleArn"] {
        for role in [
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::123456789012:role/we?",
            "arn:aws:iam::*:role/web",
            "arn:aws:iam::123456789012:role/web\",\"*",
            "arn:aws:iam::123456789012:role/${aws:username}",
            "arn:aws:iam::123456789012:user/web",
            "*",
            "web*",
        ] {
            let mut needs = Needs::default();
            let added = needs.add_definition(REVISION, &definition(field, json!(role)), "main/web");
            let problem = added.unwrap_err();
            let is_described =
                problem.starts_with("main/web: the task definition web:7 names no single resource");
            assert!(is_described && problem.contains("invalid IAM role"), "{problem}");
            assert!(needs.task_roles.is_empty());
        }
    }
    for group in ["*", "/ecs/*", "a?", "a:log-stream:x"] {
        let mut needs = Needs::default();
        let definition = definition("awslogs-group", json!(group));
        let problem = needs.add_definition(REVISION, &definition, "main/web").unwrap_err();
        assert!(problem.contains("invalid log group") && needs.log_groups.is_empty(), "{problem}");
    }
}

#[test]
fn a_role_without_an_arn_is_that_of_the_account_of_its_task_definition() {
    let mut needs = Needs::default();
    needs.add_definition(REVISION, &definition("taskRoleArn", json!("web")), "main/web").unwrap();
    needs.add_definition(REVISION, &definition("executionRoleArn", json!("")), "main/web").unwrap();
    assert_eq!(needs.task_roles, BTreeSet::from([ROLE.to_owned()]));
}

#[test]
fn a_pattern_in_a_schedule_widens_no_policy() {
    let arn = "arn:aws:scheduler:eu-west-1:123456789012:schedule/jobs/report";
    let ArnPattern::Schedule(scope, name) = ArnPattern::parse(arn).unwrap() else { panic!("a schedule") };
    let add = |role: &str, key: &str| {
        let target = json!({"Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/main", "RoleArn": role,
            "EcsParameters": {"TaskDefinitionArn": REVISION}});
        let members = json!({"Target": target, "KmsKeyArn": key}).as_object().unwrap().clone();
        let mut needs = Needs::default();
        let destination = Destination::Schedule(ScheduleName { ..name.clone() });
        let document = TriggerDocument::Schedule(members);
        needs.add_trigger(&destination, scope.clone(), &document, "jobs/report").map(|()| needs)
    };
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd";
    let needs = add(ROLE, key).unwrap();
    assert_eq!(needs.schedule_roles, BTreeSet::from([ROLE.to_owned()]));
    assert_eq!(needs.schedule_keys, BTreeSet::from([key.to_owned()]));
    for (role, key) in [
        ("arn:aws:iam::123456789012:role/*", key),
        ("*", key),
        (ROLE, "*"),
        (ROLE, "arn:aws:kms:eu-west-1:123456789012:key/*"),
    ] {
        let problem = add(role, key).unwrap_err();
        assert!(problem.starts_with("jobs/report: its target names no single resource"), "{problem}");
    }
}

#[test]
fn what_a_task_definition_names_is_in_the_partition_of_its_region() {
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
        let revision = format!("arn:{partition}:ecs:{region}:123456789012:task-definition/web:7");
        let mut needs = Needs::default();
        let options = json!({"awslogs-group": "/ecs/web", "awslogs-region": region});
        let response = json!({
            "family": "web", "taskRoleArn": "web",
            "containerDefinitions": [{"name": "web", "image": "web:1",
                "logConfiguration": {"logDriver": "awslogs", "options": options}}],
        });
        let definition = TaskDefinition::from_response(json!({"taskDefinition": response})).unwrap();
        needs.add_definition(&revision, &definition, "main/web").unwrap();
        assert_eq!(needs.task_roles, BTreeSet::from([format!("arn:{partition}:iam::123456789012:role/web")]));
        let own = |(scope, _): &(EcsScope, String)| scope.partition == partition;
        assert!(needs.log_groups.len() == 1 && needs.log_groups.iter().all(own));
    }
}
