use super::*;
use crate::decision::{
    ContainerChange, ContainerSettings, Destination, RolloutOptions, TaskDefinitionOptions,
};

#[test]
fn a_star_matches_any_characters() {
    for (pattern, value, expected) in [
        ("eu-west-1", "eu-west-1", true),
        ("eu-west-1", "eu-west-10", false),
        ("*", "", true),
        ("eu-*", "eu-west-1", true),
        ("eu-*", "us-east-1", false),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("a*b*c", "aXbYc", true),
        ("a*b*c", "acb", false),
        ("a**c", "abc", true),
        ("*.example.com", "registry.example.com", true),
        ("*.example.com", "registry.example.com.evil", false),
    ] {
        assert_eq!(matches(pattern, value), expected, "{pattern} {value}");
    }
}

fn list(key: &'static str, patterns: &[&str]) -> Option<AllowList> {
    let patterns = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    Some(AllowList { key, patterns, origin: "o.toml:1".to_owned() })
}

#[test]
fn a_registry_without_a_slash_is_a_whole_host() {
    let confinement = Confinement {
        registries: list("allowed-registries", &["a.example", "b.example/team/*"]),
        ..Confinement::default()
    };
    for (repository, is_allowed) in [
        ("a.example/x/y", true),
        ("b.example/team/x", true),
        ("b.example/other", false),
        ("c.example/team/x", false),
    ] {
        let violations = confinement.check_repository("image `x`", &Repository::parse(repository).unwrap());
        assert_eq!(violations.is_empty(), is_allowed, "{repository}: {violations:?}");
    }
}

#[test]
fn the_secrets_of_containers_are_confined() {
    let confinement = Confinement {
        regions: list("allowed-regions", &["eu-west-1"]),
        accounts: list("allowed-accounts", &["123456789012"]),
        ..Confinement::default()
    };
    let violations = |arn: &str| {
        let settings = ContainerSettings {
            secrets: vec![("DB".to_owned(), arn.to_owned())],
            ..ContainerSettings::default()
        };
        let change = ContainerChange { container: "web".into(), image: None, settings };
        let target = Target {
            destination: Destination::Family("todo".into()),
            region: None,
            arn_region: None,
            account: None,
            role: None,
            containers: Some(vec![change]),
            task_definition: TaskDefinitionOptions::default(),
            rollout: RolloutOptions::default(),
            tasks_before: Vec::new(),
            tasks_after: Vec::new(),
            wave: 0,
        };
        confinement.check_deployment(&Deployment { images: Vec::new(), targets: vec![target] })
    };
    assert!(violations("arn:aws:ssm:eu-west-1:123456789012:parameter/db").is_empty());
    let subject = "task definition family `todo`, secret `DB` of container `web`";
    assert_eq!(
        violations("arn:aws:secretsmanager:us-east-1:999999999999:secret:db-AbCdEf:password::"),
        [
            format!(
                "{subject}: region us-east-1 is not allowed; `allowed-regions` (o.toml:1) allows eu-west-1"
            ),
            format!(
                "{subject}: account 999999999999 is not allowed; `allowed-accounts` (o.toml:1) allows 123456789012"
            ),
        ]
    );
}

#[test]
fn a_lookup_is_confined_by_its_arns_its_registry_and_the_region_of_the_run() {
    let confinement = Confinement {
        regions: list("allowed-regions", &["eu-west-1"]),
        accounts: list("allowed-accounts", &["123456789012"]),
        ..Confinement::default()
    };
    let region = Region::parse("eu-west-1").unwrap();
    let list_services = |cluster: &str| LookupQuery::ListServices { cluster: cluster.to_owned() };
    let image = |repository: &str| LookupQuery::GetImage {
        repository: Repository::parse(repository).unwrap(),
        reference: crate::decision::Reference::parse("x").unwrap(),
    };
    for (query, count) in [
        (list_services("main"), 0),
        (list_services("arn:aws:ecs:eu-west-1:123456789012:cluster/main"), 0),
        (list_services("arn:aws:ecs:us-east-1:999999999999:cluster/main"), 2),
        (image("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"), 0),
        (image("999999999999.dkr.ecr.us-east-1.amazonaws.com/web"), 2),
    ] {
        assert_eq!(confinement.check_lookup(&query, &region).len(), count, "{query:?}");
    }
    let other = Region::parse("us-east-1").unwrap();
    assert_eq!(confinement.check_lookup(&list_services("main"), &other).len(), 1);
}
