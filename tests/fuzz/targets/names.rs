//! Names of all kinds: an accepted name is printed as it was parsed, and parses again. A rejected name is
//! reported in one line.
#![no_main]

mod printed;

use std::fmt::Display;

use libfuzzer_sys::fuzz_target;
use model::decision::Reference;
use model::names::{
    Artifact, Digest, EcsResource, InvalidName, Region, Repository, RevisionName, RoleArn, ServiceArn,
    ServiceDeploymentArn, Tag, TaskArn, TaskDefinitionArn, parse_build_path, parse_ecs_name,
    parse_variable_name, short_revision,
};
use printed::{assert_line, is_unseen};

fuzz_target!(|text: &str| {
    assert_parses_to_itself(text, Tag::parse, |tag| tag.as_str().to_owned());
    assert_parses_to_itself(text, Digest::parse, Digest::to_string);
    assert_parses_to_itself(text, Region::parse, Region::to_string);
    assert_parses_to_itself(text, RoleArn::parse, RoleArn::to_string);
    assert_parses_to_itself(text, ServiceArn::parse, ServiceArn::to_string);
    assert_parses_to_itself(text, ServiceDeploymentArn::parse, ServiceDeploymentArn::to_string);
    assert_parses_to_itself(text, TaskArn::parse, TaskArn::to_string);
    assert_parses_to_itself(text, Reference::parse, |reference| reference.as_str().to_owned());
    assert_parses_to_itself(text, |text| parse_build_path("path", text), String::clone);
    assert_parses_to_itself(text, |text| parse_ecs_name("name", text), String::clone);
    assert_parses_to_itself(text, |text| parse_variable_name("name", text), String::clone);
    artifact(text);
    repository(text);
    resource("cluster", text);
    resource("service", text);
    revision_name(text);
});

/// Asserts that an accepted name prints as its text, without invisible characters, and is not an option.
fn assert_parses_to_itself<T: PartialEq + std::fmt::Debug>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, InvalidName>,
    write: impl Fn(&T) -> String,
) {
    match parse(text) {
        Ok(name) => {
            assert_eq!(write(&name), text);
            assert!(!text.is_empty() && !text.contains(is_unseen), "{name:?}");
            assert!(
                !text.starts_with('-')
                    || text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            );
        }
        Err(error) => assert_rejected(text, &error),
    }
}

fn assert_rejected(text: &str, error: &InvalidName) {
    assert_line(&error.to_string());
    assert!(error.to_string().chars().count() < 3000, "{} characters", error.to_string().len());
    assert!(text.contains(&error.text), "{error:?} is not about {text:?}");
}

/// Asserts that the text of a name parses to the same name.
fn assert_round_trip<T: Display + PartialEq + std::fmt::Debug>(
    name: &T,
    parse: impl Fn(&str) -> Result<T, InvalidName>,
) {
    let text = name.to_string();
    assert_line(&text);
    assert_eq!(parse(&text).as_ref(), Ok(name), "{text}");
}

fn artifact(text: &str) {
    match Artifact::parse(text) {
        Ok(artifact) => {
            assert_round_trip(&artifact, Artifact::parse);
            assert!(Artifact::has_scheme(text) && (artifact.tag.is_some() || artifact.manifest.is_some()));
            let digest = Digest::sha256(text.as_bytes());
            let pinned = artifact.pinned(&digest);
            assert_round_trip(&pinned, Artifact::parse);
            assert_eq!((pinned.manifest, pinned.repository), (Some(digest), artifact.repository));
        }
        Err(error) => assert_rejected(text, &error),
    }
}

fn repository(text: &str) {
    match Repository::parse(text) {
        Ok(repository) => {
            assert_round_trip(&repository, Repository::parse);
            let digest = Digest::sha256(b"x");
            assert!(repository.contains(&repository.pinned(&digest)) && repository.contains(text));
            if let Ok(tag) = Tag::parse("a.b-c") {
                assert!(repository.contains(&repository.tagged(&tag)));
                assert!(repository.contains(&format!("{}@{digest}", repository.tagged(&tag))));
            }
            assert!(!repository.contains(&format!("{text}-x")) && !repository.contains(&format!("{text}/x")));
            assert!(!repository.contains(&format!("x{text}")));
            if let Some(registry) = repository.ecr_registry() {
                let prefix = format!("{}.dkr", registry.account);
                assert!(text.starts_with(&prefix) && text.contains(registry.region.as_str()));
            }
        }
        Err(error) => assert_rejected(text, &error),
    }
}

/// A cluster or a service: the parts of its ARN are valid names.
fn resource(kind: &'static str, text: &str) {
    match EcsResource::parse(kind, text) {
        Ok(resource) => {
            assert_line(text);
            assert!(text.ends_with(&resource.name) && parse_ecs_name(kind, &resource.name).is_ok());
            if let Some(scope) = &resource.scope {
                let account = &scope.account;
                assert!(Region::parse(scope.region.as_str()).is_ok());
                assert!(!account.is_empty() && account.bytes().all(|b| b.is_ascii_digit()), "{account:?}");
            }
            if let Some(cluster) = &resource.cluster {
                assert!(parse_ecs_name("cluster", cluster).is_ok(), "{cluster:?}");
            }
        }
        Err(error) => assert_rejected(text, &error),
    }
}

fn revision_name(text: &str) {
    match RevisionName::parse(text) {
        Ok(name) => {
            assert_round_trip(&name, RevisionName::parse);
            let current = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:9";
            let current = TaskDefinitionArn::parse(current).expect("a valid ARN");
            if let Some(arn) = name.resolve(&current) {
                assert_round_trip(&arn, TaskDefinitionArn::parse);
                assert_eq!(
                    (arn.family(), arn.revision().as_str()),
                    ("web", short_revision(&arn.to_string()))
                );
                assert!(arn.compare_revisions(&current).is_some());
            }
        }
        Err(error) => assert_rejected(text, &error),
    }
}
