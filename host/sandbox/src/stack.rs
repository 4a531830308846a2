//! Threads with room for what a policy may use of the stack.
//!
//! Where a policy's recursion ends may not depend on the caller's stack, and it
//! must never end the host: so no policy is asked anywhere but in such a thread.

use std::marker::PhantomData;

use super::questions::{self, Answer, Manifest, Terms};
use super::{Policy, PolicyError};
use model::Environment;
use model::build::Build;

/// Stack for the host's own functions, above the policy's.
const HOST_STACK: usize = 2 << 20;

/// A thread that a policy may be asked in, any number of times. It is that
/// thread's alone: a thread without the room can't get hold of it.
pub struct PolicyThread<'p> {
    policy: &'p Policy,
    stays: PhantomData<*const ()>,
}

impl PolicyThread<'_> {
    /// Asks the policy about a build, in a fresh instance.
    ///
    /// # Errors
    /// [`PolicyError::Sandbox`] where there can be no instance. What the policy
    /// itself does wrong is in the answer.
    pub fn decide(
        &self,
        build: &Build,
        environment: &Environment,
        terms: &Terms,
    ) -> Result<Answer, PolicyError> {
        questions::decide(self.policy, build, environment, terms)
    }

    /// Asks the policy what it is, outside of any build, in a fresh instance.
    ///
    /// # Errors
    /// [`PolicyError`] where it breaks, or declares what no policy may.
    pub fn describe(&self, terms: &Terms) -> Result<Manifest, PolicyError> {
        questions::describe(self.policy, terms)
    }
}

impl Policy {
    /// Does something with a policy in a thread that has the room for it.
    ///
    /// # Errors
    /// What the work gives, and [`PolicyError::Sandbox`] where there can be no
    /// such thread.
    pub fn ask<T: Send>(
        &self,
        work: impl Fn(&PolicyThread<'_>) -> Result<T, PolicyError> + Sync,
    ) -> Result<T, PolicyError> {
        let mut done = self.ask_in(1, work)?;
        done.pop().ok_or_else(|| self.no_room("no thread to ask it in".to_owned()))
    }

    /// Does the same in many threads at a time, each of which has the room.
    ///
    /// # Errors
    /// As of [`Policy::ask`]; the first one's where there are more.
    pub fn ask_in<T: Send>(
        &self,
        threads: usize,
        work: impl Fn(&PolicyThread<'_>) -> Result<T, PolicyError> + Sync,
    ) -> Result<Vec<T>, PolicyError> {
        let size = self.stack.saturating_add(HOST_STACK);
        let in_thread = || work(&PolicyThread { policy: self, stays: PhantomData });
        std::thread::scope(|scope| {
            let mut started = Vec::new();
            for _ in 0..threads {
                let thread = std::thread::Builder::new().stack_size(size).spawn_scoped(scope, in_thread);
                let without = |error| self.no_room(format!("no thread with {size} bytes of stack: {error}"));
                started.push(thread.map_err(without)?);
            }
            let panicked = |_| Err(self.no_room("the host panicked while it ran".to_owned()));
            started.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)).collect()
        })
    }

    fn no_room(&self, why: String) -> PolicyError {
        PolicyError::Sandbox { policy: self.source.subject(), source: wasmtime::Error::msg(why) }
    }
}
