//! A policy that overrides the environment: every `release/…` branch deploys to
//! `staging`, every version tag to `production`, and every other branch to the
//! environment of its name. Everything else follows the convention in
//! `ecs_host_policy::travis`.

use ecs_host_policy::{Build, Manifest, Policy, export, travis};

struct Release;

impl Policy for Release {
    fn describe(&self) -> Manifest {
        travis::manifest("release", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
    }

    fn environment(&self, build: &Build) -> String {
        match &build.tag {
            Some(tag) if tag.starts_with('v') => "production".into(),
            None if build.branch.starts_with("release/") => "staging".into(),
            _ => build.branch.clone(),
        }
    }
}

export!(Release);

#[cfg(test)]
mod tests {
    use ecs_host_policy::{Selection, Target};

    use super::*;

    fn with_settings(build: Build) -> Build {
        build
            .with_setting("DEPLOY_BRANCHES", "master staging production")
            .with_setting("IMAGE_NAME", "simple-todo")
            .with_setting("REMOTE_IMAGE_URL", "registry.example/simple-todo")
            .with_setting("ECS_CLUSTER_STAGING", "todo-staging")
            .with_setting("ECS_SERVICE_STAGING", "simple-todo")
    }

    #[test]
    fn a_release_branch_deploys_to_staging() {
        let build = with_settings(Build::on_branch("release/1.2"));
        assert_eq!(Release.select(&build), Ok(Selection::Deploy));
        assert_eq!(Release.targets(&build), Ok(vec![Target::service("todo-staging", "simple-todo")]));
    }

    #[test]
    fn the_image_of_a_release_branch_is_tagged_for_staging() {
        let build = with_settings(Build::on_branch("release/1.2"));
        let images = Release.images(&build).unwrap();
        assert_eq!(images[0].tags, ["staging", &format!("staging-{}", build.commit)]);
    }

    #[test]
    fn a_version_tag_deploys_to_production() {
        assert_eq!(Release.environment(&Build::on_tag("v1.2.0")), "production");
    }

    #[test]
    fn the_environment_of_other_branches_and_tags_is_their_name() {
        assert_eq!(Release.environment(&Build::on_branch("master")), "master");
        assert_eq!(Release.environment(&Build::on_tag("nightly")), "nightly");
    }

    #[test]
    fn a_feature_branch_does_not_deploy() {
        let build = with_settings(Build::on_branch("feature/x"));
        assert!(matches!(Release.select(&build), Ok(Selection::Skip(_))));
    }
}
