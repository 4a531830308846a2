//! Targets: their places, and what changes there.

use model::names::Region;

use super::*;

#[test]
fn two_targets_of_one_service_are_rejected_by_name_and_by_arn() {
    let arn = types::ServiceName {
        cluster: "arn:aws:ecs:eu-central-1:123456789012:cluster/c".into(),
        service: "arn:aws:ecs:eu-central-1:123456789012:service/c/s".into(),
    };
    let twice = types::Target { destination: types::Destination::Service(arn), ..target() };
    assert!(problems(vec![image()], vec![target(), twice]).contains("is named twice"));
    let there = || types::Target { region: Some("us-east-1".into()), ..target() };
    assert!(problems(vec![image()], vec![there(), there()]).contains("is named twice"));
    assert!(to_deployment(vec![image()], vec![target(), there()]).is_ok());
}

#[test]
fn a_role_that_is_not_an_arn_is_rejected() {
    let target = |role: &str| types::Target { role: Some(role.into()), ..target() };
    assert!(problems(vec![image()], vec![target("deploy")]).contains("invalid IAM role \"deploy\""));
    let deployment =
        to_deployment(vec![image()], vec![target("arn:aws:iam::123456789012:role/deploy")]).unwrap();
    let own = Region::parse("eu-central-1").unwrap();
    let place = deployment.targets[0].place(&own);
    assert_eq!((place.region, place.role.unwrap().account()), (own, "123456789012"));
}

#[test]
fn a_region_that_conflicts_with_the_arn_is_rejected() {
    let name = |region: &str| types::ServiceName {
        cluster: format!("arn:aws:ecs:{region}:123456789012:cluster/c"),
        service: "s".into(),
    };
    let target = |region: Option<&str>| types::Target {
        destination: types::Destination::Service(name("us-east-1")),
        region: region.map(str::to_owned),
        ..target()
    };
    let deployment = to_deployment(vec![image()], vec![target(None)]).unwrap();
    let own = Region::parse("eu-central-1").unwrap();
    assert_eq!(deployment.targets[0].place(&own).region, own);
    assert_eq!(deployment.targets[0].arn_region.as_ref().map(Region::as_str), Some("us-east-1"));
    assert!(problems(vec![image()], vec![target(Some("eu-west-1"))]).contains("its ARN is in us-east-1"));
}

#[test]
fn a_target_changes_something() {
    let idle = |change: &dyn Fn(&mut types::Target)| {
        let mut target = types::Target { containers: Some(vec![]), ..target() };
        change(&mut target);
        to_deployment(vec![image()], vec![target]).map(drop).map_err(|problems| join(&problems))
    };
    assert!(idle(&|_| {}).unwrap_err().contains("target service `c/s`: nothing can change"));
    let size = |cpu_units| types::TaskDefinitionOptions { base: None, cpu_units, memory_mib: None };
    let rollout = |desired_count| types::RolloutOptions {
        desired_count,
        timeout_seconds: None,
        bake_seconds: None,
        on_failure: None,
    };
    assert_eq!(idle(&|target| target.task_definition = Some(size(Some(256)))), Ok(()));
    assert!(
        idle(&|target| target.task_definition = Some(size(Some(0)))).unwrap_err().contains("its cpu is 0")
    );
    assert_eq!(idle(&|target| target.rollout = Some(rollout(Some(0)))), Ok(()));
    assert!(idle(&|target| target.rollout = Some(rollout(None))).is_err());
    let published = types::Image { publish_only: true, ..image() };
    assert!(problems(vec![published], vec![target()]).contains("nothing can change"));
    assert!(problems(vec![image()], vec![changing(change())]).contains("container `web`: nothing changes"));
}

#[test]
fn only_a_service_has_a_rollout() {
    let rollout = types::RolloutOptions {
        desired_count: Some(1),
        timeout_seconds: None,
        bake_seconds: None,
        on_failure: None,
    };
    for destination in [
        types::Destination::Family("nightly".into()),
        types::Destination::Schedule("reports/nightly".into()),
        types::Destination::EventRule("nightly".into()),
    ] {
        let target = types::Target { destination: destination.clone(), rollout: Some(rollout), ..target() };
        let problems = problems(vec![image()], vec![target.clone()]);
        assert!(problems.contains("it has options of a rollout, and only a service rolls out"), "{problems}");
        let plain = types::Target { rollout: None, ..target };
        assert!(to_deployment(vec![image()], vec![plain]).is_ok());
    }
}
