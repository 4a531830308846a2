//! Read-only facts of ECS and ECR that a policy looks up, if the operator grants it.
//!
//! The caller passes the source of the facts: a run passes AWS, a test passes the facts of its case.

use std::sync::Arc;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::limits::{Limit, LimitExceeded, Limits};
use model::lookup::{LookupQuery, LookupReply, LookupResult, PolicyLookup};

/// Why a lookup has no reply.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LookupError {
    /// The message that the policy receives as the lookup's error.
    #[error("{0}")]
    Failed(String),
    /// The policy's wall-clock limit ended first. It ends the evaluation.
    #[error("the lookup did not finish in the policy's time")]
    TimedOut,
}

/// A source of facts.
pub trait LookupSource: Send + Sync {
    /// Answers a query before the deadline.
    ///
    /// # Errors
    /// [`LookupError`] if there is no reply.
    fn look_up(&self, query: &LookupQuery, deadline: Instant) -> Result<LookupReply, LookupError>;
}

/// A source without facts: every lookup fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoLookups;

impl LookupSource for NoLookups {
    fn look_up(&self, _: &LookupQuery, _: Instant) -> Result<LookupReply, LookupError> {
        Err(LookupError::Failed("lookups are not available here".to_owned()))
    }
}

/// The lookups of one instance of a policy. A repeated query returns the first result, so the facts of a decision
/// do not change while it is made.
pub(crate) struct LookupSession {
    source: Arc<dyn LookupSource>,
    max_lookups: usize,
    deadline: Instant,
    time_limit: Limit,
    lookups: Vec<PolicyLookup>,
}

/// The deadline of a time limit that the clock cannot represent: a year from now.
const FAR_FUTURE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl LookupSession {
    pub(crate) fn new(source: Arc<dyn LookupSource>, limits: &Limits) -> Self {
        let now = Instant::now();
        Self {
            source,
            max_lookups: limits.lookups,
            deadline: now.checked_add(limits.time).unwrap_or(now + FAR_FUTURE),
            time_limit: Limit::Time(limits.time),
            lookups: Vec::new(),
        }
    }

    /// Returns the result of a query.
    ///
    /// # Errors
    /// [`LimitExceeded`] if the query exceeds the number of lookups or the policy's time; it ends the evaluation.
    pub(crate) fn resolve(&mut self, query: LookupQuery) -> wasmtime::Result<LookupResult> {
        if let Some(known) = self.lookups.iter().find(|lookup| lookup.query == query) {
            return Ok(known.result.clone());
        }
        if self.lookups.len() >= self.max_lookups {
            return Err(LimitExceeded(Limit::Lookups(self.max_lookups)).into());
        }
        let result = match self.source.look_up(&query, self.deadline) {
            Ok(reply) => LookupResult::Reply(reply),
            Err(LookupError::Failed(message)) => LookupResult::Error(message),
            Err(LookupError::TimedOut) => return Err(LimitExceeded(self.time_limit).into()),
        };
        self.lookups.push(PolicyLookup { query, result: result.clone() });
        Ok(result)
    }

    /// Removes and returns the lookups, in the order in which the policy made them.
    pub(crate) fn take_lookups(&mut self) -> Vec<PolicyLookup> {
        std::mem::take(&mut self.lookups)
    }
}
