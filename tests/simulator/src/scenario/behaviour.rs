//! How tasks behave.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Which tasks do what.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Behaviour {
    /// The tasks. Everything that is given has to fit.
    pub on: Match,
    /// How many of the matching tasks are passed over first.
    pub skip: u32,
    /// How many of them then behave so; all without it.
    pub first: Option<u32>,
    /// What they do.
    pub does: Conduct,
}

/// Which tasks are meant. Without any field, all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// The name of the service.
    pub service: Option<String>,
    /// The family of the task definition.
    pub family: Option<String>,
    /// The revision of the task definition.
    pub revision: Option<u32>,
    /// The digest of a container's image, as asked for or as resolved.
    pub image_digest: Option<String>,
    /// A container's image contains this text.
    pub image: Option<String>,
    /// The task definition has a container of this name.
    pub container: Option<String>,
    /// A container's command, overridden or its own, begins with these words. With
    /// `container`, that one's.
    pub command: Option<Vec<String>>,
    /// The task definition is another than the service had at time 0: whatever is deployed next.
    pub deployed: Option<bool>,
    /// The service deployment that started the task: 1 is the first after time 0.
    pub deployment: Option<u32>,
    /// The task is a one-off, by RunTask.
    pub one_off: Option<bool>,
}

/// What a task does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Conduct {
    /// A service's task runs on; a one-off task exits with 0.
    #[default]
    Run,
    /// Its essential containers exit.
    Exit {
        /// Their exit code.
        #[serde(default)]
        code: i32,
        /// Exit codes of single containers.
        #[serde(default)]
        codes: BTreeMap<String, i32>,
        /// Seconds after RUNNING.
        #[serde(default)]
        after: f64,
        /// What containers log, oldest first.
        #[serde(default)]
        logs: BTreeMap<String, Vec<String>>,
    },
    /// It runs and never ends by itself, logging this.
    Log {
        /// What containers log, oldest first.
        logs: BTreeMap<String, Vec<String>>,
    },
    /// An image can't be pulled.
    CannotPull {
        /// What stands after `CannotPullContainerError: `.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Its health check fails.
    Unhealthy {
        /// Seconds after RUNNING.
        #[serde(default)]
        after: f64,
    },
    /// It runs out of memory: exit code 137.
    OutOfMemory {
        /// Seconds after RUNNING.
        #[serde(default)]
        after: f64,
    },
    /// Something that it needs before its containers is not to be had, such as a secret.
    ResourceInitialization {
        /// What stands after `ResourceInitializationError: `.
        #[serde(default)]
        reason: Option<String>,
    },
    /// No container instance takes it.
    Unplaceable {
        /// RunTask's failure reason, such as `RESOURCE:MEMORY`.
        #[serde(default)]
        reason: Option<String>,
    },
    /// It runs well, and from another image than was asked for.
    Digest {
        /// The digest.
        digest: String,
    },
    /// It stays PENDING.
    Hang,
}
