//! The guards of a run: which ones there are, and what they find in its plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::event::EventSink as _;
use thiserror::Error;

use super::evaluation::limit_lines;
use super::fetch::{Pin, fetch};
use super::lookups::{Reach, RunLookups};
use super::{Context, Error, compiler};
use crate::cli::CompilerArgs;
use crate::config::{GuardOrigin, NamedGuard};
use crate::ownership;
use model::confinement::ConfinementError;
use model::event::Event;
use model::exit::Exit;
use model::lookup::LookupQuery;
use model::names::Region;
use model::review::{GuardReview, ReviewedPlan};
use model::source::ComponentSource;
use model::text::limited_list;
use sandbox::{ComponentError, ComponentKind, Guard, Limits, LookupSource, Review, SandboxOptions};

/// Why a plan is not carried out.
#[derive(Debug, Error)]
pub(super) enum GuardError {
    /// A guard of the operator's file can be changed by others, and no digest pins it.
    #[error(
        "{problem}, and {origin} names it as a guard; let only root and this user change it (`chmod go-w`), or pin it with \
         `digest`"
    )]
    Changeable { problem: ownership::Unsafe, origin: GuardOrigin },
    /// A guard cannot be run, or has no answer.
    #[error("{error}\n  guard named by: {origin}")]
    Failed { error: Box<ComponentError>, origin: GuardOrigin },
    /// Guards deny the plan.
    #[error("{} this plan, and nothing was changed:{}", deny(guards), limited_list(findings))]
    Denied { guards: usize, findings: Vec<String> },
}

/// The subject and the verb of a denial.
fn deny(guards: &usize) -> String {
    if *guards == 1 { "a guard denies".to_owned() } else { format!("{guards} guards deny") }
}

impl GuardError {
    fn failed(error: ComponentError, origin: &GuardOrigin) -> Self {
        Self::Failed { error: Box::new(error), origin: origin.clone() }
    }

    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Changeable { .. } => Exit::Preflight,
            Self::Failed { error, .. } => error.exit(),
            Self::Denied { .. } => Exit::Rejected,
        }
    }
}

/// The guards of a run, checked and compiled.
pub(super) struct Guards {
    guards: Vec<Arc<LoadedGuard>>,
    limits: Limits,
}

struct LoadedGuard {
    guard: Guard,
    name: String,
    version: String,
    reviews_rollbacks: bool,
    settings: BTreeMap<String, String>,
    origin: GuardOrigin,
}

impl Guards {
    /// Reads, checks and compiles the guards, and checks their settings.
    pub(super) fn load(args: &CompilerArgs, context: &Context<'_>) -> Result<Self, Error> {
        let limits = args.limits();
        let load = |named: &NamedGuard| load_guard(named, args, context).map(Arc::new);
        Ok(Self { guards: context.guards.iter().map(load).collect::<Result<_, _>>()?, limits })
    }

    /// Those that review rollbacks too.
    pub(super) fn of_rollbacks(mut self) -> Self {
        self.guards.retain(|guard| guard.reviews_rollbacks);
        self
    }

