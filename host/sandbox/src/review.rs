//! Running a guard for one plan: manifest, settings, findings.

use std::collections::BTreeMap;

use crate::contract::GuardInstance;
use crate::error::ComponentError;
use crate::evaluate::SandboxOptions;
use crate::guard::Guard;
use crate::guard_settings;
use crate::manifest::GuardManifest;
use crate::session::{Session, Trace};
use crate::thread::{ComponentThread, on_thread};
use model::lookup::PolicyLookup;
use model::review::{Finding, ReviewedPlan};

/// The result of running a guard for one plan.
#[derive(Debug)]
pub struct Review {
    /// The guard's name; its source if the manifest could not be read.
    pub guard_name: String,
    /// The lines that the guard printed to stdout and stderr.
    pub output: Vec<String>,
    /// The lookups, in the order in which the guard made them.
    pub lookups: Vec<PolicyLookup>,
    /// The fuel that the guard consumed.
    pub fuel: u64,
    /// What it found, or why there is no answer.
    pub findings: Result<Vec<Finding>, ComponentError>,
}

impl Guard {
    /// Runs the guard for a plan, in a fresh instance. `settings` are those that whoever names the guard sets.
    ///
    /// # Errors
    /// [`ComponentError::Sandbox`] if the sandbox cannot be set up, and [`ComponentError::HostPanicked`]. An error of the
    /// guard itself is in [`Review::findings`].
    pub fn review(
        &self,
        plan: &ReviewedPlan,
        settings: &BTreeMap<String, String>,
        options: &SandboxOptions,
    ) -> Result<Review, ComponentError> {
        on_thread(self, |thread| review(thread, plan, settings, options))
    }

    /// Reads the guard's manifest, in a fresh instance.
    ///
    /// # Errors
    /// [`ComponentError`] if the guard fails, or declares an invalid name or setting.
    pub fn describe(&self, options: &SandboxOptions) -> Result<GuardManifest, ComponentError> {
        on_thread(self, |thread| {
            let mut session = Session::start(&self.component, options)?;
            let (_, manifest) = begin(&mut session, thread.component)?;
            Ok(manifest)
        })
    }

    /// Reads the guard's manifest, and checks that the settings are those that it declares.
    ///
    /// # Errors
    /// Those of [`Guard::describe`], and [`ComponentError::GuardSettings`].
    pub fn describe_with(
        &self,
        settings: &BTreeMap<String, String>,
        options: &SandboxOptions,
    ) -> Result<GuardManifest, ComponentError> {
        on_thread(self, |thread| {
            let mut session = Session::start(&self.component, options)?;
            let (_, manifest) = begin(&mut session, thread.component)?;
            guard_settings::collect(&session.subject, &manifest.manifest.settings, settings)?;
            Ok(manifest)
        })
    }
}

/// See [`Guard::review`].
pub(crate) fn review(
    thread: &ComponentThread<'_, Guard>,
    plan: &ReviewedPlan,
    settings: &BTreeMap<String, String>,
    options: &SandboxOptions,
) -> Result<Review, ComponentError> {
    let guard = thread.component;
    let mut session = Session::start(&guard.component, options)?;
    let findings = begin(&mut session, guard).and_then(|(instance, manifest)| {
        session.settings = guard_settings::collect(&session.subject, &manifest.manifest.settings, settings)?;
        let findings = instance.review(&mut session.store, plan, &session.settings);
        findings.map_err(|error| session.call_error(error))
    });
    let Trace { output, lookups, fuel } =
        session.end(matches!(findings, Err(ComponentError::Trapped { .. })));
    Ok(Review { guard_name: session.subject.name, output, lookups, fuel, findings })
}

/// Instantiates the guard, and reads and checks its manifest.
fn begin(
    session: &mut Session<'_>,
    guard: &Guard,
) -> Result<(Box<dyn GuardInstance>, GuardManifest), ComponentError> {
    let instance = session.instantiate(&*guard.linked)?;
    let manifest = instance.describe(&mut session.store).map_err(|error| session.call_error(error))?;
    session.subject.name.clone_from(&manifest.manifest.name);
    guard_settings::check_declarations(&session.subject, &manifest.manifest.settings)?;
    Ok((instance, manifest))
}
