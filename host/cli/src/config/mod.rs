//! `ecs-host.toml`: defaults for the flags of a run, of a project and of the operator.
//!
//! A key is the name of a flag without its dashes, with the values of that flag; `policy` and `cases` are the
//! arguments of these names. The command line has precedence over the operator's file, and
//! that over the project's file.
//!
//! ```
//! use std::path::Path;
//! use ecs_host::config::Config;
//! let text = "policy = 'oci://registry.example.com/policy:1.0'\ntimeout = 600\n";
//! let config = Config::parse(Path::new("ecs-host.toml"), text).unwrap();
//! assert_eq!(config.entry("timeout").unwrap().values, ["600"]);
//! ```
//!
//! The key `guards` is no flag: see `guards`.

mod guards;
mod key;
mod layers;

use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml_edit::{Document, Item, Value};

use crate::ownership;
pub use guards::{GuardEntry, GuardOrigin, NamedGuard, check_pin, parse_source};
#[cfg(test)]
pub(crate) use key::COMMAND_LINE_ONLY;
pub use key::{Authority, CONFINEMENT_KEYS, KEYS, Key, Kind};
pub use layers::{Layers, operator_file};
use model::confinement::{AllowList, Confinement};
use model::source::BuiltIn;
use model::text::printable;

/// The operator's file.
pub const OPERATOR_FILE: &str = "/etc/ecs-host/ecs-host.toml";

/// The project's file, in the working folder.
pub const FILE: &str = "ecs-host.toml";

/// The size limit of the file, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// A parsed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The path of the file.
    pub file: PathBuf,
    /// The keys that the file sets, in its order.
    pub entries: Vec<Entry>,
    /// The guards that the file names, in its order.
    pub guards: Vec<GuardEntry>,
}

/// A key that the file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: &'static Key,
    /// The values, in the syntax of the command line. Relative paths are joined to the folder of the file.
    pub values: Vec<String>,
    /// The line in the file, from 1.
    pub line: usize,
}

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {reason}", printable(&file.display().to_string()))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why it cannot be read.
        reason: String,
    },
    /// The file is not valid.
    #[error("{}:{line}: {problem}", printable(&file.display().to_string()))]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong in this line.
        problem: String,
    },
}

impl Config {
    /// Reads the operator's file, if it exists. Nobody but this user and root may be able to change it.
    ///
    /// # Errors
    /// [`ConfigError`] if the file cannot be read, others can change it, or it is not valid.
    pub fn find_operator() -> Result<Option<Self>, ConfigError> {
        let file = operator_file();
        let unreadable = |reason: String| Err(ConfigError::Unreadable { file: file.clone(), reason });
        match std::fs::symlink_metadata(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return unreadable(error.to_string()),
            Ok(_) => {}
        }
        match ownership::check(&file) {
            Err(problem) if problem.is_changeable => unreadable(format!(
                "{problem}; the operator's file can be changed by root and this user only: run `chmod go-w` or `chown` on \
                 it"
            )),
            Err(problem) => unreadable(problem.to_string()),
            Ok(()) => Self::read(&file).map(Some),
        }
    }

    /// Reads the project's file in the working folder, if it exists.
    ///
    /// # Errors
    /// [`ConfigError`] if the file cannot be read or is not valid.
    pub fn find() -> Result<Option<Self>, ConfigError> {
        // A broken link is an error: the project has a file.
        if std::fs::symlink_metadata(FILE).is_ok() { Self::read(Path::new(FILE)).map(Some) } else { Ok(None) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`] if the file cannot be read or is not valid.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let unreadable = |reason: String| ConfigError::Unreadable { file: file.to_owned(), reason };
        // Opening a named pipe would block.
        let data = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?;
        if !data.is_file() {
            return Err(unreadable("not a regular file".to_owned()));
        }
        let open = std::fs::File::open(file).map_err(|error| unreadable(error.to_string()))?;
        let mut bytes = Vec::new();
        open.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_SIZE) {
            return Err(unreadable("larger than 1 MiB".to_owned()));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => Self::parse(file, text),
            Err(error) => {
                let before = bytes.iter().take(error.valid_up_to());
                let line = before.filter(|byte| **byte == b'\n').count() + 1;
                let (file, problem) = (file.to_owned(), "invalid UTF-8".to_owned());
                Err(ConfigError::Invalid { file, line, problem })
            }
        }
    }

    /// Parses the text of a file.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`], with the line.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let line = |span: Option<Range<usize>>| {
            let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
            before.matches('\n').count() + 1
        };
        let invalid =
            |line: usize, problem: String| ConfigError::Invalid { file: file.to_owned(), line, problem };
        let document = Document::parse(text)
            .map_err(|error| invalid(line(error.span()), printable(&error.message().replace('\n', "; "))))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let (mut entries, mut guards) = (Vec::new(), Vec::new());
        for (name, item) in document.iter() {
            if name == guards::KEY {
                guards = guards::parse(item, folder, line)
                    .map_err(|(span, problem)| invalid(line(span), problem))?;
                continue;
            }
            let span = document.key(name).and_then(toml_edit::Key::span).or(item.span());
            let invalid = |problem: String| invalid(line(span.clone()), problem);
            if matches!(item, Item::Table(_) | Item::ArrayOfTables(_)) {
                let name = printable(name);
                let problem =
                    format!("`{name}` is a table; expected top-level keys only, as in `timeout = 900`");
                return Err(invalid(problem));
            }
            let key = Key::find(name).map_err(invalid)?;
            let values =
                values(key, item, folder).map_err(|reason| invalid(format!("`{name}`: {reason}")))?;
            if values.iter().any(|value| value.contains('\0')) {
                // It would reach the command line of a program, or the path of a file.
                return Err(invalid(format!("`{name}`: expected no NUL character")));
            }
            key.check_values(&values).map_err(|reason| invalid(format!("`{name}`: {reason}")))?;
            entries.push(Entry { key, values, line: line(span.clone()) });
        }
        Ok(Self { file: file.to_owned(), entries, guards })
    }

