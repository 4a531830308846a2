//! Running a policy for one build: manifest, settings, decision.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::contract::PolicyInstance;
use crate::error::ComponentError;
use crate::limits::Limits;
use crate::lookup::{LookupSource, NoLookups};
use crate::manifest::Manifest;
use crate::policy::Policy;
use crate::session::{Session, Trace};
use crate::settings::{SecretCheck, Settings};
use crate::thread::{ComponentThread, on_thread};
use model::Environment;
use model::build::Build;
use model::decision::Decision;
use model::lookup::PolicyLookup;
use model::source::{BuiltIn, ComponentSource};

/// What the operator allows a component.
#[derive(Clone)]
pub struct SandboxOptions {
    /// The resources that the component may use.
    pub limits: Limits,
    /// Variables that a policy may receive although they look like secrets.
    pub allowed_secrets: BTreeSet<String>,
    /// The source of the facts that the component looks up.
    pub lookup: Arc<dyn LookupSource>,
}

impl Default for SandboxOptions {
    /// The default limits, no secrets, and no lookups.
    fn default() -> Self {
        Self { limits: Limits::default(), allowed_secrets: BTreeSet::new(), lookup: Arc::new(NoLookups) }
    }
}

/// The result of running a policy for one build.
#[derive(Debug)]
pub struct Evaluation {
    /// The policy's name; its source if the manifest could not be read.
    pub policy_name: String,
    /// The manifest, if it could be read.
    pub manifest: Option<Manifest>,
    /// The settings that the policy received.
    pub settings: Settings,
    /// The lines that the policy printed to stdout and stderr.
    pub output: Vec<String>,
    /// The lookups, in the order in which the policy made them.
    pub lookups: Vec<PolicyLookup>,
    /// The fuel that the policy consumed.
    pub fuel: u64,
    /// The decision, or why there is none.
    pub decision: Result<Decision, ComponentError>,
}

impl Policy {
    /// Runs the policy for a build, in a fresh instance.
    ///
    /// # Errors
    /// [`ComponentError::Sandbox`] if the sandbox cannot be set up, and [`ComponentError::HostPanicked`]. An error of the
    /// policy itself is in [`Evaluation::decision`].
    pub fn evaluate(
        &self,
        build: &Build,
        environment: &Environment,
        options: &SandboxOptions,
    ) -> Result<Evaluation, ComponentError> {
        on_thread(self, |thread| evaluate(thread, build, environment, options))
    }

    /// Reads the policy's manifest, in a fresh instance.
    ///
    /// # Errors
    /// [`ComponentError`] if the policy fails, or declares an invalid name or setting.
    pub fn describe(&self, options: &SandboxOptions) -> Result<Manifest, ComponentError> {
        on_thread(self, |thread| describe(thread, options))
    }
}

/// See [`Policy::evaluate`].
pub(crate) fn evaluate(
    thread: &ComponentThread<'_, Policy>,
    build: &Build,
    environment: &Environment,
    options: &SandboxOptions,
) -> Result<Evaluation, ComponentError> {
    let policy = thread.component;
    let mut session = Session::start(&policy.component, options)?;
    let mut manifest = None;
    let decision = begin(&mut session, policy, environment, options).and_then(|(instance, found)| {
        manifest = Some(found);
        let decision = instance.decide(&mut session.store, build, &session.settings);
        decision.map_err(|error| session.call_error(error))
    });
    let Trace { output, lookups, fuel } =
        session.end(matches!(decision, Err(ComponentError::Trapped { .. })));
    let Session { subject, settings, .. } = session;
    Ok(Evaluation { policy_name: subject.name, manifest, settings, output, lookups, fuel, decision })
}

/// See [`Policy::describe`].
fn describe(
    thread: &ComponentThread<'_, Policy>,
    options: &SandboxOptions,
) -> Result<Manifest, ComponentError> {
    let policy = thread.component;
    let mut session = Session::start(&policy.component, options)?;
    let (_, manifest) = begin(&mut session, policy, &Environment::default(), options)?;
    Ok(manifest)
}

/// Instantiates the policy, reads its manifest, and collects the settings that it declares.
fn begin(
    session: &mut Session<'_>,
    policy: &Policy,
    environment: &Environment,
    options: &SandboxOptions,
) -> Result<(Box<dyn PolicyInstance>, Manifest), ComponentError> {
    let instance = session.instantiate(&*policy.linked)?;
    let manifest = instance.describe(&mut session.store).map_err(|error| session.call_error(error))?;
    session.subject.name.clone_from(&manifest.name);
    let check = match policy.component.source {
        ComponentSource::BuiltIn(BuiltIn::Travis) => SecretCheck::Off,
        // The rules of a checkout can write a setting into anything.
        ComponentSource::BuiltIn(BuiltIn::Rules) | ComponentSource::File(_) | ComponentSource::Oci(_) => {
            SecretCheck::On
        }
    };
    session.settings = Settings::from_environment(
        &session.subject,
        &manifest.settings,
        check,
        &options.allowed_secrets,
        environment,
    )?;
    Ok((instance, manifest))
}
