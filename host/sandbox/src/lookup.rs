//! What a policy may look up: read-only facts of ECS and ECR, by the
//! operator's grant.
//!
//! Who answers is handed in, so that a run asks AWS and a test its case.

mod asked;

use std::time::Instant;

pub(super) use asked::Lookups;
use model::lookup::{Question, Reply};

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
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
    /// [`Unanswered`] where it can't.
    fn look_up(&self, question: &Question, until: Instant) -> Result<Reply, Unanswered>;
}

/// Answers nothing: for a policy that was granted nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Lookup for Nothing {
    fn look_up(&self, _: &Question, _: Instant) -> Result<Reply, Unanswered> {
        Err(Unanswered::Said("nothing can be looked up here".to_owned()))
    }
}
