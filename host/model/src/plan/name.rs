//! What logs, events and JSON call a target.

use std::fmt;

use serde::Serialize;

use crate::decision::Destination;
use crate::names::{Place, Region};

/// A target's name, unique within a plan: `cluster/service`, or that of a task
/// definition family, and where it is, if that is not the run's own place.
///
/// ```
/// use ecs_host::names::{Place, Region, RoleArn};
/// use ecs_host::plan::TargetName;
/// use ecs_host::policy::decision::Destination;
///
/// let own = Region::parse("eu-central-1").unwrap();
/// let role = RoleArn::parse("arn:aws:iam::210987654321:role/deploy").unwrap();
/// let place = Place { region: Region::parse("us-east-1").unwrap(), role: Some(role) };
/// let name = TargetName::new(&Destination::Family("nightly".into()), &place, &own);
/// assert_eq!(name.to_string(), "nightly in us-east-1 as 210987654321/deploy");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TargetName(String);

impl TargetName {
    /// The name of what is in a place, in a run of this region.
    #[must_use]
    pub fn new(destination: &Destination, place: &Place, own: &Region) -> Self {
        let place = place.qualifier(own);
        Self(match destination {
            Destination::Service(name) => format!("{name}{place}"),
            Destination::Family(name) => format!("{name}{place}"),
        })
    }

    /// The name's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
