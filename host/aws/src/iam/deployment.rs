//! The needs of a deployment: its decision, and what was read about its targets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::needs::{Flags, Needs, Use};
use crate::ecs::read::TargetFacts;
use crate::preflight::logs;
use crate::schedules::triggers::roles;
use model::decision::{ContextContent, Deployment, Destination, FailureAction, Image, ServiceName, Target};
use model::lookup::LookupQuery;
use model::names::{
    EcsResource, EcsScope, InvalidName, Region, Repository, RoleArn, TaskDefinitionArn, parse_key_arn,
    parse_log_group,
};
use model::plan::TaskDefinition;
use model::plan::facts::{FamilyFacts, ServiceFacts};
use model::plan::trigger::{TriggerDocument, TriggerFacts};

/// What is known of a deployment.
#[derive(Debug, Clone, Copy)]
pub struct DeploymentNeeds<'a> {
    /// The images and targets.
    pub deployment: &'a Deployment,
    /// What was read about the targets.
    pub facts: &'a TargetFacts,
    /// The repositories that the policy and the guards are fetched from.
    pub components: &'a [Repository],
    /// What they looked up.
    pub lookups: &'a [LookupQuery],
    /// The run's own region.
    pub region: &'a Region,
    /// The verbs.
    pub uses: &'a [Use],
    /// The flags of the run.
    pub flags: Flags,
}

/// The needs of the run's own credentials, by `None`, and of each role that targets assume.
///
/// # Errors
/// A problem, a sentence, for each target and each lookup whose resources are not known.
pub fn needs_of_deployment(
    input: DeploymentNeeds<'_>,
) -> Result<BTreeMap<Option<RoleArn>, Needs>, Vec<String>> {
    let mut principals: BTreeMap<Option<RoleArn>, Needs> = BTreeMap::new();
    principals.entry(None).or_default();
    let mut problems = Vec::new();
    for target in &input.deployment.targets {
        let needs = principals.entry(target.role.clone()).or_default();
        if let Err(problem) = needs.add_target(target, input) {
            problems.push(problem);
        }
    }
    let roles: Vec<String> = principals.keys().flatten().map(ToString::to_string).collect();
    let own = principals.entry(None).or_default();
    own.assumed_roles.extend(roles);
    // Images are pushed and looked up with the run's own credentials.
    for image in &input.deployment.images {
        own.add_image(image);
    }
    own.policy_repositories.extend(input.components.iter().filter_map(to_pattern));
    for query in input.lookups {
        if let Err(problem) = own.add_lookup(query, input.region) {
            problems.push(problem);
        }
    }
    for needs in principals.values_mut() {
        needs.uses = input.uses.iter().copied().collect();
        let by_policy = needs.flags.rolls_back_on_failure;
        needs.flags = input.flags;
        needs.flags.rolls_back_on_failure |= by_policy;
    }
    if problems.is_empty() { Ok(principals) } else { Err(problems) }
}

impl Needs {
    fn add_target(&mut self, target: &Target, input: DeploymentNeeds<'_>) -> Result<(), String> {
        let place = target.place(input.region);
        let subject = format!("{}{}", target.destination, place.qualifier(input.region));
        let missing = |what: &str| format!("{subject}: {what}; correct its name, or create it");
        self.flags.rolls_back_on_failure |= target.rollout.on_failure == Some(FailureAction::RollBack);
        match &target.destination {
            Destination::Service(name) => {
                let key = (place, name.clone());
                let Some(ServiceFacts::Found(state)) = input.facts.services.get(&key) else {
                    return Err(missing("the cluster has no such service"));
                };
                let Some(definition) = &state.definition else {
                    return Err(missing("the service is not active"));
                };
                let (scope, family) = self.add_definition(&state.task_definition, definition, &subject)?;
                for newer in [&state.latest, &state.newer].into_iter().flatten() {
                    self.add_definition(&newer.task_definition, &newer.definition, &subject)?;
                }
                if !(target.tasks_before.is_empty() && target.tasks_after.is_empty()) {
                    self.one_off_tasks.insert((scope.clone(), name.cluster.clone(), family));
                }
                self.services.insert((scope, name.clone()));
            }
            Destination::Family(name) => {
                let Some(FamilyFacts::Found(latest)) = input.facts.families.get(&(place, name.clone()))
                else {
                    return Err(missing("the family has no active revision"));
                };
                let (scope, family) =
                    self.add_definition(&latest.task_definition, &latest.definition, &subject)?;
                self.families.insert((scope, family));
            }
            Destination::Schedule(_) | Destination::EventRule(_) => {
                let Some(name) = target.destination.trigger() else { return Ok(()) };
                let Some(TriggerFacts::Found(state)) = input.facts.triggers.get(&(place, name)) else {
                    return Err(missing("it does not exist"));
                };
                let Some(revisions) = &state.revisions else {
                    return Err(missing("it starts no task definition that exists"));
                };
                let (scope, _) =
                    self.add_definition(&revisions.task_definition, &revisions.definition, &subject)?;
                for newer in [&revisions.latest, &revisions.newer].into_iter().flatten() {
                    self.add_definition(&newer.task_definition, &newer.definition, &subject)?;
                }
                self.add_trigger(&target.destination, scope, &state.document, &subject)?;
            }
        }
        Ok(())
    }

