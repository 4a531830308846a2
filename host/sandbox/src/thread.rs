//! Threads whose stack is large enough for a component.
//!
//! The depth at which a component's recursion ends must not depend on the caller's stack, and must never overflow it.
//! So a component runs on no other thread.

use std::marker::PhantomData;

use crate::component::LoadedComponent;
use crate::error::ComponentError;

/// Bytes of stack for the host's own functions, in addition to the component's.
const HOST_STACK: usize = 2 << 20;

/// A thread that runs a component `C`. The value cannot be sent to another thread, whose stack may be too small.
pub(crate) struct ComponentThread<'c, C> {
    pub(crate) component: &'c C,
    not_send: PhantomData<*const ()>,
}

impl<C> ComponentThread<'_, C> {
    /// The same thread, for a part of its component.
    pub(crate) fn of<'p, P>(&self, component: &'p P) -> ComponentThread<'p, P> {
        ComponentThread { component, not_send: PhantomData }
    }
}

/// Runs the work on one thread, and returns its result.
///
/// # Errors
/// See [`on_threads`].
pub(crate) fn on_thread<C: AsRef<LoadedComponent> + Sync, T: Send>(
    component: &C,
    work: impl Fn(&ComponentThread<'_, C>) -> Result<T, ComponentError> + Sync,
) -> Result<T, ComponentError> {
    let mut results = on_threads(component, 1, work)?;
    results.pop().ok_or_else(|| thread_error(component.as_ref(), "its thread returned nothing".to_owned()))
}

/// Runs the same work on several threads, and returns the result of each.
///
/// # Errors
/// The first error of the work, [`ComponentError::Sandbox`] if a thread cannot be started, or
/// [`ComponentError::HostPanicked`] if the work panics.
pub(crate) fn on_threads<C: AsRef<LoadedComponent> + Sync, T: Send>(
    component: &C,
    count: usize,
    work: impl Fn(&ComponentThread<'_, C>) -> Result<T, ComponentError> + Sync,
) -> Result<Vec<T>, ComponentError> {
    let loaded = component.as_ref();
    let size = loaded.stack.saturating_add(HOST_STACK);
    let run = || work(&ComponentThread { component, not_send: PhantomData });
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for _ in 0..count {
            let thread = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, run);
            threads.push(thread.map_err(|error| {
                thread_error(loaded, format!("cannot start a thread with {size} bytes of stack: {error}"))
            })?);
        }
        let panicked = |_| Err(ComponentError::HostPanicked { component: loaded.source.subject() });
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
    })
}

fn thread_error(component: &LoadedComponent, message: String) -> ComponentError {
    ComponentError::Sandbox { component: component.source.subject(), source: wasmtime::Error::msg(message) }
}
