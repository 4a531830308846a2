//! `ecs-host apply`: carries out a saved plan, exactly as it was reviewed, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::decide::{DeployDecision, check_decision};
use super::guards::Guards;
use super::policy::PolicySelection;
use super::review::{ReviewRequest, check_denials, review_plan};
use super::run::{Progress, until_signal};
use super::saved_plan::{self, SavedPlanError, VERSION};
use super::{Context, Error};
use crate::ci::working_tree;
use crate::cli::ApplyArgs;
use crate::docker::Publisher;
use crate::facts;
use aws::Aws;
use aws::ecs::definitions::read_definitions;
use aws::ecs::engine::Engine;
use model::decision::{Decision, DockerBuild};
use model::event::{Event, EventSink as _};
use model::exit::Exit;
use model::plan::{ImageAction, Plan, PlanError, PlanInput, RegistryImage, TaskDefinition};
use model::review::Action;
use model::saved_plan::SavedPlan;
use model::source::ComponentSource;
use model::text::printable;

/// A saved plan and what carries it out.
struct Application<'a> {
    args: &'a ApplyArgs,
    saved: &'a SavedPlan,
    decision: &'a DeployDecision,
    guards: &'a Guards,
    is_dry_run: bool,
    context: &'a Context<'a>,
}

/// Deploys a saved plan, or reports what that would do.
pub(super) fn apply(args: &ApplyArgs, is_dry_run: bool, context: &Context<'_>) -> Result<Exit, Error> {
    let path = &args.plan.file;
    let saved = saved_plan::read(path, args.plan.plan_digest.as_ref(), context.report)?;
    let decision = DeployDecision {
        build: saved.build.clone(),
        deployment: saved.decision.clone(),
        stamp: saved.stamp(),
        policy: saved.policy.clone(),
    };
    check_decision(&decision.policy.name, &Decision::Deploy(decision.deployment.clone()), context)?;
    let guards = Guards::load(&args.compiler, context)?;
    let mut moved: Vec<String> = find_moved_host(&saved).into_iter().collect();
    moved.extend(find_moved_policy(&saved, args, context)?);
    moved.extend(find_moved_guards(&saved.plan.build.guards, &guards.stamps()));
    if !moved.is_empty() {
        return Err(reject(path, moved, context));
    }
    let application =
        Application { args, saved: &saved, decision: &decision, guards: &guards, is_dry_run, context };
    until_signal(args.on_cancel, context, async |progress| application.deploy(progress).await)
}

/// Reports the facts that have moved.
fn reject(path: &Path, moved: Vec<String>, context: &Context<'_>) -> Error {
    context.report.emit(&Event::PlanRejected { problems: moved.clone() });
    SavedPlanError::Moved { path: path.to_owned(), moved }.into()
}

impl Application<'_> {
    async fn deploy(&self, Progress { states, places, pauses }: &Progress<'_>) -> Result<Exit, Error> {
        let Self { args, saved, decision, guards, context, .. } = *self;
        let DeployDecision { build, deployment, policy, .. } = decision;
        let region = &saved.plan.region;
        let aws = Aws::configure(context.environment, Some(region), context.identity.as_ref()).await?;
        decision.check_region(&aws.region, context)?;
        let publisher = context.publisher_with(&args.builder.docker, args.build_rules(), &args.oidc, &aws);
        let clients = facts::clients_by_place(&aws, deployment).await;
        let places = places.get_or_init(|| clients);
        let (images, tags, targets) =
            facts::read(&aws, places, deployment, &build.commit, saved.options.rebuild).await?;
        let facts = facts::assemble(&aws.region, images.clone(), BTreeMap::new(), tags, targets);
        context.report.add_secrets(facts.definitions().flat_map(TaskDefinition::secrets));
        let options = saved.options.plan_options();
        let stamp = &decision.stamp;
        // The plan was valid when it was saved, so that a problem of now is a fact that has moved.
        let plan = Plan::new(PlanInput { deployment, facts: &facts, stamp, options: &options });
        let mut plan = plan.map_err(|error| reject(&args.plan.file, error.problems, context))?;
        let revisions = read_definitions(places, saved.revisions_to_compare(&plan)).await?;
        context.report.add_secrets(revisions.values().flat_map(TaskDefinition::secrets));
        let moved = saved.find_moved(&mut plan, &revisions);
        if !moved.is_empty() {
            return Err(reject(&args.plan.file, moved, context));
        }
        self.check_builds(&plan, &images, &publisher).await?;
        let request = ReviewRequest {
            action: Action::Apply,
            build,
            policy,
            defaults: args.defaults(&saved.options),
            region: Some(region),
            recorded: None,
        };
        review_plan(guards, &mut plan, request, context).await?;
        let commands = publisher.commands(&plan.images, &build.commit)?;
        let dry_run = self.is_dry_run;
        context.report.emit(&Event::PlanCreated { plan: plan.clone(), commands, dry_run });
        if dry_run {
            return Ok(Exit::Success);
        }
        check_denials(&plan.reviews)?;
        states.set_planned(&plan.targets);
        let preparation = publisher.prepare(&deployment.images, &images).await?;
        let digests = publisher.publish(&plan.images, &build.commit, preparation).await?;
        let options = args.rollout_options(&saved.options);
        let engine = Engine::new(&aws, places, digests, &options, states, pauses);
        Ok(engine.roll_out(&plan.targets).await)
    }

    /// Checks that the images that are built here are built from the files of the plan's commit.
    async fn check_builds(
        &self,
        plan: &Plan,
        images: &BTreeMap<String, RegistryImage>,
        publisher: &Publisher<'_>,
    ) -> Result<(), Error> {
        let built: Vec<(&str, &DockerBuild)> = plan
            .images
            .iter()
            .filter_map(|image| match &image.action {
                ImageAction::Build(build) => Some((image.image.name.as_str(), build)),
                ImageAction::Reuse { .. } => None,
            })
            .collect();
        let Some((name, _)) = built.first() else { return Ok(()) };
        let paths = built.iter().flat_map(|(_, build)| build.folders().chain(build.dockerfile.as_deref()));
        let paths: Vec<String> = paths.map(str::to_owned).collect();
        let commit = &self.saved.build.commit;
        let (own, folder) = (commit.clone(), self.saved.folder.clone());
        // Git may take seconds, in which a signal must end the run.
        let check = move || working_tree::check_commit(Path::new("."), &own, folder.as_deref(), &paths);
        let checked = tokio::task::spawn_blocking(check).await.unwrap_or_else(|panic| Err(panic.to_string()));
        checked.map_err(|problem| SavedPlanError::WorkingTree {
            image: (*name).to_owned(),
            commit: commit.clone(),
            problem,
        })?;
        let problems = publisher.find_build_problems(&self.decision.deployment.images, images).await;
        let problem = |(image, problem): (String, String)| format!("image `{image}`: {problem}");
        let problems: Vec<String> = problems.into_iter().map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(PlanError { problems, superseded: false }.into()) }
    }
}

