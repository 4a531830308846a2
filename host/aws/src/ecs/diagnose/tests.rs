use serde_json::json;

use super::*;
use crate::ecs::canned::{Canned, CannedResponse};

fn failed_rollout<'a>(service: &'a ServiceName, deployment_id: Option<&'a str>) -> FailedRollout<'a> {
    FailedRollout { service, task_definition: "td:2", deployment_id }
}

#[test]
fn tasks_of_other_rollouts_are_ignored() {
    let service = ServiceName { cluster: "c".into(), service: "s".into() };
    let task =
        |definition: &str, by: &str| Task::builder().task_definition_arn(definition).started_by(by).build();
    let own = failed_rollout(&service, Some("ecs-svc/2"));
    assert!(belongs_to(&task("td:2", "ecs-svc/2"), &own));
    assert!(!belongs_to(&task("td:2", "ecs-svc/1"), &own));
    assert!(!belongs_to(&task("td:1", "ecs-svc/2"), &own));
    assert!(belongs_to(&task("td:2", "ecs-svc/1"), &failed_rollout(&service, None)));
}

#[test]
fn a_summary_lists_the_causes_with_their_counts() {
    let diagnosis = Diagnosis {
        causes: vec![
            Cause { count: 5, description: "web exited 1".into() },
            Cause { count: 1, description: "failed a container's health check".into() },
        ],
        ..Diagnosis::default()
    };
    assert_eq!(diagnosis.summary(), "5 × web exited 1; 1 × failed a container's health check");
    assert!(Diagnosis::default().is_empty());
}

fn diagnosis_of(aws: &Canned) -> Diagnosis {
    let service = ServiceName { cluster: "shop".into(), service: "web".into() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(diagnose(&aws.ecs(), &failed_rollout(&service, Some("ecs-svc/2"))))
}

fn crashed(id: &str, by: &str, at: u32) -> serde_json::Value {
    json!({
        "taskArn": format!("arn:aws:ecs:us-east-1:123456789012:task/shop/{id}"), "taskDefinitionArn": "td:2",
        "startedBy": by, "stoppedAt": at, "stopCode": "EssentialContainerExited",
        "containers": [{"name": "web", "exitCode": 1}],
    })
}

#[test]
fn stopped_tasks_of_all_pages_are_counted_and_the_log_of_the_newest_is_read() {
    let options = json!({"awslogs-group": "/shop", "awslogs-stream-prefix": "ecs"});
    let container = json!({"name": "web", "logConfiguration": {"logDriver": "awslogs", "options": options}});
    let arns: Vec<String> = (0..60).map(|number| format!("arn/{number}")).collect();
    let stopped =
        [crashed("old", "ecs-svc/2", 10), crashed("new", "ecs-svc/2", 20), crashed("other", "ecs-svc/1", 30)];
    let events = json!({"events": [{"message": "line 1"}, {"message": "line 2\nline 3"}]});
    let aws = Canned::default()
        .respond(
            "ListTasks",
            [
                CannedResponse::Ok(json!({"taskArns": arns, "nextToken": "more"})),
                CannedResponse::Ok(json!({"taskArns": arns})),
            ],
        )
        .respond(
            "DescribeTasks",
            [CannedResponse::Ok(json!({"tasks": stopped})), CannedResponse::Ok(json!({"tasks": []}))],
        )
        .respond(
            "DescribeTaskDefinition",
            [CannedResponse::Ok(json!({"taskDefinition": {
                "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/td:2", "family": "td",
                "containerDefinitions": [container],
            }}))],
        )
        .respond(
            "GetLogEvents",
            [
                CannedResponse::Ok(json!({"events": [], "nextBackwardToken": "b/1"})),
                CannedResponse::Ok(events),
            ],
        );
    let diagnosis = diagnosis_of(&aws);
    assert_eq!(diagnosis.causes, [Cause { count: 2, description: "web exited 1".into() }]);
    assert_eq!(diagnosis.unread, Vec::<String>::new());
    let log = &diagnosis.logs[0];
    assert_eq!((log.task.as_str(), log.stream.as_str()), ("new", "ecs/web/new"));
    assert_eq!(log.lines, ["line 1", "line 2", "line 3"]);
    let listed = aws.requests("ListTasks");
    assert_eq!((listed.len(), &listed[1]["nextToken"]), (2, &json!("more")));
    assert_eq!((&listed[0]["serviceName"], &listed[0]["desiredStatus"]), (&json!("web"), &json!("STOPPED")));
    let described: Vec<_> = aws
        .requests("DescribeTasks")
        .iter()
        .map(|request| request["tasks"].as_array().unwrap().len())
        .collect();
    assert_eq!(described, [100, 20]);
}

#[test]
fn a_rollout_without_stopped_tasks_has_an_empty_diagnosis() {
    let aws = Canned::default().respond("ListTasks", [CannedResponse::Ok(json!({"taskArns": []}))]);
    assert!(diagnosis_of(&aws).is_empty());
}

#[test]
fn a_missing_permission_is_listed_as_unread() {
    let denied = || [CannedResponse::Error(400, "AccessDeniedException", "no")];
    let diagnosis = diagnosis_of(&Canned::default().respond("ListTasks", denied()));
    assert_eq!(
        diagnosis.unread,
        [
            "the stopped tasks cannot be listed: allow the action `ecs:ListTasks` in the IAM policy of these credentials"
        ]
    );
    let aws = Canned::default()
        .respond("ListTasks", [CannedResponse::Ok(json!({"taskArns": ["arn/1"]}))])
        .respond("DescribeTasks", [CannedResponse::Ok(json!({"tasks": [crashed("new", "ecs-svc/2", 20)]}))])
        .respond("DescribeTaskDefinition", denied());
    let diagnosis = diagnosis_of(&aws);
    assert_eq!(diagnosis.causes.len(), 1);
    assert!(diagnosis.unread[0].contains("`ecs:DescribeTaskDefinition`"), "{diagnosis:?}");
}
