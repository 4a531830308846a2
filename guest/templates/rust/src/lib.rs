//! Deploys `master` to staging and `production` to production.

wit_bindgen::generate!({ path: "wit", world: "deploy", generate_all });

use crate::ecs_host::policy::types::{
    Build, Destination, Event, Image, ImageSource, Manifest, Selection, ServiceName,
    SettingDeclaration, Target,
};
use crate::exports::ecs_host::policy::policy::Guest;

/// The branches that deploy: branch, cluster, service.
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
                description: "repository of the image".into(),
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
        repository(&build)?; // Reports a missing setting before anything is built.
        Ok(Selection::Deploy)
    }

    fn images(build: Build) -> Result<Vec<Image>, String> {
        let environment = environment(&build).ok_or("The branch has no environment.")?;
        Ok(vec![Image {
            name: "web".into(),
            repository: repository(&build)?,
            // Not the branch: its name may not be a valid image tag.
            tags: vec![build.commit, environment.cluster],
            source: ImageSource::Dockerfile,
            publish_only: false,
        }])
    }

    fn targets(build: Build) -> Result<Vec<Target>, String> {
        let service = environment(&build).ok_or("The branch has no environment.")?;
        Ok(vec![Target {
            destination: Destination::Service(service),
            region: None,
            role: None,
            wave: 0,
            containers: None, // All containers that run an image of the repository.
            task_definition: None,
            rollout: None,
            tasks_before: vec![],
            tasks_after: vec![],
        }])
    }
}

fn environment(build: &Build) -> Option<ServiceName> {
    let (_, cluster, service) = ENVIRONMENTS.into_iter().find(|(branch, ..)| *branch == build.branch)?;
    Some(ServiceName { cluster: cluster.into(), service: service.into() })
}

fn repository(build: &Build) -> Result<String, String> {
    let setting = build.settings.iter().find(|setting| setting.name == IMAGE_REPOSITORY);
    let setting = setting.ok_or_else(|| format!("Set {IMAGE_REPOSITORY} to the repository of the image."))?;
    Ok(setting.value.clone())
}

// Native builds, such as for `cargo test`, export nothing.
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
            commit_time: None,
            base_commit: None,
            event,
            provider_event: None,
            tag: None,
            pull_request: None,
            number: None,
            number_scope: None,
            job: None,
            actor: None,
            started_at: 1_767_225_600,
            settings: vec![Setting { name: IMAGE_REPOSITORY.into(), value: "registry.example/web".into() }],
        }
    }

    #[test]
    fn each_branch_deploys_to_its_own_cluster() {
        for (branch, cluster, service) in ENVIRONMENTS {
            let targets = Policy::targets(build(branch, Event::Push)).unwrap();
            let [Target { destination: Destination::Service(name), .. }] = &targets[..] else { panic!() };
            assert_eq!((name.cluster.as_str(), name.service.as_str()), (cluster, service));
        }
    }

    #[test]
    fn a_pull_request_is_skipped() {
        assert!(matches!(Policy::select(build("master", Event::PullRequest)), Ok(Selection::Skip(_))));
    }
}