    /// Adds what the update of a schedule or a rule requires beyond that of its task definition.
    fn add_trigger(
        &mut self,
        destination: &Destination,
        scope: EcsScope,
        document: &TriggerDocument,
        subject: &str,
    ) -> Result<(), String> {
        let describe = |error| inexact(subject, "its target", error);
        let roles = roles(document).into_iter().map(RoleArn::parse);
        let roles: BTreeSet<String> =
            roles.map(|role| Ok(role.map_err(describe)?.to_string())).collect::<Result<_, String>>()?;
        match destination {
            Destination::Schedule(name) => {
                self.schedules.insert((scope, name.clone()));
                self.schedule_roles.extend(roles);
                if let TriggerDocument::Schedule(members) = document
                    && let Some(key) = members.get("KmsKeyArn").and_then(Value::as_str)
                {
                    self.schedule_keys.insert(parse_key_arn(key).map_err(describe)?);
                }
            }
            Destination::EventRule(name) => {
                self.rules.insert((scope, name.clone()));
                self.rule_roles.extend(roles);
            }
            Destination::Service(_) | Destination::Family(_) => {}
        }
        Ok(())
    }

    /// Adds what a new revision of a task definition requires. Returns its account and region, and its family.
    fn add_definition(
        &mut self,
        arn: &str,
        definition: &TaskDefinition,
        subject: &str,
    ) -> Result<(EcsScope, String), String> {
        let arn = TaskDefinitionArn::parse(arn).map_err(|error| format!("{subject}: {error}"))?;
        let scope = arn.scope().clone();
        let owner = format!("the task definition {}", arn.revision());
        let describe = |error| inexact(subject, &owner, error);
        for field in ["taskRoleArn", "executionRoleArn"] {
            // ECS takes an empty one for none.
            let role = definition.field(field).and_then(Value::as_str).filter(|role| !role.is_empty());
            let role = role.map(|role| RoleArn::parse_in(&scope, role)).transpose().map_err(describe)?;
            self.task_roles.extend(role.map(|role| role.to_string()));
        }
        if definition.has_tags() {
            self.tagged_families.insert((scope.clone(), arn.family().to_owned()));
        }
        for group in logs::groups(definition, &scope.region) {
            let name = parse_log_group(&group.name).map_err(describe)?;
            let partition = group.region.partition().to_owned();
            let scope = EcsScope { partition, region: group.region, account: scope.account.clone() };
            self.log_groups.insert((scope, name));
        }
        self.scopes.insert(scope.clone());
        Ok((scope, arn.family().to_owned()))
    }

    fn add_image(&mut self, image: &Image) {
        let Some(repository) = to_pattern(&image.repository) else { return };
        let Some(build) = image.source.build() else {
            self.promoted_repositories.insert(repository);
            return;
        };
        self.pushed_repositories.insert(repository);
        let Some(options) = build.buildkit.as_deref() else { return };
        let written = options.cache_to.iter().filter_map(|cache| to_pattern(cache.repository()?));
        self.cache_repositories.extend(written);
        let read = options.cache_from.iter().filter_map(|cache| to_pattern(cache.repository()?));
        self.pulled_repositories.extend(read);
        let contexts = options.contexts.iter().filter_map(|context| match &context.content {
            ContextContent::Image(image) => to_pattern(&image.repository),
            ContextContent::Directory(_) => None,
        });
        self.pulled_repositories.extend(contexts);
    }

    fn add_lookup(&mut self, query: &LookupQuery, region: &Region) -> Result<(), String> {
        let (cluster, service) = match query {
            LookupQuery::GetImage { repository, .. } => {
                self.looked_up_repositories.extend(to_pattern(repository));
                return Ok(());
            }
            LookupQuery::ChangedFiles { .. } | LookupQuery::ReadFile { .. } => return Ok(()),
            LookupQuery::ListServices { cluster } => (cluster, None),
            LookupQuery::GetService { cluster, name } => (cluster, Some(name)),
        };
        let problem = |error: InvalidName| format!("a lookup: {error}");
        let own = EcsResource::parse("cluster", cluster).map_err(problem)?;
        let name = service.map(|name| EcsResource::parse("service", name)).transpose().map_err(problem)?;
        let scope = own.scope.or_else(|| name.as_ref()?.scope.clone());
        let scope = scope.or_else(|| self.scopes.iter().find(|scope| scope.region == *region).cloned());
        let Some(scope) = scope else {
            return Err(format!(
                "a lookup: the account of {query} is not known; let the policy or the guard name it by its ARN"
            ));
        };
        if name.is_none() {
            self.listed_clusters.insert((scope.clone(), own.name.clone()));
        }
        self.looked_up_services.insert((
            scope,
            ServiceName { cluster: own.name, service: name.map_or_else(|| "*".to_owned(), |name| name.name) },
        ));
        Ok(())
    }
}

/// A name in AWS that others may have written, and that is not that of a single resource. In a policy its `*` would allow
/// more than the run requires.
fn inexact(subject: &str, owner: &str, error: InvalidName) -> String {
    format!(
        "{subject}: {owner} names no single resource, so no policy is printed for it: {error}; correct it"
    )
}

/// A repository of Amazon ECR.
fn to_pattern(repository: &Repository) -> Option<(EcsScope, String)> {
    let registry = repository.ecr_registry()?;
    let partition = registry.region.partition().to_owned();
    let scope = EcsScope { partition, region: registry.region, account: registry.account };
    Some((scope, repository.path().to_owned()))
}

#[cfg(test)]
mod tests;
