//! What a policy may look up: read-only facts of ECS and ECR, by the
//! operator's grant.
//!
//! Who answers is handed in, so that a run asks AWS and a test its case.

mod asked;

use std::time::Instant;

pub(super) use asked::Lookups;
use model::lookup::{LookupQuery, LookupReply};

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupError {
    /// A sentence for the policy, which may hand it on as its own error.
    Said(String),
    /// The policy's time was over before the answer came.
    OutOfTime,
}

/// Who answers a policy's questions.
pub trait Lookup: Send + Sync {
    /// Answers a question, by a moment.
    ///
    /// # Errors
    /// [`LookupError`] where it can't.
    fn look_up(&self, question: &LookupQuery, until: Instant) -> Result<LookupReply, LookupError>;
}

/// Answers nothing: for a policy that was granted nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Lookup for Nothing {
    fn look_up(&self, _: &LookupQuery, _: Instant) -> Result<LookupReply, LookupError> {
        Err(LookupError::Said("nothing can be looked up here".to_owned()))
    }
}
