//! Threads whose stack is large enough for a policy.
//!
//! The depth at which a policy's recursion ends must not depend on the caller's stack, and must never overflow it.
//! So a policy runs on no other thread.

use std::marker::PhantomData;

use crate::error::PolicyError;
use crate::policy::Policy;

/// Bytes of stack for the host's own functions, in addition to the policy's.
const HOST_STACK: usize = 2 << 20;

/// A thread that runs a policy. The value cannot be sent to another thread, whose stack may be too small.
pub(crate) struct PolicyThread<'p> {
    pub(crate) policy: &'p Policy,
    not_send: PhantomData<*const ()>,
}

impl Policy {
    /// Runs the work on one thread, and returns its result.
    ///
    /// # Errors
    /// See [`Self::with_threads`].
    pub(crate) fn with_thread<T: Send>(
        &self,
        work: impl Fn(&PolicyThread<'_>) -> Result<T, PolicyError> + Sync,
    ) -> Result<T, PolicyError> {
        let mut results = self.with_threads(1, work)?;
        results.pop().ok_or_else(|| self.thread_error("its thread returned nothing".to_owned()))
    }

    /// Runs the same work on several threads, and returns the result of each.
    ///
    /// # Errors
    /// The first error of the work, [`PolicyError::Sandbox`] if a thread cannot be started, or
    /// [`PolicyError::HostPanicked`] if the work panics.
    pub(crate) fn with_threads<T: Send>(
        &self,
        count: usize,
        work: impl Fn(&PolicyThread<'_>) -> Result<T, PolicyError> + Sync,
    ) -> Result<Vec<T>, PolicyError> {
        let size = self.stack.saturating_add(HOST_STACK);
        let run = || work(&PolicyThread { policy: self, not_send: PhantomData });
        std::thread::scope(|scope| {
            let mut threads = Vec::new();
            for _ in 0..count {
                let thread = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, run);
                threads.push(thread.map_err(|error| {
                    self.thread_error(format!("cannot start a thread with {size} bytes of stack: {error}"))
                })?);
            }
            let panicked = |_| Err(PolicyError::HostPanicked { policy: self.source.subject() });
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
        })
    }

    fn thread_error(&self, message: String) -> PolicyError {
        PolicyError::Sandbox { policy: self.source.subject(), source: wasmtime::Error::msg(message) }
    }
}
