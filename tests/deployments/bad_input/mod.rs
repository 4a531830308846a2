//! Bad input: each with its message and its exit code, and nothing changed.

mod answers;
mod credentials;
mod docker;
mod targets;