/// Whether the plan is of another version of the host, which may plan otherwise.
fn find_moved_host(saved: &SavedPlan) -> Option<String> {
    (saved.version != VERSION).then(|| {
        format!(
            "ecs-host: the plan was saved by version {}, and this is {VERSION}",
            printable(&saved.version)
        )
    })
}

/// Whether the policy is another one by now: a file that is here, or what the tag in a registry names. It is not run again.
fn find_moved_policy(
    saved: &SavedPlan,
    args: &ApplyArgs,
    context: &Context<'_>,
) -> Result<Option<String>, Error> {
    let source = saved_plan::policy_source(saved)
        .map_err(|reason| SavedPlanError::Invalid { path: args.plan.file.clone(), reason })?;
    let is_absent = matches!(&source, ComponentSource::File(path) if !path.exists());
    let selection = PolicySelection::for_test(source, &args.pin)?;
    let now = match selection.pinned_digest() {
        Some(pinned) => pinned.clone(),
        // The job may have no checkout. What the policy decided is in the plan.
        None if is_absent => return Ok(None),
        None => selection.fetch(&args.compiler, context)?.digest().clone(),
    };
    let saved = &saved.policy;
    Ok((now != saved.digest)
        .then(|| format!("policy {}: its digest was {}, and is {now}", saved.name, saved.digest)))
}

/// The guards that reviewed the plan and are not those of now, each as its name, `@` and its digest.
fn find_moved_guards(saved: &[String], now: &[String]) -> Vec<String> {
    let name = |stamp: &str| printable(stamp.split('@').next().unwrap_or(stamp));
    let digest = |stamp: &str| printable(stamp.split_once('@').map_or("", |(_, digest)| digest));
    let names: BTreeSet<String> = saved.iter().chain(now).map(|stamp| name(stamp)).collect();
    let of = |stamps: &[String], own: &str| -> Vec<String> {
        stamps.iter().filter(|stamp| name(stamp) == own).map(|stamp| digest(stamp)).collect()
    };
    let moved = |own: String| {
        let (before, after) = (of(saved, &own), of(now, &own));
        let fact = match (before.as_slice(), after.as_slice()) {
            (before, after) if before == after => return None,
            (_, []) => "it reviewed the plan, and is not named here; name it as for the plan".to_owned(),
            ([], _) => "it is named here, and has not reviewed the plan".to_owned(),
            (before, after) => {
                format!("its digest was {}, and is {}", before.join(" and "), after.join(" and "))
            }
        };
        Some(format!("guard {own}: {fact}"))
    };
    names.into_iter().filter_map(moved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_guard_that_moved_is_named() {
        let stamps = |stamps: &[&str]| stamps.iter().map(|stamp| (*stamp).to_owned()).collect::<Vec<_>>();
        let saved = stamps(&["hours@sha256:1", "origins@sha256:2", "tags@sha256:3"]);
        assert_eq!(
            find_moved_guards(&saved, &stamps(&["tags@sha256:3", "hours@sha256:1", "origins@sha256:2"])),
            [""; 0]
        );
        let moved =
            find_moved_guards(&saved, &stamps(&["hours@sha256:4", "tags@sha256:3", "sizes@sha256:5"]));
        assert_eq!(
            moved,
            [
                "guard hours: its digest was sha256:1, and is sha256:4",
                "guard origins: it reviewed the plan, and is not named here; name it as for the plan",
                "guard sizes: it is named here, and has not reviewed the plan",
            ]
        );
    }
}
