//! Policies in registries that a test answers for.

mod hostile;
mod server;
mod tokens;
