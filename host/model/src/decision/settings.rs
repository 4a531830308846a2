//! Lists of names and values as JSON: objects with the names of the contract.

use serde::{Serialize, Serializer};

/// A `setting` of the contract.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Setting<'s> {
    name: &'s str,
    value: &'s str,
}

/// A `secret-reference` of the contract.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SecretReference<'s> {
    name: &'s str,
    value_from: &'s str,
}

/// Serializes names and values.
pub(super) fn serialize<S: Serializer>(
    settings: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(settings.iter().map(|(name, value)| Setting { name, value }))
}

/// Serializes names of variables and the ARNs of their values.
pub(super) fn serialize_secrets<S: Serializer>(
    secrets: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(secrets.iter().map(|(name, value_from)| SecretReference { name, value_from }))
}
