//! What the operator's file confines policies to: the registries, regions, accounts and roles of their answers and of
//! their lookups.

use thiserror::Error;

use crate::decision::{Deployment, DockerBuild, Image, Target};
use crate::lookup::LookupQuery;
use crate::names::{EcsResource, Region, Repository, RoleArn, parse_secret_arn};
use crate::text::limited_list;

/// The values that a key of the operator's file allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowList {
    /// The key.
    pub key: &'static str,
    /// The values. `*` stands for any characters, also for none.
    pub patterns: Vec<String>,
    /// The file and the line that set the key.
    pub origin: String,
}

impl AllowList {
    fn allows(&self, value: &str) -> bool {
        self.patterns.iter().any(|pattern| matches(pattern, value))
    }
}

/// The allow-lists. What has none is not confined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confinement {
    /// Registries of images: a host such as `123456789012.dkr.ecr.eu-central-1.amazonaws.com`, or with a slash a whole
    /// repository such as `registry.example.com/team/*`.
    pub registries: Option<AllowList>,
    /// Regions of targets, of ARNs, and of registries in ECR.
    pub regions: Option<AllowList>,
    /// Accounts of ARNs, of roles, and of registries in ECR.
    pub accounts: Option<AllowList>,
    /// Roles that targets assume.
    pub roles: Option<AllowList>,
}

/// An answer or a lookup that the operator's file does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{component} goes beyond what the operator's file allows, and nothing was changed:{}",
    limited_list(violations)
)]
pub struct ConfinementError {
    /// The policy or the guard, as the subject of a sentence.
    pub component: String,
    /// Each value that is not allowed, with the key of the file.
    pub violations: Vec<String>,
}

impl Confinement {
    /// Every value of a decision that is not allowed. Targets without a region of their own are checked by
    /// [`Self::check_run_region`].
    #[must_use]
    pub fn check_deployment(&self, deployment: &Deployment) -> Vec<String> {
        let mut violations: Vec<String> =
            deployment.images.iter().flat_map(|image| self.check_image(image)).collect();
        violations.extend(deployment.targets.iter().flat_map(|target| self.check_target(target)));
        violations
    }

    /// The region of the run, if a target of the decision is in it and it is not allowed.
    #[must_use]
    pub fn check_run_region(&self, deployment: &Deployment, region: &Region) -> Vec<String> {
        let target = deployment.targets.iter().find(|target| target.region.is_none());
        let check = |target: &Target| {
            check(&self.regions, &target.destination.to_string(), "region", region.as_str())
        };
        target.and_then(check).into_iter().collect()
    }

