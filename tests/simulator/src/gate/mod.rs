//! What a call passes before it is done.

pub(crate) mod denial;
pub(crate) mod faults;
pub(crate) mod throttle;
