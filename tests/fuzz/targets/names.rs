//! Names of all kinds: what is taken is written as it was read, and can be read again; what is not is
//! told in a line.
#![no_main]

mod told;

use std::fmt::Display;

use libfuzzer_sys::fuzz_target;
use model::decision::Reference;
use model::names::{
    Artifact, Digest, EcsResource, InvalidName, Region, Repository, RevisionName, RoleArn, ServiceArn,
    ServiceDeploymentArn, Tag, TaskArn, TaskDefinitionArn, parse_build_path, parse_ecs_name,
    parse_variable_name, short_revision,
};
use told::{assert_line, is_unseen};

fuzz_target!(|text: &str| {
    again(text, Tag::parse, |tag| tag.as_str().to_owned());
    again(text, Digest::parse, Digest::to_string);
    again(text, Region::parse, Region::to_string);
    again(text, RoleArn::parse, RoleArn::to_string);
    again(text, ServiceArn::parse, ServiceArn::to_string);
    again(text, ServiceDeploymentArn::parse, ServiceDeploymentArn::to_string);
    again(text, TaskArn::parse, TaskArn::to_string);
    again(text, Reference::parse, |reference| reference.as_str().to_owned());
    again(text, |text| parse_build_path("path", text), String::clone);
    again(text, |text| parse_ecs_name("name", text), String::clone);
    again(text, |text| parse_variable_name("name", text), String::clone);
    artifact(text);
    repository(text);
    resource("cluster", text);
    resource("service", text);
    revision_name(text);
});

/// What is taken is the text itself, and nothing in it is unseen or an option.
fn again<T: PartialEq + std::fmt::Debug>(
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
        Err(error) => invalid(text, &error),
    }
}

fn invalid(text: &str, error: &InvalidName) {
    assert_line(&error.to_string());
    assert!(error.to_string().chars().count() < 3000, "{} characters", error.to_string().len());
    assert!(text.contains(&error.text), "{error:?} is not about {text:?}");
}

/// What is written is read as the very same.
fn same<T: Display + PartialEq + std::fmt::Debug>(name: &T, parse: impl Fn(&str) -> Result<T, InvalidName>) {
    let text = name.to_string();
    assert_line(&text);
    assert_eq!(parse(&text).as_ref(), Ok(name), "{text}");
}

fn artifact(text: &str) {
    match Artifact::parse(text) {
        Ok(artifact) => {
            same(&artifact, Artifact::parse);
            assert!(Artifact::has_scheme(text) && (artifact.tag.is_some() || artifact.manifest.is_some()));
            let digest = Digest::sha256(text.as_bytes());
            let pinned = artifact.pinned(&digest);
            same(&pinned, Artifact::parse);
            assert_eq!((pinned.manifest, pinned.repository), (Some(digest), artifact.repository));
        }
        Err(error) => invalid(text, &error),
    }
}

fn repository(text: &str) {
    match Repository::parse(text) {
        Ok(repository) => {
            same(&repository, Repository::parse);
            let digest = Digest::sha256(b"x");
            assert!(repository.contains(&repository.pinned(&digest)) && repository.contains(text));
            if let Ok(tag) = Tag::parse("a.b-c") {
                assert!(repository.contains(&repository.tagged(&tag)));
                assert!(repository.contains(&format!("{}@{digest}", repository.tagged(&tag))));
            }
            assert!(!repository.contains(&format!("{text}-x")) && !repository.contains(&format!("{text}/x")));
            assert!(!repository.contains(&format!("x{text}")));
            if let Some(registry) = repository.ecr_registry() {
                let start = format!("{}.dkr", registry.account);
                assert!(text.starts_with(&start) && text.contains(registry.region.as_str()));
            }
        }
        Err(error) => invalid(text, &error),
    }
}

/// A cluster or a service: all that its ARN tells is made of names.
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
        Err(error) => invalid(text, &error),
    }
}

fn revision_name(text: &str) {
    match RevisionName::parse(text) {
        Ok(name) => {
            same(&name, RevisionName::parse);
            let current = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:9";
            let current = TaskDefinitionArn::parse(current).expect("a valid ARN");
            if let Some(arn) = name.resolve(&current) {
                same(&arn, TaskDefinitionArn::parse);
                assert_eq!(
                    (arn.family(), arn.revision().as_str()),
                    ("web", short_revision(&arn.to_string()))
                );
                assert!(arn.compare_revisions(&current).is_some());
            }
        }
        Err(error) => invalid(text, &error),
    }
}
