//! A guard that lets a target run only images of known registries, and none whose content
//! a tag can change.

use ecs_host_policy::SettingDeclaration;
use ecs_host_policy::export_guard;
use ecs_host_policy::guard::{Finding, Guard, GuardManifest, Plan, PlannedContainer, PlannedTarget, matches};

const REGISTRIES: &str = "REGISTRIES";

struct ImageOrigins;

impl Guard for ImageOrigins {
    fn describe(&self) -> GuardManifest {
        GuardManifest::new("image-origins", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
            .with_settings([SettingDeclaration::required(
                REGISTRIES,
                "registries or repositories, such as 123456789012.dkr.ecr.*.amazonaws.com/*",
            )])
    }

    fn review(&self, plan: &Plan) -> Result<Vec<Finding>, String> {
        let mut findings = Vec::new();
        for target in plan.targets.iter().filter(|target| !target.is_unchanged) {
            for container in &target.containers {
                findings.extend(review(container, target, plan));
            }
        }
        Ok(findings)
    }
}

/// What is wrong with the image of a container.
fn review(container: &PlannedContainer, target: &PlannedTarget, plan: &Plan) -> Vec<Finding> {
    let PlannedContainer { name, image, image_name, .. } = container;
    let mut findings = Vec::new();
    let (repository, version) = split(image);
    let (registry, path) = repository.split_once('/').unwrap_or((&repository, ""));
    let is_known = |pattern: &str| {
        // A registry alone stands for all of its repositories. A `*` in the name of a registry
        // must not reach into a path: `*.example.com` is no `evil.example/a.example.com`.
        let (known_registry, known_path) = pattern.split_once('/').unwrap_or((pattern, "*"));
        matches(known_registry, registry) && matches(known_path, path)
    };
    if !plan.words(REGISTRIES).any(is_known) {
        let message = format!(
            "Container `{name}` runs {image}, which is in none of {}. Copy the image to one of them.",
            plan.setting(REGISTRIES).unwrap_or_default()
        );
        findings.push(Finding::deny("known-registries", message).of(target));
    }
    // The run pins an image of the plan by its digest.
    let is_pinned =
        image_name.is_some() || version.is_some_and(|version| !version.trim().eq_ignore_ascii_case("latest"));
    if !is_pinned {
        let message = format!(
            "Container `{name}` runs {image}, whose content can change. Name a version or a digest in its task \
             definition."
        );
        findings.push(Finding::deny("no-latest", message).of(target));
    }
    findings
}

/// The repository of an image with its registry, and its tag or digest. Docker Hub is the
/// registry of an image that names none.
fn split(image: &str) -> (String, Option<&str>) {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    // The port of a registry is before the last slash.
    let tag_at = name.rfind(':').filter(|at| name.rfind('/').is_none_or(|slash| slash < *at));
    let (repository, tag) = match tag_at {
        Some(at) => (name.get(..at).unwrap_or_default(), name.get(at + 1..)),
        None => (name, None),
    };
    let first = repository.split('/').next().unwrap_or_default();
    let has_registry = repository.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    let repository = match has_registry {
        true => repository.to_owned(),
        false if repository.contains('/') => format!("docker.io/{repository}"),
        false => format!("docker.io/library/{repository}"),
    };
    (repository, digest.or(tag))
}

export_guard!(ImageOrigins);

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTRIES_OF_TEST: &str =
        "registry.example.com public.ecr.aws/nginx/* 123456789012.dkr.ecr.*.amazonaws.com";

    fn rules(image: &str, image_name: Option<&str>) -> Vec<String> {
        let mut target = PlannedTarget::service("main", "web");
        let container = PlannedContainer::new("web", image);
        target.containers.push(PlannedContainer { image_name: image_name.map(Into::into), ..container });
        let plan = Plan::of([target]).with_setting(REGISTRIES, REGISTRIES_OF_TEST);
        ImageOrigins.review(&plan).unwrap().into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn an_image_is_of_a_known_registry() {
        for known in [
            "registry.example.com/team/web:1",
            "public.ecr.aws/nginx/nginx:1.27",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1",
        ] {
            assert_eq!(rules(known, None), [""; 0], "{known}");
        }
        for unknown in [
            "nginx:1.27",
            "team/web:1",
            "registry.example.com.evil.example/web:1",
            "public.ecr.aws/other/nginx:1",
            "localhost:5000/web:1",
            "123456789012.dkr.ecr.evil.example/a.amazonaws.com/web:1",
        ] {
            assert_eq!(rules(unknown, None), ["known-registries"], "{unknown}");
        }
    }

    #[test]
    fn an_image_names_a_version_unless_the_run_pins_it() {
        let web = "registry.example.com/web";
        let digest = format!("{web}@sha256:{}", "0".repeat(64));
        for (image, expected) in [
            (format!("{web}:latest"), &["no-latest"][..]),
            (format!("{web}:Latest"), &["no-latest"]),
            (web.to_owned(), &["no-latest"]),
            (format!("{web}:1.2"), &[]),
            (digest, &[]),
        ] {
            assert_eq!(rules(&image, None), expected, "{image}");
        }
        assert_eq!(rules(web, Some("web")), [""; 0]);
    }
}
