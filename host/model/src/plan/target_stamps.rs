//! The stamps of other builds on a target's containers.

use super::definition::TaskDefinition;
use super::stamp::Stamp;
use super::target::TargetPlan;

impl TargetPlan {
    /// The stamp that a newer build of the same repository left on this target's containers in a
    /// definition; `None` with `--allow-older`.
    #[must_use]
    pub fn newer_stamp(&self, definition: &TaskDefinition) -> Option<Stamp> {
        if self.allow_older {
            return None;
        }
        self.stamps(definition).find(|stamp| stamp.is_newer_than(&self.stamp))
    }

    /// The stamp of an older build of the same repository on this target's containers in a definition.
    #[must_use]
    pub fn older_stamp(&self, definition: &TaskDefinition) -> Option<Stamp> {
        self.stamps(definition).find(|stamp| self.stamp.is_newer_than(stamp))
    }

    /// Whether a definition is of the build of this plan: the images that the plan sets are of its commit and number.
    #[must_use]
    pub fn is_of_this_build(&self, definition: &TaskDefinition) -> bool {
        let is_same = |stamp: Stamp| stamp == self.stamp;
        self.find_stamp(definition).is_some_and(is_same)
    }

    /// The stamp on this target's containers in a definition.
    #[must_use]
    pub fn find_stamp(&self, definition: &TaskDefinition) -> Option<Stamp> {
        self.stamps(definition).next()
    }

    /// The stamps on the planned containers; on all containers if the plan changes none.
    fn stamps(&self, definition: &TaskDefinition) -> impl Iterator<Item = Stamp> {
        let is_planned =
            |name: &str| self.containers.is_empty() || self.containers.iter().any(|c| c.container == name);
        let names = definition.containers().map(|(name, _)| name).filter(move |name| is_planned(name));
        names.filter_map(|name| Stamp::from_container(definition, name))
    }
}
