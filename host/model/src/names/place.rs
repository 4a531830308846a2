//! The region and the role of a target.

use serde::{Deserialize, Serialize};

use super::{Region, RoleArn};

/// The region that API calls for a target go to, and the role that they are made with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// The region.
    pub region: Region,
    /// The role to assume; `None` for the run's own credentials.
    pub role: Option<RoleArn>,
}

impl Place {
    /// The difference to a run in `run_region` with its own credentials, to append to a name:
    /// ` in us-east-1 as 210987654321/deploy`; empty if there is none.
    ///
    /// ```
    /// use ecs_host_model::names::{Place, Region, RoleArn};
    ///
    /// let run_region = Region::parse("eu-central-1")?;
    /// let role = Some(RoleArn::parse("arn:aws:iam::210987654321:role/ci/deploy")?);
    /// let place = |role| Place { region: run_region.clone(), role };
    /// assert_eq!(place(None).qualifier(&run_region), "");
    /// assert_eq!(place(role).qualifier(&run_region), " as 210987654321/deploy");
    /// # Ok::<(), ecs_host_model::names::InvalidName>(())
    /// ```
    #[must_use]
    pub fn qualifier(&self, run_region: &Region) -> String {
        let region = (self.region != *run_region).then(|| format!(" in {}", self.region));
        let role = self.role.as_ref().map(|role| format!(" as {}/{}", role.account(), role.name()));
        [region, role].into_iter().flatten().collect()
    }
}
