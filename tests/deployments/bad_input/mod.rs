//! Bad input: a run reports it with a message and an exit code, and changes nothing.

mod answers;
mod credentials;
mod docker;
mod targets;