    /// Every value of a lookup that is not allowed. `region` is that of the run.
    #[must_use]
    pub fn check_lookup(&self, query: &LookupQuery, region: &Region) -> Vec<String> {
        let subject = "a lookup";
        let names: &[(&'static str, &String)] = match query {
            LookupQuery::GetImage { repository, .. } => return self.check_repository(subject, repository),
            LookupQuery::ListServices { cluster } => &[("cluster", cluster)],
            LookupQuery::GetService { cluster, name } => &[("cluster", cluster), ("service", name)],
            // They read the checkout.
            LookupQuery::ChangedFiles { .. } | LookupQuery::ReadFile { .. } => return Vec::new(),
        };
        let scopes = names.iter().filter_map(|(kind, name)| EcsResource::parse(kind, name).ok()?.scope);
        let in_arns = scopes.flat_map(|scope| {
            [
                check(&self.regions, subject, "region", scope.region.as_str()),
                check(&self.accounts, subject, "account", &scope.account),
            ]
        });
        let mut violations: Vec<String> = check(&self.regions, subject, "region", region.as_str())
            .into_iter()
            .chain(in_arns.flatten())
            .collect();
        violations.dedup();
        violations
    }

    /// Every way in which a role is not allowed. `subject` is what names it.
    #[must_use]
    pub fn check_role(&self, subject: &str, role: &RoleArn) -> Vec<String> {
        let account = check(&self.accounts, subject, "account", role.account());
        account.into_iter().chain(check(&self.roles, subject, "role", role.as_str())).collect()
    }

    /// Checks the repository of an image, and those that its build reads or writes besides.
    fn check_image(&self, image: &Image) -> Vec<String> {
        let subject = format!("image `{}`", image.name);
        let mut violations = self.check_repository(&subject, &image.repository);
        let build = image.source.build();
        for (purpose, repository) in build.iter().flat_map(DockerBuild::other_repositories) {
            violations.extend(self.check_repository(&format!("{subject}, {purpose}"), repository));
        }
        violations.dedup();
        violations
    }

    fn check_repository(&self, subject: &str, repository: &Repository) -> Vec<String> {
        let registry = self.registries.as_ref().filter(|list| {
            let is_allowed = |pattern: &String| match pattern.split_once('/') {
                // What stands for a part of the registry's name does not reach into the path.
                Some((host, path)) => matches(host, repository.host()) && matches(path, repository.path()),
                None => matches(pattern, repository.host()),
            };
            !list.patterns.iter().any(is_allowed)
        });
        let registry = registry.map(|list| violation(list, subject, "repository", &repository.to_string()));
        let ecr = repository.ecr_registry();
        let region =
            ecr.as_ref().and_then(|ecr| check(&self.regions, subject, "region", ecr.region.as_str()));
        let account = ecr.as_ref().and_then(|ecr| check(&self.accounts, subject, "account", &ecr.account));
        [registry, region, account].into_iter().flatten().collect()
    }

    fn check_target(&self, target: &Target) -> Vec<String> {
        let subject = target.destination.to_string();
        let mut regions: Vec<&Region> = [&target.region, &target.arn_region].into_iter().flatten().collect();
        regions.dedup();
        let role = target.role.as_ref();
        let mut accounts: Vec<&str> =
            target.account.as_deref().into_iter().chain(role.map(RoleArn::account)).collect();
        accounts.dedup();
        let regions = regions
            .into_iter()
            .filter_map(|region| check(&self.regions, &subject, "region", region.as_str()));
        let accounts =
            accounts.into_iter().filter_map(|account| check(&self.accounts, &subject, "account", account));
        let role = role.and_then(|role| check(&self.roles, &subject, "role", role.as_str()));
        regions.chain(accounts).chain(role).chain(self.check_secrets(target)).collect()
    }

    /// Checks the ARNs of the secrets that the containers of a target get.
    fn check_secrets(&self, target: &Target) -> Vec<String> {
        let destination = &target.destination;
        let changes = target.containers.iter().flatten();
        let secrets = changes
            .flat_map(|change| change.settings.secrets.iter().map(|secret| (&change.container, secret)));
        let check_secret = |(container, (name, arn)): (&String, &(String, String))| {
            let subject = format!("{destination}, secret `{name}` of container `{container}`");
            let scope = parse_secret_arn(arn).ok();
            let region =
                scope.as_ref().and_then(|own| check(&self.regions, &subject, "region", own.region.as_str()));
            let account = scope.and_then(|own| check(&self.accounts, &subject, "account", &own.account));
            [region, account]
        };
        secrets.flat_map(check_secret).flatten().collect()
    }
}

/// The violation of a value that its list does not allow.
fn check(list: &Option<AllowList>, subject: &str, kind: &str, value: &str) -> Option<String> {
    list.as_ref().filter(|list| !list.allows(value)).map(|list| violation(list, subject, kind, value))
}

fn violation(list: &AllowList, subject: &str, kind: &str, value: &str) -> String {
    let allowed = if list.patterns.is_empty() { "nothing".to_owned() } else { list.patterns.join(", ") };
    format!("{subject}: {kind} {value} is not allowed; `{}` ({}) allows {allowed}", list.key, list.origin)
}

/// Whether a value matches a pattern in which `*` stands for any characters.
fn matches(pattern: &str, value: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == value };
    let Some(mut value) = value.strip_prefix(start) else { return false };
    let Some((middle, end)) = rest.rsplit_once('*') else { return value.ends_with(rest) };
    for part in middle.split('*') {
        let Some((_, after)) = value.split_once(part) else { return false };
        value = after;
    }
    value.ends_with(end)
}

#[cfg(test)]
mod tests;
