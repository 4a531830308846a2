//! `ecs-host iam`: the least-privilege IAM policies, of this build's deployment or of resources that ARNs name.

use std::collections::BTreeMap;

use thiserror::Error;

use super::decide::{self, LoadedInputs};
use super::evaluation::report_evaluation;
use super::guards::Guards;
use super::lookups::Reach;
use super::review::{ReviewRequest, review_plan};
use super::{Context, Error, block_on};
use crate::cli::{IamArgs, PrincipalArg};
use crate::config::NamedGuard;
use crate::facts;
use crate::oidc::jobs::OidcProvider;
use crate::oidc::trust::{self, trust_policy};
use crate::output::iam::{PrincipalPolicy, to_instructions, to_json, to_reasons, trust_to_json};
use aws::Aws;
use aws::ecs;
use aws::ecs::read::TargetFacts;
use aws::iam::{DeploymentNeeds, Flags, Needs, Policy, Use, needs_of_deployment};
use model::build::Build;
use model::decision::{Decision, Deployment};
use model::event::{Event, EventSink as _};
use model::exit::Exit;
use model::lookup::{Grant, LookupQuery};
use model::names::{Repository, RoleArn};
use model::plan::{Plan, PlanInput, Stamp, TaskDefinition};
use model::review::PolicyIdentity;
use model::source::ComponentSource;
use model::text::limited_list;

/// Why there is no policy.
#[derive(Debug, Error)]
pub(super) enum IamError {
    /// Nothing is deployed, so that nothing is known of a run that does.
    #[error(
        "what is deployed is not known, because the policy skips this build: {0}; pass the --branch of one that is \
         deployed, or ARNs by --for"
    )]
    Skipped(String),
    /// The ARNs of what is deployed are not known.
    #[error("the resources of this build are not known:{}", limited_list(.0))]
    Unknown(Vec<String>),
    /// No target assumes the role.
    #[error("no target assumes {role}; the principals are:{}", limited_list(.principals))]
    OtherPrincipal { role: RoleArn, principals: Vec<String> },
    /// A trust policy belongs to a role.
    #[error(
        "--oidc prints the trust policy of a role: pass its ARN by --oidc-role, whether or not it exists yet"
    )]
    NoRole,
    /// The ARNs and verbs require nothing.
    #[error(
        "these ARNs and verbs require no permission; name what `run` deploys to by --for, or another --verb"
    )]
    Empty,
}

impl IamError {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Skipped(_) | Self::Unknown(_) => Exit::Preflight,
            Self::OtherPrincipal { .. } | Self::NoRole | Self::Empty => Exit::Usage,
        }
    }
}

/// Prints the policies to stdout, and the reason of each statement to stderr.
pub(super) fn iam(args: &IamArgs, context: &Context<'_>) -> Result<Exit, Error> {
    if let Some(provider) = args.oidc {
        return print_trust_policy(args, provider, context);
    }
    let principals = if args.resources.is_empty() {
        needs_of_build(args, context)?
    } else {
        let needs = Needs::of_arns(&args.resources, args.one_off_tasks);
        let (uses, flags) = (args.uses().into_iter().collect(), flags(args));
        let needs = Needs { uses, flags, ..needs };
        let lookups = context.guards.iter().filter(|guard| reads_aws(guard)).map(unknown_lookups);
        for message in unknown_by_arns(&needs).into_iter().chain(lookups) {
            context.report.emit(&Event::Warning { message });
        }
        [(None, needs)].into()
    };
    let policies = select(principals, args.principal.as_ref())?;
    let report = context.report;
    if args.run.plan.json {
        report.write_result(&format!("{}\n", to_json(&policies)));
        return Ok(Exit::Success);
    }
    for policy in &policies {
        for line in report.wrap(to_reasons(policy, policies.len() > 1)).lines() {
            report.write_to_stderr(line);
        }
        report.write_result(&policy.policy.to_text());
    }
    Ok(Exit::Success)
}

/// Prints the trust policy of a role, and to stderr how it is used.
fn print_trust_policy(args: &IamArgs, provider: OidcProvider, context: &Context<'_>) -> Result<Exit, Error> {
    let role = args.run.plan.oidc.oidc_role.as_ref().ok_or(IamError::NoRole)?;
    let (jobs, report) = (args.trusted_jobs(provider), context.report);
    let policy = trust_policy(role, jobs)?;
    if let Some(message) = trust::warning(jobs) {
        report.emit(&Event::Warning { message });
    }
    if args.run.plan.json {
        report.write_result(&format!("{}\n", trust_to_json(&policy)));
        return Ok(Exit::Success);
    }
    for line in to_instructions(&policy).lines() {
        report.write_to_stderr(line);
    }
    report.write_result(&policy.to_text());
    Ok(Exit::Success)
}

/// The policies of all principals, or of one.
fn select(
    principals: BTreeMap<Option<RoleArn>, Needs>,
    principal: Option<&PrincipalArg>,
) -> Result<Vec<PrincipalPolicy>, IamError> {
    let policies = principals
        .iter()
        .map(|(role, needs)| PrincipalPolicy { role: role.clone(), policy: Policy::new(needs) });
    let policies: Vec<PrincipalPolicy> =
        policies.filter(|policy| !policy.policy.statements.is_empty()).collect();
    let Some(principal) = principal else {
        return if policies.is_empty() { Err(IamError::Empty) } else { Ok(policies) };
    };
    let own: Vec<PrincipalPolicy> =
        policies.iter().filter(|policy| policy.role.as_ref() == principal.role()).cloned().collect();
    match principal {
        _ if !own.is_empty() => Ok(own),
        PrincipalArg::Run => Err(IamError::Empty),
        PrincipalArg::Role(role) => {
            let principals = policies.iter().map(|policy| policy.principal().to_owned()).collect();
            Err(IamError::OtherPrincipal { role: role.clone(), principals })
        }
    }
}

