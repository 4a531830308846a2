use std::collections::BTreeSet;

use super::*;
use crate::ecs::read::TargetFacts;
use model::decision::{BuildkitOptions, Deployment, DockerBuild, Image, ImageSource, Reference};
use model::lookup::LookupQuery;
use model::names::{ArnPattern, BuildCache, Region, Repository, Tag};
use serde_json::{Value, json};

fn arns(texts: &[&str]) -> Vec<ArnPattern> {
    texts.iter().map(|text| ArnPattern::parse(text).unwrap()).collect()
}

/// The document of the policy of these ARNs.
fn document(texts: &[&str], uses: &[Use], flags: Flags) -> Value {
    let mut needs = Needs::of_arns(&arns(texts), false);
    needs.uses = uses.iter().copied().collect();
    needs.flags = flags;
    Policy::new(&needs).to_document()
}

fn statement<'d>(document: &'d Value, sid: &str) -> Option<&'d Value> {
    document["Statement"].as_array()?.iter().find(|statement| statement["Sid"] == sid)
}

const SERVICE: &str = "arn:aws:ecs:eu-west-1:123456789012:service/main/web";
const ROLE: &str = "arn:aws:iam::123456789012:role/web";

#[test]
fn every_row_has_a_name_that_iam_accepts_and_texts_of_one_line() {
    for row in table::rows() {
        assert!(row.sid.bytes().all(|b| b.is_ascii_alphanumeric()), "{}", row.sid);
        assert!(!row.actions.is_empty() && row.actions.iter().all(|action| action.contains(':')));
        for text in [Some(row.reason), row.without].into_iter().flatten() {
            assert!(!text.ends_with('.') && !text.contains('\n') && text.len() < 100, "{text}");
        }
    }
}

