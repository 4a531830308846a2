//! Reading names from JSON: by the grammar by which the host parses them anywhere.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Digest, ImageReference, Region, Repository, RoleArn, Tag};
use crate::decision::Reference;

macro_rules! deserialize_by_parsing {
    ($($name:ty,)*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    )*};
}

deserialize_by_parsing! { Digest, ImageReference, Reference, Region, Repository, RoleArn, Tag, }
