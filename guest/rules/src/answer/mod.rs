//! The images and targets of a deployment, as the contract describes them.

mod conflicts;
mod images;
mod targets;

use alloc::{string::String, vec::Vec};

use ecs_host_policy::Setting;

use crate::expand::{Use, Values};
use crate::problem::Located;
use crate::template::Template;

pub(crate) use images::images;
pub(crate) use targets::targets;

/// Variables, arguments or labels.
fn pairs(pairs: &[(String, Located<Template>)], values: &Values<'_>) -> Result<Vec<Setting>, String> {
    pairs
        .iter()
        .map(|(name, value)| Ok(Setting::new(name.clone(), values.expand(value, Use::Text)?)))
        .collect()
}
