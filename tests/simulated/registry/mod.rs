//! Policies in registries that the tests simulate.

mod hostile;
mod tokens;
