//! Running a policy for one build: manifest, settings, decision.

use std::collections::BTreeSet;
use std::sync::Arc;

use wasmtime::{Store, Trap, WasmBacktrace};

use crate::contract::{CallError, PolicyInstance};
use crate::error::PolicyError;
use crate::failure::{describe_trap, stderr_tail};
use crate::limits::{Limit, Limits};
use crate::lookup::{LookupSource, NoLookups};
use crate::manifest::Manifest;
use crate::policy::Policy;
use crate::policy::type_mismatch;
use crate::settings::{SecretCheck, Settings};
use crate::store::{State, new_store};
use crate::thread::PolicyThread;
use model::Environment;
use model::build::Build;
use model::decision::Decision;
use model::lookup::PolicyLookup;
use model::source::{BuiltIn, PolicySource};
use model::text::{TRUNCATION_MARK, printable_lines, printable_text};

/// What the operator allows a policy.
#[derive(Clone)]
pub struct SandboxOptions {
    /// The resources that the policy may use.
    pub limits: Limits,
    /// Variables that the policy may receive although they look like secrets.
    pub allowed_secrets: BTreeSet<String>,
    /// The source of the facts that the policy looks up.
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
    pub decision: Result<Decision, PolicyError>,
}

impl Policy {
    /// Runs the policy for a build, in a fresh instance.
    ///
    /// # Errors
    /// [`PolicyError::Sandbox`] if the sandbox cannot be set up, and [`PolicyError::HostPanicked`]. An error of the
    /// policy itself is in [`Evaluation::decision`].
    pub fn evaluate(
        &self,
        build: &Build,
        environment: &Environment,
        options: &SandboxOptions,
    ) -> Result<Evaluation, PolicyError> {
        self.with_thread(|thread| evaluate(thread, build, environment, options))
    }

    /// Reads the policy's manifest, in a fresh instance.
    ///
    /// # Errors
    /// [`PolicyError`] if the policy fails, or declares an invalid name or setting.
    pub fn describe(&self, options: &SandboxOptions) -> Result<Manifest, PolicyError> {
        self.with_thread(|thread| describe(thread, options))
    }
}

/// See [`Policy::evaluate`].
pub(crate) fn evaluate(
    thread: &PolicyThread<'_>,
    build: &Build,
    environment: &Environment,
    options: &SandboxOptions,
) -> Result<Evaluation, PolicyError> {
    let mut session = Session::start(thread.policy, options)?;
    let decision = session.decide(build, environment, &options.allowed_secrets);
    let lookups = session.store.data_mut().take_lookups();
    let state = session.store.data();
    let limit = options.limits.output;
    let mut output = output_lines(state.stdout(), limit);
    // The error of a trap contains the end of stderr.
    if !matches!(decision, Err(PolicyError::Trapped { .. })) {
        output.extend(output_lines(state.stderr(), limit));
    }
    let fuel = options.limits.fuel.saturating_sub(session.store.get_fuel().unwrap_or_default());
    let Session { name, manifest, settings, .. } = session;
    Ok(Evaluation { policy_name: name, manifest, settings, output, lookups, fuel, decision })
}

/// The lines of an output stream, each [`printable`]. A stream that is full is marked as cut.
fn output_lines(mut bytes: Vec<u8>, limit: usize) -> Vec<String> {
    if bytes.len() >= limit {
        bytes.extend_from_slice(TRUNCATION_MARK.as_bytes());
    }
    printable_lines(&bytes)
}

/// See [`Policy::describe`].
fn describe(thread: &PolicyThread<'_>, options: &SandboxOptions) -> Result<Manifest, PolicyError> {
    let mut session = Session::start(thread.policy, options)?;
    session.describe(&Environment::default(), &options.allowed_secrets)?;
    Ok(session.manifest.unwrap_or_default())
}

/// The calls of one instance.
struct Session<'a> {
    policy: &'a Policy,
    limits: Limits,
    store: Store<State>,
    name: String,
    manifest: Option<Manifest>,
    settings: Settings,
}

impl<'a> Session<'a> {
    fn start(policy: &'a Policy, options: &'a SandboxOptions) -> Result<Self, PolicyError> {
        let name = policy.source.provisional_name();
        // The stack is a setting of the engine, so the one at compile time counts.
        let limits = Limits { stack: policy.stack, ..options.limits.clone() };
        let store = new_store(policy.linked.engine(), &limits, Arc::clone(&options.lookup))
            .map_err(|source| PolicyError::Sandbox { policy: name.clone(), source })?;
        Ok(Self { policy, limits, store, name, manifest: None, settings: Settings::default() })
    }

