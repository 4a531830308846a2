//! The name of a target in events and logs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decision::Destination;
use crate::names::{Place, Region};

/// The name of a target, unique within a plan: `cluster/service` or the name of a family, and
/// region and role if they are not the run's own.
///
/// ```
/// use ecs_host_model::decision::Destination;
/// use ecs_host_model::names::{Place, Region, RoleArn};
/// use ecs_host_model::plan::TargetName;
///
/// let run_region = Region::parse("eu-central-1")?;
/// let role = RoleArn::parse("arn:aws:iam::210987654321:role/deploy")?;
/// let place = Place { region: Region::parse("us-east-1")?, role: Some(role) };
/// let name = TargetName::new(&Destination::Family("nightly".into()), &place, &run_region);
/// assert_eq!(name.to_string(), "nightly in us-east-1 as 210987654321/deploy");
/// # Ok::<(), ecs_host_model::names::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TargetName(String);

impl TargetName {
    /// The name of a destination at a place, in a run in `run_region`.
    #[must_use]
    pub fn new(destination: &Destination, place: &Place, run_region: &Region) -> Self {
        let qualifier = place.qualifier(run_region);
        Self(match destination {
            Destination::Service(name) => format!("{name}{qualifier}"),
            Destination::Family(name) => format!("{name}{qualifier}"),
            Destination::Schedule(name) => format!("schedule {name}{qualifier}"),
            Destination::EventRule(name) => format!("event rule {name}{qualifier}"),
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
