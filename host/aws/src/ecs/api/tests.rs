use aws_sdk_ecs::operation::run_task::RunTaskInput;
use aws_sdk_ecs::types::{Deployment, DesiredStatus, Service};
use serde_json::{Value, json};

use super::*;
use crate::ecs::canned::{Canned, CannedResponse};
use crate::error::AwsError;
use crate::pages::Paging;
use crate::preflight::permissions;
use model::decision::ServiceName;

const TASK: &str = "arn:aws:ecs:us-east-1:123456789012:task/shop/0123456789abcdef0123456789abcdef";
const DEPLOYMENT: &str = "arn:aws:ecs:us-east-1:123456789012:service-deployment/shop/web/1";
const REVISION: &str = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2";

const BUCKETS: [RateBucket; 9] = [
    RateBucket::DefinitionModify,
    RateBucket::DefinitionRead,
    RateBucket::ServiceModify,
    RateBucket::ServiceRead,
    RateBucket::ServiceDeployment,
    RateBucket::ServiceRevision,
    RateBucket::TaskModify,
    RateBucket::TaskRead,
    RateBucket::ClusterRead,
];

fn service() -> ServiceName {
    ServiceName { cluster: "shop".to_owned(), service: "web".to_owned() }
}

fn definition() -> Value {
    let definition = json!({"taskDefinitionArn": REVISION, "family": "web", "containerDefinitions": []});
    json!({"taskDefinition": definition})
}

