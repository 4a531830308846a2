//! Stage 4, the part of ECS: reads for the plan, the new revision, the watch.

mod judge;
pub mod raw;
pub mod read;
pub mod rollout;
pub mod watch;

pub use rollout::Started;
