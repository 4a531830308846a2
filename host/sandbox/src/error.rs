//! What can go wrong between a policy and its host.

use std::path::PathBuf;

use thiserror::Error;

use super::limits::Limit;
use model::text::printable;

/// Why there is no decision.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The policy's file can't be read.
    #[error("the policy `{}` can't be read: {source}{}", printable(&path.display().to_string()), missing(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What reading it gave.
        source: std::io::Error,
    },
    /// The file holds something else than a component.
    #[error("{policy} is no policy: {found}")]
    NotComponent {
        /// Where it came from.
        policy: String,
        /// What it is instead, and how a policy is built.
        found: String,
    },
    /// A component that doesn't export the contract.
    #[error("{policy} is a component of another world: {found}")]
    WrongWorld {
        /// Where it came from.
        policy: String,
        /// What it exports instead.
        found: String,
    },
    /// A component that needs what this host doesn't give, all of it at once.
    #[error("{policy} imports what a policy is not given:{}", listed(missing))]
    Imports {
        /// Where it came from.
        policy: String,
        /// Each missing import, with what to do.
        missing: Vec<String>,
    },
    /// A component that looks things up without the operator's grant.
    #[error("{policy} looks up facts that it was not granted:{}", listed(missing))]
    NotGranted {
        /// Where it came from.
        policy: String,
        /// Each interface, with the flag that grants it.
        missing: Vec<String>,
    },
    /// A declared setting that looks like a secret.
    #[error(
        "policy `{policy}` declares the setting `{name}`, which looks like a secret; \
         secrets are kept from policies unless you pass `--allow-secret {name}`"
    )]
    Secret {
        /// The policy's name.
        policy: String,
        /// The variable's name.
        name: String,
    },
    /// A declared setting that would match any variable.
    #[error("policy `{policy}` declares the setting `{name}`: {rule}")]
    Setting {
        /// The policy's name.
        policy: String,
        /// The declared name.
        name: String,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A component that can't be asked what it is, so that nobody could run it.
    #[error("{policy} is not published: {problem}")]
    Unpublishable {
        /// Where it came from.
        policy: String,
        /// Why it can't be asked.
        problem: String,
    },
    /// A limit of the sandbox was reached.
    #[error("policy `{policy}` reached its limit of {limit} in `{question}`; {} raises it{said}", limit.flag())]
    Limit {
        /// The policy's name, or where it came from before it said its name.
        policy: String,
        /// The export that was running; before any was, `compile` or `instantiate`.
        question: &'static str,
        /// Which limit, and its value.
        limit: Limit,
        /// Its last words, each on a line of its own, where nobody would see them otherwise.
        said: String,
    },
    /// The policy panicked or trapped.
    #[error("policy `{policy}` broke in `{question}`: {reason}")]
    Trapped {
        /// The policy's name, or where it came from before it said its name.
        policy: String,
        /// The export that was running.
        question: &'static str,
        /// Its own words where it had some, then the trap.
        reason: String,
    },
    /// The policy answered with an error of its own.
    #[error("policy `{policy}` says no: {sentence}")]
    Rejected {
        /// The policy's name.
        policy: String,
        /// Its sentence for the reader of the log.
        sentence: String,
    },
    /// An answer that no deployment can be made of, all reasons at once.
    #[error("policy `{policy}` gave an answer that can't be used:{}", listed(problems))]
    InvalidAnswer {
        /// The policy's name.
        policy: String,
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// The sandbox itself could not be set up.
    #[error("the sandbox for {policy} can't be set up: {source:#}")]
    Sandbox {
        /// Where the policy came from.
        policy: String,
        /// What wasmtime said.
        #[source]
        source: wasmtime::Error,
    },
}

/// How many sentences of a list are shown: a policy could otherwise fill the log.
const SHOWN: usize = 30;

/// What to do where there is no such file.
fn missing(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::NotFound => "; build it, or name another",
        _ => "",
    }
}

/// A list of sentences, one an indented line.
fn listed(items: &[String]) -> String {
    let mut list: String = items.iter().take(SHOWN).map(|item| format!("\n  - {item}")).collect();
    if let Some(more @ 1..) = items.len().checked_sub(SHOWN) {
        list.push_str(&format!("\n  … and {more} more"));
    }
    list
}
