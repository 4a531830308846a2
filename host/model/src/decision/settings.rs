//! Lists of names and values as JSON: objects with the names of the contract.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `setting` of the contract.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    name: String,
    value: String,
}

/// A `secret-reference` of the contract.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretReference {
    name: String,
    value_from: String,
}

/// Serializes names and values.
pub(crate) fn serialize<S: Serializer>(
    settings: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let setting = |(name, value): &(String, String)| Setting { name: name.clone(), value: value.clone() };
    serializer.collect_seq(settings.iter().map(setting))
}

/// Deserializes names and values.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(String, String)>, D::Error> {
    let settings = Vec::<Setting>::deserialize(deserializer)?;
    Ok(settings.into_iter().map(|Setting { name, value }| (name, value)).collect())
}

/// Names of variables and the ARNs of their values.
pub(crate) mod secrets {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::SecretReference;

    /// Serializes them.
    pub(crate) fn serialize<S: Serializer>(
        secrets: &[(String, String)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let reference = |(name, value_from): &(String, String)| SecretReference {
            name: name.clone(),
            value_from: value_from.clone(),
        };
        serializer.collect_seq(secrets.iter().map(reference))
    }

    /// Deserializes them.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, String)>, D::Error> {
        let references = Vec::<SecretReference>::deserialize(deserializer)?;
        Ok(references.into_iter().map(|SecretReference { name, value_from }| (name, value_from)).collect())
    }
}