    /// Instantiates the policy, reads its manifest, and collects the settings that it declares.
    fn describe(
        &mut self,
        environment: &Environment,
        allowed_secrets: &BTreeSet<String>,
    ) -> Result<Box<dyn PolicyInstance>, PolicyError> {
        let instance = self.policy.linked.instantiate(&mut self.store);
        let instance = instance.map_err(|error| self.instantiation_error(&error))?;
        let manifest = instance.describe(&mut self.store).map_err(|error| self.call_error(error))?;
        self.name.clone_from(&manifest.name);
        let check = match self.policy.source {
            PolicySource::BuiltIn(BuiltIn::Travis) => SecretCheck::Off,
            // The rules of a checkout can write a setting into anything.
            PolicySource::BuiltIn(BuiltIn::Rules) | PolicySource::File(_) | PolicySource::Oci(_) => {
                SecretCheck::On
            }
        };
        self.settings =
            Settings::from_environment(&self.name, &manifest.settings, check, allowed_secrets, environment)?;
        self.manifest = Some(manifest);
        Ok(instance)
    }

    fn decide(
        &mut self,
        build: &Build,
        environment: &Environment,
        allowed_secrets: &BTreeSet<String>,
    ) -> Result<Decision, PolicyError> {
        let instance = self.describe(environment, allowed_secrets)?;
        let decision = instance.decide(&mut self.store, build, &self.settings);
        decision.map_err(|error| self.call_error(error))
    }

    fn call_error(&self, error: CallError) -> PolicyError {
        let policy = self.name.clone();
        match error {
            CallError::Failed { export, error } => self.trap_or_limit(export, &error),
            CallError::Rejected(reason) => PolicyError::Rejected { policy, reason: printable_text(&reason) },
            CallError::Invalid(problems) => self.settings.invalid_answer(policy, problems),
        }
    }

    fn trap_or_limit(&self, export: &'static str, error: &wasmtime::Error) -> PolicyError {
        let policy = self.name.clone();
        let (stdout, stderr) = (self.store.data().stdout(), self.store.data().stderr());
        let stderr_lines = output_lines(stderr.clone(), self.limits.output);
        if let Some(limit) = Limit::from_error(error, &self.limits) {
            return PolicyError::LimitExceeded { policy, export, limit, stderr: String::new() };
        }
        // A full stream is closed, and the guest's reaction differs: Rust's std panics.
        if stdout.len() >= self.limits.output || stderr.len() >= self.limits.output {
            let limit = Limit::Output(self.limits.output);
            return PolicyError::LimitExceeded { policy, export, limit, stderr: stderr_tail(&stderr_lines) };
        }
        PolicyError::Trapped { policy, export, reason: describe_trap(error, &stderr_lines) }
    }

    /// An instantiation fails because the policy's code trapped, because the system lacks a resource, or because the
    /// types of its exports differ from the contract's.
    fn instantiation_error(&self, error: &wasmtime::Error) -> PolicyError {
        let has_run = error.is::<Trap>() || error.is::<WasmBacktrace>();
        if has_run || Limit::from_error(error, &self.limits).is_some() {
            return self.trap_or_limit("instantiate", error);
        }
        let is_system_error = |cause: &(dyn std::error::Error + 'static)| {
            cause.is::<rustix::io::Errno>() || cause.is::<std::io::Error>()
        };
        if error.chain().any(is_system_error) {
            let is_out_of_memory = error.chain().any(|cause| {
                cause.downcast_ref() == Some(&rustix::io::Errno::NOMEM)
                    || cause.downcast_ref().map(std::io::Error::kind) == Some(std::io::ErrorKind::OutOfMemory)
            });
            // Wasmtime reserves addresses for the largest memory.
            let hint = "; a policy needs 4 GiB of address space, see `ulimit -v`";
            let hint = if is_out_of_memory { hint } else { "" };
            let source = wasmtime::Error::msg(format!("{error:#}{hint}"));
            return PolicyError::Sandbox { policy: self.policy.source.subject(), source };
        }
        type_mismatch(self.policy.source.subject(), self.policy.contract, error)
    }
}