#[test]
fn no_statement_is_named_twice() {
    let every = [Use::Run, Use::Plan, Use::Verify, Use::Status, Use::Rollback, Use::Continue];
    let on = |deregisters, waits_for_stage| Flags { deregisters, waits_for_stage, ..Flags::default() };
    for flags in [on(false, false), on(true, false), on(false, true), on(true, true)] {
        let needs = [SERVICE, ROLE, "arn:aws:ecr:eu-west-1:123456789012:repository/web"];
        let document = document(&needs, &every, flags);
        let names: Vec<&str> =
            document["Statement"].as_array().unwrap().iter().filter_map(|s| s["Sid"].as_str()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}

#[test]
fn a_plan_only_reads() {
    let needs = [SERVICE, ROLE, "arn:aws:ecr:eu-west-1:123456789012:repository/web"];
    let document = document(&needs, &[Use::Plan], Flags::default());
    let actions = document["Statement"].as_array().unwrap().iter().flat_map(|statement| {
        let action = &statement["Action"];
        action.as_array().cloned().unwrap_or_else(|| vec![action.clone()])
    });
    for action in actions {
        let (_, operation) = action.as_str().unwrap().split_once(':').unwrap();
        assert!(["Describe", "List"].iter().any(|read| operation.starts_with(read)), "{action}");
    }
}

#[test]
fn a_role_is_passed_to_the_services_that_start_its_tasks() {
    let schedule = "arn:aws:scheduler:eu-west-1:123456789012:schedule/jobs/report";
    let document = document(&[schedule, ROLE], &[Use::Run], Flags::default());
    for (sid, service) in
        [("PassTaskRoles", "ecs-tasks.amazonaws.com"), ("PassScheduleRoles", "scheduler.amazonaws.com")]
    {
        let statement = statement(&document, sid).unwrap();
        assert_eq!(statement["Resource"], ROLE);
        assert_eq!(statement["Condition"]["StringEquals"]["iam:PassedToService"], service);
    }
    assert_eq!(statement(&document, "PassRuleRoles"), None);
}

#[test]
fn a_rule_of_the_default_bus_has_no_bus_in_its_arn() {
    for (arn, expected) in [("rule/order", "rule/order"), ("rule/orders/order", "rule/orders/order")] {
        let arn = format!("arn:aws:events:eu-west-1:123456789012:{arn}");
        let document = document(&[&arn], &[Use::Run], Flags::default());
        let resource = statement(&document, "UpdateRules").unwrap()["Resource"].as_str().unwrap().to_owned();
        assert!(resource.ends_with(&format!(":{expected}")), "{resource}");
    }
}

#[test]
fn a_trust_policy_compares_exactly_what_is_no_pattern() {
    let policy = TrustPolicy {
        role: model::names::RoleArn::parse("arn:aws:iam::123456789012:role/ci").unwrap(),
        issuer: "token.example".to_owned(),
        conditions: vec![
            TrustCondition { claim: "aud", values: vec!["sts.amazonaws.com".to_owned()] },
            TrustCondition { claim: "sub", values: vec!["repo:a/b:*".to_owned()] },
        ],
    };
    let document: Value = serde_json::from_str(&policy.to_text()).unwrap();
    let statement = &document["Statement"][0];
    assert_eq!(statement["Principal"]["Federated"], "arn:aws:iam::123456789012:oidc-provider/token.example");
    assert_eq!(
        statement["Condition"],
        json!({
            "StringEquals": {"token.example:aud": "sts.amazonaws.com"},
            "StringLike": {"token.example:sub": "repo:a/b:*"},
        })
    );
}

fn image(repository: &str, source: ImageSource) -> Image {
    Image {
        name: "web".to_owned(),
        repository: Repository::parse(repository).unwrap(),
        tags: vec![Tag::parse("main").unwrap()],
        source,
        publish_only: true,
    }
}

/// The document of the run's own credentials, for these images and lookups of a policy in a repository.
fn document_of_images(
    images: Vec<Image>,
    lookups: &[LookupQuery],
    policy: Option<&str>,
) -> Result<Value, Vec<String>> {
    let deployment = Deployment { images, targets: Vec::new() };
    let components: Vec<_> = policy.iter().map(|repository| Repository::parse(repository).unwrap()).collect();
    let needs = needs_of_deployment(DeploymentNeeds {
        deployment: &deployment,
        facts: &TargetFacts::default(),
        components: &components,
        lookups,
        region: &Region::parse("eu-west-1").unwrap(),
        uses: &[Use::Run],
        flags: Flags::default(),
    })?;
    Ok(Policy::new(&needs[&None]).to_document())
}

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

#[test]
fn each_repository_has_the_actions_of_its_use() {
    let caches =
        |text: &str| vec![BuildCache::parse_source(&format!("type=registry,ref={text}:cache")).unwrap()];
    let options = BuildkitOptions {
        cache_from: caches(&format!("{HOST}/from")),
        cache_to: caches("210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn/to"),
        ..BuildkitOptions::default()
    };
    let build = DockerBuild { buildkit: Some(Box::new(options)), ..DockerBuild::default() };
    let promoted = ImageSource::Pushed(Reference::parse("staging").unwrap());
    let images = vec![
        image(&format!("{HOST}/built"), ImageSource::Build(build)),
        image(&format!("{HOST}/promoted"), promoted),
        image("registry.example.com/other", ImageSource::Dockerfile),
    ];
    let lookup = LookupQuery::GetImage {
        repository: Repository::parse(&format!("{HOST}/looked-up")).unwrap(),
        reference: Reference::parse("main").unwrap(),
    };
    let document = document_of_images(images, &[lookup], Some(&format!("{HOST}/policy"))).unwrap();
    let arn = |name: &str| format!("arn:aws:ecr:eu-west-1:123456789012:repository/{name}");
    let to = "arn:aws-cn:ecr:cn-north-1:210987654321:repository/to".to_owned();
    for (sid, repositories) in [
        ("ReadImages", vec![arn("built"), arn("looked-up"), arn("promoted")]),
        ("ReadRepositories", vec![arn("built"), arn("promoted")]),
        ("PushImages", vec![to, arn("built")]),
        ("PromoteImages", vec![arn("promoted")]),
        ("PullImages", vec![arn("from")]),
        ("PullPolicy", vec![arn("policy")]),
        ("LogIn", vec!["*".to_owned()]),
    ] {
        let resource = &statement(&document, sid).unwrap()["Resource"];
        let expected = if let [one] = repositories.as_slice() { json!(one) } else { json!(repositories) };
        assert_eq!(*resource, expected, "{sid}");
    }
    assert!(!document.to_string().contains("registry.example.com"));
}

#[test]
fn a_lookup_of_a_service_requires_to_read_it() {
    let lookup = |cluster: &str| LookupQuery::ListServices { cluster: cluster.to_owned() };
    let arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/main";
    let document = document_of_images(Vec::new(), &[lookup(arn)], None).unwrap();
    assert_eq!(statement(&document, "ListServices").unwrap()["Condition"]["ArnLike"]["ecs:cluster"], arn);
    let services = "arn:aws:ecs:eu-west-1:123456789012:service/main/*";
    assert_eq!(statement(&document, "ReadServices").unwrap()["Resource"], services);
    assert!(statement(&document, "UpdateServices").is_none());
    let problems = document_of_images(Vec::new(), &[lookup("main")], None).unwrap_err();
    assert!(problems[0].contains("let the policy or the guard name it by its ARN"), "{problems:?}");
}

#[test]
fn every_arn_of_a_policy_is_in_the_partition_of_its_region() {
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
        let arn = |service: &str, resource: &str| {
            format!("arn:{partition}:{service}:{region}:123456789012:{resource}")
        };
        let role = format!("arn:{partition}:iam::123456789012:role/web");
        let arns = [
            arn("ecs", "service/main/web"),
            arn("ecs", "task-definition/web"),
            arn("ecr", "repository/web"),
            arn("logs", "log-group:/ecs/web"),
            arn("scheduler", "schedule/jobs/report"),
            arn("events", "rule/order"),
            role,
        ];
        let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
        let every = [Use::Run, Use::Verify, Use::Status, Use::Rollback, Use::Continue];
        let flags = Flags { deregisters: true, rolls_back_on_failure: true, ..Flags::default() };
        let text = document(&arns, &every, flags).to_string();
        let count = text.matches("arn:").count();
        assert!(count > 15 && text.matches(&format!("arn:{partition}:")).count() == count, "{text}");
    }
}