/// What the policy of ARNs lacks because they do not state what task definitions, schedules and rules contain.
fn unknown_by_arns(needs: &Needs) -> Option<String> {
    let registers = needs.uses.contains(&Use::Run) || needs.uses.contains(&Use::Verify);
    if needs.scopes.is_empty() || !registers {
        return None;
    }
    let roles = needs.task_roles.is_empty().then_some(
        "`iam:PassRole`, which a run requires if a task definition, a schedule or a rule has a role: name each role by \
         --for arn:aws:iam::ACCOUNT:role/NAME",
    );
    let tags = "`ecs:TagResource`, which a run requires if a task definition has tags";
    let lacking: Vec<&str> = roles.into_iter().chain([tags]).collect();
    Some(format!(
        "ARNs do not state what task definitions contain, so the policy does not allow {}. `ecs-host iam` without --for \
         reads them",
        lacking.join("; nor ")
    ))
}

/// Whether a guard may look up facts of AWS.
fn reads_aws(guard: &NamedGuard) -> bool {
    guard.grants.iter().any(|grant| *grant != Grant::SourceRead)
}

/// What the policy lacks because it is not known what a guard looks up.
fn unknown_lookups(guard: &NamedGuard) -> String {
    format!(
        "the guard {} may look up facts of AWS, and the policy does not allow what it looks up: `ecs-host plan` prints \
         each lookup",
        guard.source
    )
}

/// The flags that add statements.
fn flags(args: &IamArgs) -> Flags {
    let flags = args.run.rollout.flags();
    Flags {
        rolls_back_on_failure: flags.rolls_back_on_failure,
        rolls_back_on_cancel: flags.rolls_back_on_cancel,
        waits_for_stage: flags.waits_for_stage,
        has_no_watch: args.run.rollout.no_wait,
        deregisters: flags.deregisters,
    }
}

/// Evaluates the policy for this build, and reads what it deploys to, as `plan` does.
fn needs_of_build(args: &IamArgs, context: &Context<'_>) -> Result<BTreeMap<Option<RoleArn>, Needs>, Error> {
    let plan = &args.run.plan;
    let LoadedInputs { build, policy } = decide::load_inputs(plan, context)?;
    let policy = policy?;
    let (evaluation, warnings) = decide::evaluate(plan, &build, &policy, context, Reach::AwsAndCheckout)?;
    report_evaluation(&evaluation, &build, warnings, context.report);
    let identity = decide::policy_identity(&evaluation, &policy);
    let decision = evaluation.decision?;
    decide::check_decision(&evaluation.policy_name, &decision, context)?;
    context.report.emit(&Event::DecisionMade(decision.clone()));
    let deployment = match decision {
        Decision::Deploy(deployment) => deployment,
        Decision::Skip { reason } => return Err(IamError::Skipped(reason).into()),
    };
    let guards = Guards::load(&plan.sandbox.offline.compiler, context)?;
    let sources =
        [&policy.component.source].into_iter().chain(context.guards.iter().map(|guard| &guard.source));
    let components: Vec<Repository> = sources
        .filter_map(|source| match source {
            ComponentSource::Oci(artifact) => Some(artifact.repository.clone()),
            ComponentSource::BuiltIn(_) | ComponentSource::File(_) => None,
        })
        .collect();
    let mut lookups: Vec<LookupQuery> =
        evaluation.lookups.iter().map(|lookup| lookup.query.clone()).collect();
    block_on(async {
        let aws =
            Aws::configure(context.environment, plan.region.as_ref(), context.identity.as_ref()).await?;
        let places = facts::clients_by_place(&aws, &deployment).await;
        let facts = ecs::read::read_targets(&places, &deployment, &aws.region).await?;
        if context.guards.iter().any(reads_aws) {
            let input = (&deployment, &facts, &guards, &build, &identity);
            lookups.extend(lookups_of_guards(args, input, &aws, context).await?);
        }
        let input = DeploymentNeeds {
            deployment: &deployment,
            facts: &facts,
            components: &components,
            lookups: &lookups,
            region: &aws.region,
            uses: &args.uses(),
            flags: flags(args),
        };
        Ok(needs_of_deployment(input).map_err(IamError::Unknown)?)
    })
}

/// What the guards look up when they review the plan of the build.
async fn lookups_of_guards(
    args: &IamArgs,
    (deployment, targets, guards, build, policy): (
        &Deployment,
        &TargetFacts,
        &Guards,
        &Build,
        &PolicyIdentity,
    ),
    aws: &Aws,
    context: &Context<'_>,
) -> Result<Vec<LookupQuery>, Error> {
    let run = &args.run;
    let images = facts::read_images(aws, &deployment.images, &build.commit, run.plan.rebuild).await?;
    let facts =
        facts::assemble(&aws.region, images, BTreeMap::new(), facts::TagFacts::default(), targets.clone());
    context.report.add_secrets(facts.definitions().flat_map(TaskDefinition::secrets));
    let stamp = Stamp::new(build, &policy.name, policy.digest.as_str()).with_guards(guards.stamps());
    match Plan::new(PlanInput { deployment, facts: &facts, stamp: &stamp, options: &run.plan_options() }) {
        Ok(mut plan) => {
            review_plan(guards, &mut plan, ReviewRequest::of_run(run, build, policy), context).await
        }
        // What a run requires is known without it.
        Err(_) => {
            for guard in context.guards.iter().filter(|guard| reads_aws(guard)) {
                context.report.emit(&Event::Warning { message: unknown_lookups(guard) });
            }
            Ok(Vec::new())
        }
    }
}
