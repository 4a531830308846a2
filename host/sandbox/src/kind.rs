//! The kinds of components that the host runs.

use std::fmt;

use serde::Serialize;

/// A kind of component, by the interface that it exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// A deploy policy, which decides on a build.
    Policy,
    /// A deploy guard, which reviews a plan.
    Guard,
}

impl ComponentKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Policy, Self::Guard];

    /// The word for the kind.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Guard => "guard",
        }
    }

    /// The other kind.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Policy => Self::Guard,
            Self::Guard => Self::Policy,
        }
    }

    /// The kind of a component with exports of these names: a policy if it exports the interface of neither kind.
    #[must_use]
    pub fn of_exports<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let is_guard = names.into_iter().any(|name| name.split('@').next() == Some(Self::Guard.interface()));
        if is_guard { ComponentKind::Guard } else { ComponentKind::Policy }
    }

    /// The interface that every component of this kind exports, without a version.
    pub(crate) fn interface(self) -> &'static str {
        match self {
            Self::Policy => "ecs-host:policy/policy",
            Self::Guard => "ecs-host:policy/guard",
        }
    }

    /// The world of the contract.
    pub(crate) fn world(self) -> &'static str {
        match self {
            Self::Policy => "deploy-policy",
            Self::Guard => "deploy-guard",
        }
    }

    /// The flag that grants an import.
    pub(crate) fn grant_flag(self) -> &'static str {
        match self {
            Self::Policy => "--allow",
            Self::Guard => "--guard-allow",
        }
    }
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A component as an error names it: ``policy `travis` ``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The kind.
    pub kind: ComponentKind,
    /// The name in its manifest; its source before the manifest was read.
    pub name: String,
}

impl Subject {
    /// A component by its name.
    #[must_use]
    pub fn new(kind: ComponentKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)
    }
}