/// Responses to every call of the API.
fn aws() -> Canned {
    let ok = |body: Value| [CannedResponse::Ok(body)];
    let deployment = json!({"serviceDeploymentArn": DEPLOYMENT});
    Canned::default()
        .respond("ListClusters", ok(json!({"clusterArns": ["a"]})))
        .respond("ListServices", ok(json!({"serviceArns": ["a"]})))
        .respond("DescribeServices", ok(json!({"services": [{"serviceName": "web"}]})))
        .respond("UpdateService", ok(json!({"service": {"serviceName": "web"}})))
        .respond("ListServiceDeployments", ok(json!({"serviceDeployments": [deployment]})))
        .respond("DescribeServiceDeployments", ok(json!({"serviceDeployments": [deployment]})))
        .respond("DescribeServiceRevisions", ok(json!({"serviceRevisions": [{}]})))
        .respond("StopServiceDeployment", ok(json!({"serviceDeploymentArn": DEPLOYMENT})))
        .respond("DescribeTaskDefinition", ok(definition()))
        .respond("RegisterTaskDefinition", ok(definition()))
        .respond("DeregisterTaskDefinition", ok(definition()))
        .respond("ListTaskDefinitions", ok(json!({"taskDefinitionArns": [REVISION]})))
        .respond("ListTasks", ok(json!({"taskArns": [TASK]})))
        .respond("DescribeTasks", ok(json!({"tasks": [{"taskArn": TASK}]})))
        .respond("RunTask", ok(json!({"tasks": [{"taskArn": TASK}]})))
        .respond("StopTask", ok(json!({"task": {"taskArn": TASK}})))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The buckets of which permits were taken, with their number.
fn permits(ecs: &Ecs) -> Vec<(RateBucket, usize)> {
    let taken = BUCKETS.map(|bucket| (bucket, ecs.rates.permits(bucket)));
    taken.into_iter().filter(|(_, permits)| *permits > 0).collect()
}

/// Checks that a call sends one request, and takes one permit of this bucket and of no other one.
fn takes_a_permit<T>(bucket: RateBucket, action: &str, call: impl AsyncFnOnce(&Ecs) -> Result<T, AwsError>) {
    let aws = aws();
    let ecs = aws.ecs();
    block_on(call(&ecs)).map(drop).unwrap();
    assert_eq!(aws.requests(action).len(), 1, "{action}");
    assert_eq!(permits(&ecs), [(bucket, 1)], "{action}");
}

#[test]
fn each_call_takes_one_permit_of_its_bucket() {
    use RateBucket as Bucket;
    let (arns, by) = ([DEPLOYMENT.to_owned()], Retry::ByCaller);
    takes_a_permit(Bucket::ClusterRead, "ListClusters", async |e| e.list_clusters(Paging::All).await);
    takes_a_permit(Bucket::ServiceRead, "ListServices", async |e| e.list_services("shop", Paging::All).await);
    takes_a_permit(Bucket::ServiceRead, "DescribeServices", async |e| {
        e.describe_service(&service(), by).await
    });
    takes_a_permit(Bucket::ServiceRead, "DescribeServices", async |e| {
        e.describe_services_with_tags("shop", &["web"], by).await
    });
    takes_a_permit(Bucket::ServiceModify, "UpdateService", async |e| {
        e.update_service(&service(), Some(REVISION), None, false, by).await
    });
    takes_a_permit(Bucket::ServiceDeployment, "ListServiceDeployments", async |e| {
        e.list_service_deployments(&service(), DeploymentFilter::default(), Paging::All, by).await
    });
    takes_a_permit(Bucket::ServiceDeployment, "DescribeServiceDeployments", async |e| {
        e.describe_service_deployments(&arns).await
    });
    takes_a_permit(Bucket::ServiceDeployment, "StopServiceDeployment", async |e| {
        e.stop_service_deployment(DEPLOYMENT).await
    });
    takes_a_permit(Bucket::ServiceRevision, "DescribeServiceRevisions", async |e| {
        e.describe_service_revisions(&arns).await
    });
    takes_a_permit(Bucket::DefinitionRead, "DescribeTaskDefinition", async |e| {
        e.describe_task_definition(REVISION).await
    });
    takes_a_permit(Bucket::DefinitionRead, "DescribeTaskDefinition", async |e| {
        e.find_task_definition("web").await
    });
    takes_a_permit(Bucket::DefinitionRead, "DescribeTaskDefinition", async |e| {
        e.describe_revision(REVISION).await
    });
    takes_a_permit(Bucket::DefinitionRead, "ListTaskDefinitions", async |e| {
        e.list_task_definitions("web").next().await
    });
    takes_a_permit(Bucket::DefinitionModify, "RegisterTaskDefinition", async |e| {
        e.register_task_definition("web", "{}".to_owned(), by).await
    });
    takes_a_permit(Bucket::DefinitionModify, "DeregisterTaskDefinition", async |e| {
        e.deregister_task_definition(REVISION).await
    });
    takes_a_permit(Bucket::TaskRead, "ListTasks", async |e| {
        e.list_tasks(TaskFilter::Service(&service()), &DesiredStatus::Running, Paging::All, by).await
    });
    takes_a_permit(Bucket::TaskRead, "DescribeTasks", async |e| {
        e.describe_tasks("shop", &[TASK.to_owned()], by).await
    });
    takes_a_permit(Bucket::TaskModify, "RunTask", async |e| e.run_task(RunTaskInput::builder(), by).await);
    takes_a_permit(Bucket::TaskModify, "StopTask", async |e| e.stop_task("shop", TASK, None).await);
}

#[test]
fn the_probe_of_a_stop_takes_its_permit_where_the_stop_does() {
    let aws = aws().respond(
        "StopServiceDeployment",
        [CannedResponse::Error(400, "ServiceDeploymentNotFoundException", "not found")],
    );
    let ecs = aws.ecs();
    let check = block_on(permissions::check_stop(&ecs, &service(), REVISION));
    assert_eq!(check.detail, "allowed");
    assert_eq!(permits(&ecs), [(RateBucket::ServiceDeployment, 1)]);
    let arn = &aws.requests("StopServiceDeployment")[0]["serviceDeploymentArn"];
    assert_eq!(arn, "arn:aws:ecs:us-east-1:123456789012:service-deployment/shop/web/ecs-host-verify-probe");
}

#[test]
fn the_probe_of_the_watch_takes_its_permits_where_the_watch_does() {
    let ecs = aws().ecs();
    block_on(permissions::check_watch(&ecs, &service(), false));
    // A list and a description of tasks; the deployment names no revision, so nothing else is read.
    assert_eq!(permits(&ecs), [(RateBucket::ServiceDeployment, 1), (RateBucket::TaskRead, 2)]);
}

#[test]
fn pages_are_read_as_far_as_the_caller_needs_them() {
    let page = |token: Option<&str>| CannedResponse::Ok(json!({"clusterArns": ["a"], "nextToken": token}));
    let read = |paging: Paging| {
        let aws = Canned::default().respond("ListClusters", [page(Some("2")), page(Some("3")), page(None)]);
        let clusters = block_on(aws.ecs().list_clusters(paging)).unwrap();
        assert_eq!(clusters.len(), aws.requests("ListClusters").len());
        aws.requests("ListClusters")
    };
    let all = read(Paging::All);
    let tokens: Vec<_> = all.iter().map(|request| request["nextToken"].as_str()).collect();
    assert_eq!(tokens, [None, Some("2"), Some("3")]);
    assert_eq!(read(Paging::AtMost(2)).len(), 2);
    assert_eq!(read(Paging::OneItem), [json!({"maxResults": 1})]);
}

#[test]
fn a_list_whose_page_follows_itself_is_an_error() {
    let page = |list: &str| CannedResponse::Ok(json!({list: [], "nextToken": "again"}));
    let aws = Canned::default()
        .respond("ListClusters", [page("clusterArns")])
        .respond("ListTaskDefinitions", [page("taskDefinitionArns")]);
    let error = block_on(aws.ecs().list_clusters(Paging::All)).unwrap_err();
    assert_eq!(error.to_string(), "ecs:ListClusters for the account: the page after a page is this page");
    let ecs = aws.ecs();
    let read = async {
        let mut revisions = ecs.list_task_definitions("web");
        while revisions.next().await?.is_some() {}
        Ok::<_, crate::AwsError>(())
    };
    assert!(block_on(read).unwrap_err().to_string().contains("family `web`"));
}

#[test]
fn a_request_has_no_more_items_than_the_api_accepts() {
    let (aws, arns) = (aws(), vec![TASK.to_owned(); 101]);
    let ecs = aws.ecs();
    block_on(async {
        ecs.describe_services("shop", &arns[..11], Retry::BySdk).await.unwrap();
        ecs.describe_tasks("shop", &arns, Retry::BySdk).await.unwrap();
        ecs.describe_service_deployments(&arns[..21]).await.unwrap();
        ecs.describe_service_revisions(&arns[..40]).await.unwrap();
    });
    let sizes = |action: &str, list: &str| -> Vec<usize> {
        aws.requests(action).iter().map(|request| request[list].as_array().unwrap().len()).collect()
    };
    assert_eq!(sizes("DescribeServices", "services"), [10, 1]);
    assert_eq!(sizes("DescribeTasks", "tasks"), [100, 1]);
    assert_eq!(sizes("DescribeServiceDeployments", "serviceDeploymentArns"), [20, 1]);
    assert_eq!(sizes("DescribeServiceRevisions", "serviceRevisionArns"), [20, 20]);
}

#[test]
fn a_concurrent_registration_is_throttled() {
    let message = "Too many concurrent attempts to create a new revision of the specified family.";
    let aws = Canned::default()
        .respond("RegisterTaskDefinition", [CannedResponse::Error(400, "ClientException", message)]);
    let registered = block_on(aws.ecs().register_task_definition("web", "{}".to_owned(), Retry::ByCaller));
    assert_eq!(registered.unwrap_err().kind, crate::error::ErrorKind::Throttled);
}

#[test]
fn a_task_definition_is_read_and_registered_with_fields_that_the_sdk_does_not_define() {
    let new = json!({"taskDefinition": {
        "taskDefinitionArn": REVISION, "family": "web", "containerDefinitions": [], "fieldOfTomorrow": {"x": []},
    }});
    let aws = aws().respond("DescribeTaskDefinition", [CannedResponse::Ok(new)]);
    let ecs = aws.ecs();
    let revision = block_on(ecs.find_task_definition("web")).unwrap().unwrap();
    assert_eq!((revision.arn.to_string().as_str(), revision.is_active), (REVISION, true));
    let body = revision.definition.to_request();
    block_on(ecs.register_task_definition("web", body, Retry::ByCaller)).unwrap();
    assert_eq!(aws.requests("RegisterTaskDefinition")[0]["fieldOfTomorrow"], json!({"x": []}));
}

#[test]
fn a_task_definition_that_the_types_of_the_sdk_reject_is_read_and_registered() {
    let containers = json!([{"name": "web", "startTimeout": "later", "essential": "no"}]);
    let new = json!({"taskDefinition": {
        "taskDefinitionArn": REVISION, "family": "web", "status": "INACTIVE", "containerDefinitions": containers,
    }});
    let response = [CannedResponse::Ok(new)];
    let aws =
        aws().respond("DescribeTaskDefinition", response.clone()).respond("RegisterTaskDefinition", response);
    let ecs = aws.ecs();
    let revision = block_on(ecs.find_task_definition("web")).unwrap().unwrap();
    assert!(!revision.is_active);
    let body = revision.definition.to_request();
    let arn = block_on(ecs.register_task_definition("web", body, Retry::ByCaller)).unwrap();
    assert_eq!(arn.to_string(), REVISION);
    assert_eq!(aws.requests("RegisterTaskDefinition")[0]["containerDefinitions"], containers);
}

#[test]
fn the_primary_deployment_is_found_wherever_it_is_in_the_list() {
    let deployment = |id: &str, status: &str| Deployment::builder().id(id).status(status).build();
    let service = Service::builder()
        .deployments(deployment("ecs-svc/1", "ACTIVE"))
        .deployments(deployment("ecs-svc/2", "PRIMARY"));
    assert_eq!(primary_deployment(&service.build()).and_then(Deployment::id), Some("ecs-svc/2"));
    assert_eq!(primary_deployment(&Service::builder().build()), None);
}
