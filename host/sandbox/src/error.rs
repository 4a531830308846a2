//! The ways in which a policy fails, with the exit code of each.

use std::path::PathBuf;

use thiserror::Error;

use crate::limits::Limit;
use model::exit::Exit;
use model::text::{indented, limited_list, printable};

/// Why a policy returned no decision.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// Reading the policy's file failed.
    #[error("cannot read policy `{}`: {source}{}", printable(&path.display().to_string()), hint(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The bytes are not a component that this host compiles.
    #[error("{policy} is not a policy: {found}")]
    NotComponent {
        /// The policy's source, as the subject of a sentence.
        policy: String,
        /// What the bytes are, and how to build a policy.
        found: String,
    },
    /// The component does not export the contract.
    #[error("{policy} does not implement the policy contract: {found}")]
    WrongWorld {
        /// The policy's source, as the subject of a sentence.
        policy: String,
        /// What the component exports.
        found: String,
    },
    /// The component imports interfaces that no policy receives.
    #[error("{policy} imports interfaces that the sandbox does not provide:{}", limited_list(imports))]
    UnsupportedImports {
        /// The policy's source, as the subject of a sentence.
        policy: String,
        /// Each interface, with a remedy.
        imports: Vec<String>,
    },
    /// The component imports lookups that the operator has not granted.
    #[error("{policy} imports lookups that are not granted:{}", limited_list(imports))]
    NotGranted {
        /// The policy's source, as the subject of a sentence.
        policy: String,
        /// Each interface, with the flag that grants it.
        imports: Vec<String>,
    },
    /// The manifest declares settings that are secrets.
    #[error(
        "policy `{policy}` declares settings that look like secrets; to pass them, add:{}",
        limited_list(refused)
    )]
    Secrets {
        /// The policy's name.
        policy: String,
        /// The flag that allows each of them.
        refused: Vec<String>,
    },
    /// The manifest declares settings whose names break the grammar.
    #[error("policy `{policy}` declares settings with invalid names:{}", limited_list(problems))]
    InvalidSettings {
        /// The policy's name.
        policy: String,
        /// Each declared name, with the rule that it breaks.
        problems: Vec<String>,
    },
    /// Settings have values that the policy cannot deploy with.
    #[error(
        "the settings of policy `{policy}` are invalid, and nothing was changed:{}",
        limited_list(problems)
    )]
    RejectedSettings {
        /// The policy's name.
        policy: String,
        /// Each setting, with the rule that its value breaks.
        problems: Vec<String>,
    },
    /// `ecs-host push` found a component that no run would accept.
    #[error("cannot publish {policy}: {problem}")]
    Unpublishable {
        /// The policy's source, as the subject of a sentence.
        policy: String,
        /// Why a run does not accept it.
        problem: String,
    },
    /// The policy reached a limit of the sandbox.
    #[error("policy `{policy}` reached its limit of {limit} in `{export}`; {} raises it{stderr}", limit.flag())]
    LimitExceeded {
        /// The policy's name; its source before the manifest was read.
        policy: String,
        /// The export that ran; `compile` or `instantiate` before any ran.
        export: &'static str,
        /// The limit and its value.
        limit: Limit,
        /// The last lines of stderr, each on an indented line, if the limit caused a panic.
        stderr: String,
    },
    /// The policy panicked or trapped.
    #[error("policy `{policy}` failed in `{export}`: {reason}")]
    Trapped {
        /// The policy's name; its source before the manifest was read.
        policy: String,
        /// The export that ran.
        export: &'static str,
        /// The trap, the last lines of stderr, and the backtrace.
        reason: String,
    },
    /// The policy returned an error of its own.
    #[error("policy `{policy}` rejected the build: {}", indented(reason))]
    Rejected {
        /// The policy's name.
        policy: String,
        /// The error that the policy returned, whose lines are [`printable_text`](model::text::printable_text).
        reason: String,
    },
    /// The policy returned an answer that breaks the contract.
    #[error(
        "policy `{policy}` returned an invalid answer, and nothing was changed; its author must correct:{}",
        limited_list(problems)
    )]
    InvalidAnswer {
        /// The policy's name.
        policy: String,
        /// Every problem of the answer.
        problems: Vec<String>,
    },
    /// A defect of the host: it panicked while the policy ran.
    #[error("ecs-host panicked while it ran {policy}; this is a defect of ecs-host, please report it")]
    HostPanicked {
        /// The policy's source, as the subject of a sentence.
        policy: String,
    },
    /// Setting up the sandbox itself failed.
    #[error("cannot set up the sandbox for {policy}: {source:#}")]
    Sandbox {
        /// The policy's source, as the subject of a sentence.
        policy: String,
        /// The error of wasmtime or of the operating system.
        #[source]
        source: wasmtime::Error,
    },
}

impl PolicyError {
    /// The exit code of a run that ends with this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. } => Exit::Usage,
            Self::Rejected { .. } | Self::RejectedSettings { .. } => Exit::Rejected,
            Self::Secrets { .. }
            | Self::NotGranted { .. }
            | Self::HostPanicked { .. }
            | Self::Sandbox { .. } => Exit::Preflight,
            Self::NotComponent { .. }
            | Self::WrongWorld { .. }
            | Self::UnsupportedImports { .. }
            | Self::InvalidSettings { .. }
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
