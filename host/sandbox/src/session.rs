//! The calls of one instance of a component, and the error of a call.

use std::sync::Arc;

use wasmtime::{Store, Trap, WasmBacktrace};

use crate::component::LoadedComponent;
use crate::contract::{CallError, Linked};
use crate::error::ComponentError;
use crate::evaluate::SandboxOptions;
use crate::failure::{describe_trap, stderr_tail};
use crate::kind::{ComponentKind, Subject};
use crate::limits::{Limit, Limits};
use crate::settings::Settings;
use crate::store::{State, new_store};
use model::lookup::PolicyLookup;
use model::text::{TRUNCATION_MARK, printable_lines, printable_text};

/// The calls of one instance.
pub(crate) struct Session<'a> {
    component: &'a LoadedComponent,
    limits: Limits,
    pub(crate) store: Store<State>,
    /// The component as errors name it.
    pub(crate) subject: Subject,
    /// The settings that the component received.
    pub(crate) settings: Settings,
}

/// What a session leaves: the lines that the component printed, what it looked up, and the fuel that it consumed.
pub(crate) struct Trace {
    pub(crate) output: Vec<String>,
    pub(crate) lookups: Vec<PolicyLookup>,
    pub(crate) fuel: u64,
}

impl<'a> Session<'a> {
    pub(crate) fn start(
        component: &'a LoadedComponent,
        options: &SandboxOptions,
    ) -> Result<Self, ComponentError> {
        let subject = Subject::new(component.kind, component.source.provisional_name());
        // The stack is a setting of the engine, so the one at compile time counts.
        let limits = Limits { stack: component.stack, ..options.limits.clone() };
        let store = new_store(&component.engine, &limits, Arc::clone(&options.lookup))
            .map_err(|source| ComponentError::Sandbox { component: subject.name.clone(), source })?;
        Ok(Self { component, limits, store, subject, settings: Settings::default() })
    }

    /// Creates the instance.
    pub(crate) fn instantiate<I: ?Sized>(
        &mut self,
        linked: &dyn Linked<I>,
    ) -> Result<Box<I>, ComponentError> {
        linked.instantiate(&mut self.store).map_err(|error| self.instantiation_error(&error))
    }

    /// Ends the session. `has_trapped`: the error of a trap contains the end of stderr.
    pub(crate) fn end(&mut self, has_trapped: bool) -> Trace {
        let lookups = self.store.data_mut().take_lookups();
        let state = self.store.data();
        let mut output = output_lines(state.stdout(), self.limits.output);
        if !has_trapped {
            output.extend(output_lines(state.stderr(), self.limits.output));
        }
        let fuel = self.limits.fuel.saturating_sub(self.store.get_fuel().unwrap_or_default());
        Trace { output, lookups, fuel }
    }

    pub(crate) fn call_error(&self, error: CallError) -> ComponentError {
        let component = self.subject.clone();
        match error {
            CallError::Failed { export, error } => self.trap_or_limit(export, &error),
            CallError::Rejected(reason) => match component.kind {
                ComponentKind::Policy => {
                    ComponentError::Rejected { component, reason: printable_text(&reason) }
                }
                ComponentKind::Guard => {
                    ComponentError::Undecided { component, reason: printable_text(&reason) }
                }
            },
            CallError::Invalid(problems) => self.settings.invalid_answer(component, problems),
        }
    }

    fn trap_or_limit(&self, export: &'static str, error: &wasmtime::Error) -> ComponentError {
        let component = self.subject.clone();
        let (stdout, stderr) = (self.store.data().stdout(), self.store.data().stderr());
        let stderr_lines = output_lines(stderr.clone(), self.limits.output);
        if let Some(limit) = Limit::from_error(error, &self.limits) {
            return ComponentError::LimitExceeded { component, export, limit, stderr: String::new() };
        }
        // A full stream is closed, and the guest's reaction differs: Rust's std panics.
        if stdout.len() >= self.limits.output || stderr.len() >= self.limits.output {
            let limit = Limit::Output(self.limits.output);
            return ComponentError::LimitExceeded {
                component,
                export,
                limit,
                stderr: stderr_tail(&stderr_lines),
            };
        }
        ComponentError::Trapped { component, export, reason: describe_trap(error, &stderr_lines) }
    }

    /// An instantiation fails because the component's code trapped, because the system lacks a resource, or because the
    /// types of its exports differ from the contract's.
    fn instantiation_error(&self, error: &wasmtime::Error) -> ComponentError {
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
            let kind = self.component.kind;
            let hint = match is_out_of_memory {
                true => format!("; a {kind} needs 4 GiB of address space, see `ulimit -v`"),
                false => String::new(),
            };
            let source = wasmtime::Error::msg(format!("{error:#}{hint}"));
            return ComponentError::Sandbox { component: self.component.source.subject(), source };
        }
        self.component.type_mismatch(error)
    }
}

/// The lines of an output stream, each [`printable`](model::text::printable). A stream that is full is marked as cut.
fn output_lines(mut bytes: Vec<u8>, limit: usize) -> Vec<String> {
    if bytes.len() >= limit {
        bytes.extend_from_slice(TRUNCATION_MARK.as_bytes());
    }
    printable_lines(&bytes)
}
