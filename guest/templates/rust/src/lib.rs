//! Deploys `master` to staging and `production` to production.

wit_bindgen::generate!({ path: "wit", world: "deploy", generate_all });

use crate::ecs_host::policy::types::{
    Build, Destination, DockerBuild, Event, Image, ImageSource, Manifest, Selection, ServiceName,
    SettingDeclaration, Target,
};
use crate::exports::ecs_host::policy::policy::Guest;

/// Branch, cluster, service.
const ENVIRONMENTS: [(&str, &str, &str); 2] =
    [("master", "staging", "web"), ("production", "production", "web")];

const IMAGE_REPOSITORY: &str = "IMAGE_REPOSITORY";

struct Policy;

impl Guest for Policy {
    fn describe() -> Manifest {
        Manifest {
            name: "my-policy".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: "Deploys master to staging and production to production.".into(),
            settings: vec![SettingDeclaration {
                name: IMAGE_REPOSITORY.into(),
                description: "the repository of the image".into(),
                required: true,
            }],
        }
    }

    fn select(build: Build) -> Result<Selection, String> {
        if matches!(build.event, Event::PullRequest | Event::Tag) {
            return Ok(Selection::Skip("Pull requests and tags do not deploy.".into()));
        }
        if environment(&build).is_none() {
            return Ok(Selection::Skip(format!("Branch `{}` has no environment.", build.branch)));
        }
        repository(&build)?;
        Ok(Selection::Deploy)
    }

    fn images(build: Build) -> Result<Vec<Image>, String> {
        let environment = environment(&build).ok_or("There is no environment.")?;
        let source = DockerBuild {
            context: ".".into(),
            dockerfile: None,
            stage: None,
            arguments: vec![],
            platform: None,
        };
        Ok(vec![Image {
            name: "web".into(),
            repository: repository(&build)?,
            // A branch is not always a valid tag.
            tags: vec![build.commit, environment.cluster],
            source: ImageSource::Dockerfile(source),
        }])
    }

    fn targets(build: Build) -> Result<Vec<Target>, String> {
        let service = environment(&build).ok_or("There is no environment.")?;
        Ok(vec![Target {
            destination: Destination::Service(service),
            region: None,
            role: None,
            containers: vec![], // Those that run an image of the repository.
            tasks_before: vec![],
            tasks_after: vec![],
            wave: 0,
            timeout: None,
            on_failure: None,
        }])
    }
}

fn environment(build: &Build) -> Option<ServiceName> {
    let (_, cluster, service) = ENVIRONMENTS.into_iter().find(|(branch, ..)| *branch == build.branch)?;
    Some(ServiceName { cluster: cluster.into(), service: service.into() })
}

fn repository(build: &Build) -> Result<String, String> {
    let set = build.settings.iter().find(|setting| setting.name == IMAGE_REPOSITORY);
    let set = set.ok_or_else(|| format!("Set {IMAGE_REPOSITORY} to the repository of the image."))?;
    Ok(set.value.clone())
}

// Natively, as for `cargo test`, there is no component to export from.
#[cfg(target_family = "wasm")]
export!(Policy);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs_host::policy::types::Setting;

    fn build(branch: &str, event: Event) -> Build {
        Build {
            provider: "travis".into(),
            repository: None,
            branch: branch.into(),
            commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".into(),
            commit_message: None,
            event,
            tag: None,
            pull_request: None,
            number: None,
            job: None,
            settings: vec![Setting { name: IMAGE_REPOSITORY.into(), value: "registry.example/web".into() }],
        }
    }

    #[test]
    fn each_branch_has_a_cluster_of_its_own() {
        for (branch, cluster, service) in ENVIRONMENTS {
            let targets = Policy::targets(build(branch, Event::Push)).unwrap();
            let [Target { destination: Destination::Service(name), .. }] = &targets[..] else { panic!() };
            assert_eq!((name.cluster.as_str(), name.service.as_str()), (cluster, service));
        }
    }

    #[test]
    fn a_pull_request_does_not_deploy() {
        assert!(matches!(Policy::select(build("master", Event::PullRequest)), Ok(Selection::Skip(_))));
    }
}
