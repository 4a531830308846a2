//! The contract's types, and their conversion to the model.

#[cfg_attr(fuzzing, expect(missing_docs, reason = "the fuzz targets see it, and it is generated"))]
pub(crate) mod bindings;
mod check;

pub(crate) use check::check;
