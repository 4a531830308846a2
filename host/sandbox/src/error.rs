//! The ways in which a policy or a guard fails, with the exit code of each.

use std::path::PathBuf;

use thiserror::Error;

use crate::kind::{ComponentKind, Subject};
use crate::limits::Limit;
use model::exit::Exit;
use model::text::{indented, limited_list, printable};

/// Why a policy returned no decision, or a guard no findings.
#[derive(Debug, Error)]
pub enum ComponentError {
    /// Reading the component's file failed.
    #[error("cannot read {kind} `{}`: {source}{}", printable(&path.display().to_string()), hint(source))]
    Unreadable {
        /// The kind of the component.
        kind: ComponentKind,
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The bytes are not a component that this host compiles.
    #[error("{component} is not a {kind}: {found}")]
    NotComponent {
        /// The component's source, as the subject of a sentence.
        component: String,
        /// The kind that it should be.
        kind: ComponentKind,
        /// What the bytes are, and how to build a component.
        found: String,
    },
    /// The component does not export the contract.
    #[error("{component} does not implement the {kind} contract: {found}")]
    WrongWorld {
        /// The component's source, as the subject of a sentence.
        component: String,
        /// The kind that it should be.
        kind: ComponentKind,
        /// What the component exports.
        found: String,
    },
    /// The component imports interfaces that no component receives.
    #[error("{component} imports interfaces that the sandbox does not provide:{}", limited_list(imports))]
    UnsupportedImports {
        /// The component's source, as the subject of a sentence.
        component: String,
        /// Each interface, with a remedy.
        imports: Vec<String>,
    },
    /// The component imports lookups that the operator has not granted.
    #[error("{component} imports lookups that are not granted:{}", limited_list(imports))]
    NotGranted {
        /// The component's source, as the subject of a sentence.
        component: String,
        /// Each interface, with the flag that grants it.
        imports: Vec<String>,
    },
    /// The manifest declares settings that are secrets.
    #[error(
        "{component} declares settings that look like secrets; to pass them, add:{}",
        limited_list(refused)
    )]
    Secrets {
        /// The component.
        component: Subject,
        /// The flag that allows each of them.
        refused: Vec<String>,
    },
    /// The manifest declares settings whose names break the grammar.
    #[error("{component} declares settings with invalid names:{}", limited_list(problems))]
    InvalidSettings {
        /// The component.
        component: Subject,
        /// Each declared name, with the rule that it breaks.
        problems: Vec<String>,
    },
    /// A guard declares settings that are named like secrets, which no guard receives.
    #[error(
        "{component} declares settings that are named like secrets, and a guard receives none; its author must rename or \
         remove:{}",
        limited_list(names)
    )]
    GuardSecrets {
        /// The component.
        component: Subject,
        /// The names.
        names: Vec<String>,
    },
    /// The settings of a guard are not those that it declares.
    #[error("the settings of {component} are invalid, and nothing was changed:{}", limited_list(problems))]
    GuardSettings {
        /// The component.
        component: Subject,
        /// Each setting, with what is wrong and where to correct it.
        problems: Vec<String>,
    },
    /// Settings have values that the policy cannot deploy with.
    #[error("the settings of {component} are invalid, and nothing was changed:{}", limited_list(problems))]
    RejectedSettings {
        /// The component.
        component: Subject,
        /// Each setting, with the rule that its value breaks.
        problems: Vec<String>,
    },
    /// `ecs-host push` found a component that no run would accept.
    #[error("cannot publish {component}: {problem}")]
    Unpublishable {
        /// The component's source, as the subject of a sentence.
        component: String,
        /// Why a run does not accept it.
        problem: String,
    },
    /// The component reached a limit of the sandbox.
    #[error("{component} reached its limit of {limit} in `{export}`; {} raises it{stderr}", limit.flag())]
    LimitExceeded {
        /// The component.
        component: Subject,
        /// The export that ran; `compile` or `instantiate` before any ran.
        export: &'static str,
        /// The limit and its value.
        limit: Limit,
        /// The last lines of stderr, each on an indented line, if the limit caused a panic.
        stderr: String,
    },
    /// The component panicked or trapped.
    #[error("{component} failed in `{export}`: {reason}")]
    Trapped {
        /// The component.
        component: Subject,
        /// The export that ran.
        export: &'static str,
        /// The trap, the last lines of stderr, and the backtrace.
        reason: String,
    },
    /// The policy returned an error of its own.
    #[error("{component} rejected the build: {}", indented(reason))]
    Rejected {
        /// The component.
        component: Subject,
        /// The error that the policy returned, whose lines are [`printable_text`](model::text::printable_text).
        reason: String,
    },
    /// The guard returned an error of its own: it cannot decide, which denies the plan.
    #[error("{component} cannot decide, which denies this plan; nothing was changed: {}", indented(reason))]
    Undecided {
        /// The component.
        component: Subject,
        /// The error that the guard returned, whose lines are [`printable_text`](model::text::printable_text).
        reason: String,
    },
    /// The component returned an answer that breaks the contract.
    #[error(
        "{component} returned an invalid answer, and nothing was changed; its author must correct:{}",
        limited_list(problems)
    )]
    InvalidAnswer {
        /// The component.
        component: Subject,
        /// Every problem of the answer.
        problems: Vec<String>,
    },
    /// A defect of the host: it panicked while the component ran.
    #[error("ecs-host panicked while it ran {component}; this is a defect of ecs-host, please report it")]
    HostPanicked {
        /// The component's source, as the subject of a sentence.
        component: String,
    },
    /// Setting up the sandbox itself failed.
    #[error("cannot set up the sandbox for {component}: {source:#}")]
    Sandbox {
        /// The component's source, as the subject of a sentence.
        component: String,
        /// The error of wasmtime or of the operating system.
        #[source]
        source: wasmtime::Error,
    },
}

impl ComponentError {
    /// The exit code of a run that ends with this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. } => Exit::Usage,
            Self::Rejected { .. } | Self::RejectedSettings { .. } | Self::Undecided { .. } => Exit::Rejected,
            Self::Secrets { .. }
            | Self::GuardSettings { .. }
            | Self::NotGranted { .. }
            | Self::HostPanicked { .. }
            | Self::Sandbox { .. } => Exit::Preflight,
            Self::NotComponent { .. }
            | Self::WrongWorld { .. }
            | Self::UnsupportedImports { .. }
            | Self::InvalidSettings { .. }
            | Self::GuardSecrets { .. }
            | Self::Unpublishable { .. }
            | Self::LimitExceeded { .. }
            | Self::Trapped { .. }
            | Self::InvalidAnswer { .. } => Exit::PolicyFailed,
        }
    }
}

fn hint(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::NotFound => "; build it first, or name another file",
        _ => "",
    }
}