    /// The name of each.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.guards.iter().map(|own| own.name.as_str())
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.guards.is_empty()
    }

    /// The name, `@` and the digest of each.
    pub(super) fn stamps(&self) -> Vec<String> {
        let stamp = |own: &Arc<LoadedGuard>| format!("{}@{}", own.name, own.guard.component.digest);
        self.guards.iter().map(stamp).collect()
    }

    /// Runs every guard for a plan, one after the other, and reports what it printed and looked up. `region` is that of the
    /// command line. Returns their reviews and the lookups.
    pub(super) async fn review(
        &self,
        plan: &Arc<ReviewedPlan>,
        region: Option<&Region>,
        context: &Context<'_>,
    ) -> Result<(Vec<GuardReview>, Vec<LookupQuery>), Error> {
        let commit = plan.build.as_ref().map(|build| build.commit.clone());
        let (mut reviews, mut all_lookups) = (Vec::new(), Vec::new());
        for own in &self.guards {
            let lookups = RunLookups::new(
                context,
                region,
                commit.as_deref(),
                Reach::AwsAndCheckout,
                ComponentKind::Guard,
            );
            let lookups = Arc::new(lookups);
            let options = SandboxOptions {
                limits: self.limits.clone(),
                allowed_secrets: BTreeSet::new(),
                lookup: Arc::clone(&lookups) as Arc<dyn LookupSource>,
            };
            let (guard, plan) = (Arc::clone(own), Arc::clone(plan));
            // A guard may take seconds, in which a signal must end the run.
            let work =
                tokio::task::spawn_blocking(move || guard.guard.review(&plan, &guard.settings, &options));
            let failed = |error| GuardError::failed(error, &own.origin);
            let review = match work.await {
                Ok(review) => review.map_err(failed)?,
                Err(_) => {
                    let component = own.guard.component.source.subject();
                    return Err(failed(ComponentError::HostPanicked { component }).into());
                }
            };
            // Without the fact the findings are a consequence of the outage, whatever the guard made of it.
            if let Some(outage) = lookups.outage() {
                return Err(outage.into());
            }
            report_review(&review, commit.as_deref(), lookups.differing_files(), context);
            let violations = lookups.violations();
            if !violations.is_empty() {
                let component = format!("guard `{}`", review.guard_name);
                return Err(ConfinementError { component, violations }.into());
            }
            all_lookups.extend(review.lookups.iter().map(|lookup| lookup.query.clone()));
            reviews.push(GuardReview {
                guard: own.name.clone(),
                version: own.version.clone(),
                source: own.guard.component.source.clone(),
                digest: own.guard.component.digest.to_string(),
                named_by: own.origin.to_string(),
                fuel: review.fuel,
                findings: review.findings.map_err(failed)?,
            });
        }
        Ok((reviews, all_lookups))
    }
}

fn load_guard(named: &NamedGuard, args: &CompilerArgs, context: &Context<'_>) -> Result<LoadedGuard, Error> {
    if let (GuardOrigin::Operator(..), ComponentSource::File(path), None) =
        (&named.origin, &named.source, &named.digest)
    {
        match ownership::check(path) {
            Err(problem) if problem.is_changeable => {
                return Err(GuardError::Changeable { problem, origin: named.origin.clone() }.into());
            }
            // Reading it reports the error of a file that does not exist.
            Ok(()) | Err(_) => {}
        }
    }
    let failed = |error| GuardError::failed(error, &named.origin);
    let by = match &named.origin {
        GuardOrigin::CommandLine => "`--guard-digest`".to_owned(),
        file => file.to_string(),
    };
    let pin = Pin { digest: named.digest.as_ref(), by: &by, manifest: None };
    let binary = match fetch(ComponentKind::Guard, &named.source, &pin, args, context) {
        Err(Error::Component(error)) => return Err(failed(error).into()),
        other => other?,
    };
    let compiler = compiler::with_cache(args, context);
    let guard = Guard::compile(&binary, &compiler, &named.grants, &args.limits()).map_err(failed)?;
    compiler::warn_if_not_cached(&guard.component, context.report);
    let options = SandboxOptions { limits: args.limits(), ..SandboxOptions::default() };
    let manifest = guard.describe_with(&named.settings, &options).map_err(failed)?;
    Ok(LoadedGuard {
        guard,
        name: manifest.manifest.name,
        version: manifest.manifest.version,
        reviews_rollbacks: manifest.reviews_rollbacks,
        settings: named.settings.clone(),
        origin: named.origin.clone(),
    })
}

/// Reports what a guard looked up and printed.
fn report_review(review: &Review, commit: Option<&str>, warnings: Vec<String>, context: &Context<'_>) {
    let guard = || review.guard_name.clone();
    for lookup in &review.lookups {
        let commit = commit.filter(|_| lookup.query.is_of_source()).map(str::to_owned);
        context.report.emit(&Event::GuardLookup { guard: guard(), lookup: lookup.clone(), commit });
    }
    for message in warnings {
        context.report.emit(&Event::Warning { message });
    }
    for line in limit_lines(&review.output) {
        context.report.emit(&Event::GuardOutput { guard: guard(), line });
    }
}