    /// The entry of a key, if the file sets it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.name == key)
    }

    /// The policy that the file names.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.entry("policy").and_then(|entry| entry.values.first()).map(String::as_str)
    }

    /// What an operator's file confines policies to.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        let list = |key: &'static str| {
            let entry = self.entry(key)?;
            let origin = printable(&format!("{}:{}", self.file.display(), entry.line));
            Some(AllowList { key, patterns: entry.values.clone(), origin })
        };
        Confinement {
            registries: list("allowed-registries"),
            regions: list("allowed-regions"),
            accounts: list("allowed-accounts"),
            roles: list("allowed-roles"),
        }
    }

    /// Removes what applies only to the policy that the file names.
    #[must_use]
    pub fn for_another_policy(mut self) -> Self {
        self.entries.retain(|entry| !entry.key.is_policy_specific);
        self
    }

    /// The error of an entry with an invalid value.
    #[must_use]
    pub fn invalid(&self, entry: &Entry, reason: &str) -> ConfigError {
        let problem = format!("`{}`: {reason}", entry.key.name);
        ConfigError::Invalid { file: self.file.clone(), line: entry.line, problem }
    }
}

/// Converts the value of a key to those of its flag.
///
/// # Errors
/// What the key expects instead.
fn values(key: &Key, item: &Item, folder: &Path) -> Result<Vec<String>, String> {
    let expected = || format!("expected {}, as in `{}`", key.kind.expected(), key.example());
    let value = item.as_value().ok_or_else(expected)?;
    if let (true, Value::Array(array)) = (key.kind.is_list(), value) {
        if key.kind == Kind::Paths && array.is_empty() {
            return Err(expected());
        }
        return array.iter().map(|value| to_argument(key, value, folder).ok_or_else(expected)).collect();
    }
    if key.kind.is_list() {
        return Err(expected());
    }
    if value.as_str().is_some_and(str::is_empty) {
        return Err("expected a value that is not empty".to_owned());
    }
    let is_relative = |program: &str| program.contains('/') && !program.starts_with('/');
    if key.kind == Kind::Program && value.as_str().is_some_and(is_relative) {
        return Err("expected the name of a program in a folder of PATH, or an absolute path".to_owned());
    }
    to_argument(key, value, folder).map(|value| vec![value]).ok_or_else(expected)
}

/// Converts one value to that of its flag. Returns `None` for a value of another type.
fn to_argument(key: &Key, value: &Value, folder: &Path) -> Option<String> {
    match (key.kind, value) {
        (Kind::Number, Value::Integer(number)) => Some(number.value().to_string()),
        (Kind::Number, Value::Float(number)) => Some(number.value().to_string()),
        (Kind::Switch, Value::Boolean(is_on)) => Some(is_on.value().to_string()),
        (Kind::Text | Kind::Texts | Kind::Program, Value::String(text)) => Some(text.value().clone()),
        (Kind::Policy, Value::String(text))
            if BuiltIn::find(text.value()).is_some() || text.value().starts_with("oci://") =>
        {
            Some(text.value().clone())
        }
        (Kind::Policy | Kind::Paths, Value::String(text)) => {
            folder.join(text.value()).into_os_string().into_string().ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
