//! The keys that a project's file may have.

use model::names::nearest_name;
use model::text::printable;

/// A key: a flag of the command line without its dashes, or an argument.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it is about the very policy that the file names. It says nothing
    /// of another one that the command line names: what a team lets its own
    /// policy read is no grant to a stranger's.
    pub of_policy: bool,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A policy: a path, `built-in`, or `oci://…`.
    Policy,
    /// A text.
    Text,
    /// Texts.
    Texts,
    /// Paths.
    Paths,
    /// The name of a program, to be looked for on the `PATH`. A project that
    /// somebody has only fetched must not say which of its files is run.
    Program,
    /// A number.
    Number,
    /// Yes or no.
    Switch,
}

const fn of_policy(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, of_policy: true }
}

const fn of_run(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, of_policy: false }
}

/// Every key, in the order in which they are shown. What a single run is about,
/// such as its branch, or `--dry-run`, is no project's to say.
pub static KEYS: [Key; 32] = [
    of_policy("policy", Kind::Policy),
    of_policy("policy-digest", Kind::Text),
    of_policy("allow", Kind::Texts),
    of_policy("allow-secret", Kind::Texts),
    of_run("policy-size", Kind::Number),
    of_run("policy-compile", Kind::Number),
    of_run("policy-fuel", Kind::Number),
    of_run("policy-memory", Kind::Number),
    of_run("policy-table-elements", Kind::Number),
    of_run("policy-instances", Kind::Number),
    of_run("policy-stack", Kind::Number),
    of_run("policy-answer", Kind::Number),
    of_run("policy-handles", Kind::Number),
    of_run("policy-output", Kind::Number),
    of_run("policy-lookups", Kind::Number),
    of_run("policy-time", Kind::Number),
    of_run("region", Kind::Text),
    of_run("docker", Kind::Program),
    of_run("rebuild", Kind::Switch),
    of_run("allow-older", Kind::Switch),
    of_run("force", Kind::Switch),
    of_run("no-wait", Kind::Switch),
    of_run("timeout", Kind::Number),
    of_run("poll", Kind::Number),
    of_run("on-failure", Kind::Text),
    of_run("on-cancel", Kind::Text),
    of_run("max-parallel", Kind::Number),
    of_run("fail-fast", Kind::Switch),
    of_run("keep", Kind::Number),
    of_run("cases", Kind::Paths),
    of_run("max-fuel", Kind::Number),
    of_run("threshold", Kind::Number),
];

/// The flags that are no keys: what they say is said of one run.
const ONCE: [&str; 23] = [
    "branch",
    "build-number",
    "commit",
    "commit-message",
    "commit-time",
    "config",
    "dry-run",
    "event",
    "format",
    "git-tag",
    "job",
    "json",
    "lang",
    "no-config",
    "pull-request",
    "record",
    "repository",
    "role",
    "run",
    "to",
    "update",
    "watch",
    "wit",
];

impl Key {
    /// The key of a name.
    ///
    /// # Errors
    /// Why there is none, with the one that may be meant.
    pub(super) fn named(name: &str) -> Result<&'static Self, String> {
        if let Some(key) = KEYS.iter().find(|key| key.name == name) {
            return Ok(key);
        }
        if ONCE.contains(&name) {
            return Err(format!("`{name}` is for the command line alone"));
        }
        let told = printable(name);
        Err(match meant(name) {
            Some(key) => format!("there is no key `{told}`; did you mean `{key}`?"),
            None => {
                let all: Vec<_> = KEYS.iter().map(|key| key.name).collect();
                format!("there is no key `{told}`; the keys are {}", all.join(", "))
            }
        })
    }

    /// A line that sets it.
    pub(super) fn example(&self) -> String {
        let value = match (self.name, self.kind) {
            ("policy-digest", _) => "\"sha256:…\"",
            ("region", _) => "\"eu-central-1\"",
            ("on-failure" | "on-cancel", _) => "\"roll-back\"",
            ("allow", _) => "[\"ecs:read\"]",
            (_, Kind::Policy) => "\"policy.wasm\"",
            (_, Kind::Text) => "\"…\"",
            (_, Kind::Texts) => "[\"NPM_TOKEN\"]",
            (_, Kind::Paths) => "[\"cases\"]",
            (_, Kind::Program) => "\"podman\"",
            (_, Kind::Number) => "900",
            (_, Kind::Switch) => "true",
        };
        format!("{} = {value}", self.name)
    }
}

impl Kind {
    /// What a value has to be.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::Policy | Self::Text | Self::Program => "a text",
            Self::Texts | Self::Paths => "a list of texts",
            Self::Number => "a number",
            Self::Switch => "true or false",
        }
    }

    /// Whether it has any number of values.
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::Paths)
    }
}

/// The key that somebody may have meant: `fuel` is `policy-fuel`.
fn meant(name: &str) -> Option<&'static str> {
    let ends_so = |key: &&Key| key.name.strip_suffix(name).is_some_and(|start| start.ends_with('-'));
    let whole = KEYS.iter().find(ends_so).map(|key| key.name);
    whole.or_else(|| nearest_name(name, KEYS.iter().map(|key| key.name)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_flag_is_a_key_or_said_once() {
        let command = Cli::command();
        let is_known = |name: &str| ONCE.contains(&name) || KEYS.iter().any(|key| key.name == name);
        let verbs = command.get_subcommands().flat_map(clap::Command::get_arguments);
        let mut flags = verbs.chain(command.get_arguments()).filter_map(clap::Arg::get_long);
        assert_eq!(flags.find(|name| !is_known(name)), None);
    }

    #[test]
    fn every_key_is_a_flag_or_an_argument_of_a_verb() {
        let command = Cli::command();
        for key in &KEYS {
            let is_it = |arg: &clap::Arg| arg.get_long() == Some(key.name) || arg.get_id() == key.name;
            assert!(command.get_subcommands().any(|verb| verb.get_arguments().any(is_it)), "{}", key.name);
        }
    }
}
