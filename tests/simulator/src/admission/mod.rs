//! What can keep a received call from its execution: faults, throttling and permissions.

pub(crate) mod authorization;
pub(crate) mod faults;
pub(crate) mod permissions;
pub(crate) mod policy;
pub(crate) mod throttling;
