//! `ecs-host.toml`: a project's own defaults for the flags of a run.
//!
//! A key is a flag's name without its dashes, and its value is what the flag
//! takes; `policy` and `cases` are the arguments of those names. The command
//! line goes before the file.
//!
//! ```
//! use std::path::Path;
//! use ecs_host::config::Config;
//! let text = "policy = 'oci://registry.example.com/policy:1.0'\ntimeout = 600\n";
//! let config = Config::parse(Path::new("ecs-host.toml"), text).unwrap();
//! assert_eq!(config.entry("timeout").unwrap().values, ["600"]);
//! ```

mod key;

use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml_edit::{Document, Item, Value};

pub use key::{KEYS, Key, Kind};
use model::text::printable;

/// The file, in the working folder.
pub const FILE: &str = "ecs-host.toml";

/// How long the file may be, in bytes.
const SIZE: u64 = 1 << 20;

/// What a project's file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file, as it was named.
    pub file: PathBuf,
    /// What it sets, in its order.
    pub entries: Vec<Entry>,
}

/// A key that the file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: &'static Key,
    /// Its values, as a command line would have them. Paths are those that the
    /// process can open: the file's own are relative to its folder.
    pub values: Vec<String>,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// Why a project's file can't be gone by.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It can't be read.
    #[error("`{}` can't be read: {why}", printable(&file.display().to_string()))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// Something in it is wrong.
    #[error("{}:{line}: {problem}", printable(&file.display().to_string()))]
    Wrong {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
}

impl Config {
    /// Reads the file of the working folder; none where there is none.
    ///
    /// # Errors
    /// [`ConfigError`] where there is one that can't be gone by.
    pub fn find() -> Result<Option<Self>, ConfigError> {
        // A link to nowhere is a file that is missing, and not none.
        if std::fs::symlink_metadata(FILE).is_ok() { Self::read(Path::new(FILE)).map(Some) } else { Ok(None) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`] where it can't be read, or can't be gone by.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let unreadable = |why: String| ConfigError::Unreadable { file: file.to_owned(), why };
        // A pipe would be waited for.
        let data = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?;
        if !data.is_file() {
            return Err(unreadable("it is no file".to_owned()));
        }
        let open = std::fs::File::open(file).map_err(|error| unreadable(error.to_string()))?;
        let mut bytes = Vec::new();
        open.take(SIZE + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > SIZE) {
            return Err(unreadable("it is longer than 1 MiB".to_owned()));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => Self::parse(file, text),
            Err(error) => {
                let before = bytes.iter().take(error.valid_up_to());
                let line = before.filter(|byte| **byte == b'\n').count() + 1;
                let (file, problem) = (file.to_owned(), "what stands here is no UTF-8".to_owned());
                Err(ConfigError::Wrong { file, line, problem })
            }
        }
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`], with the line.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let line = |span: Option<Range<usize>>| {
            let before = text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
            before.matches('\n').count() + 1
        };
        let wrong =
            |line: usize, problem: String| ConfigError::Wrong { file: file.to_owned(), line, problem };
        let document = Document::parse(text)
            .map_err(|error| wrong(line(error.span()), printable(&error.message().replace('\n', "; "))))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut entries = Vec::new();
        for (name, item) in document.iter() {
            let span = document.key(name).and_then(toml_edit::Key::span).or(item.span());
            let wrong = |problem: String| wrong(line(span.clone()), problem);
            if matches!(item, Item::Table(_) | Item::ArrayOfTables(_)) {
                let name = printable(name);
                let problem = format!(
                    "`{name}` is a table, and this file has none: a key stands for itself, as in `timeout = 900`"
                );
                return Err(wrong(problem));
            }
            let key = Key::named(name).map_err(wrong)?;
            let values = values(key, item, folder).map_err(|wanted| wrong(format!("`{name}`: {wanted}")))?;
            entries.push(Entry { key, values, line: line(span.clone()) });
        }
        let config = Self { file: file.to_owned(), entries };
        let of_policy = config.entries.iter().find(|entry| entry.key.of_policy);
        match of_policy {
            // It would hold of whatever a command line names.
            Some(entry) if config.entry("policy").is_none() => Err(config
                .wrong(entry, "it is about the policy that the file names, and it names none: add `policy`")),
            _ => Ok(config),
        }
    }

    /// What it says of a key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.name == key)
    }

    /// Without what it says of its own policy.
    #[must_use]
    pub fn for_another_policy(mut self) -> Self {
        self.entries.retain(|entry| !entry.key.of_policy);
        self
    }

    /// That a value of the file does not do.
    #[must_use]
    pub fn wrong(&self, entry: &Entry, why: &str) -> ConfigError {
        let problem = format!("`{}`: {why}", entry.key.name);
        ConfigError::Wrong { file: self.file.clone(), line: entry.line, problem }
    }
}

/// What a value is on a command line, or what is wanted instead of it.
fn values(key: &Key, item: &Item, folder: &Path) -> Result<Vec<String>, String> {
    let wanted = || format!("{} is wanted, as in `{}`", key.kind.wanted(), key.example());
    let value = item.as_value().ok_or_else(wanted)?;
    if let (true, Value::Array(array)) = (key.kind.is_list(), value) {
        if key.kind == Kind::Paths && array.is_empty() {
            return Err(wanted());
        }
        return array.iter().map(|value| one(key, value, folder).ok_or_else(wanted)).collect();
    }
    if key.kind.is_list() {
        return Err(wanted());
    }
    if value.as_str().is_some_and(str::is_empty) {
        return Err("it is empty".to_owned());
    }
    if key.kind == Kind::Program && value.as_str().is_some_and(|program| program.contains('/')) {
        let why = "a program's name is wanted, without a folder: what a project's file names is looked for \
                   where your PATH says, and nowhere in the project";
        return Err(why.to_owned());
    }
    one(key, value, folder).map(|value| vec![value]).ok_or_else(wanted)
}

/// What one value is on a command line; none where it is of another type.
fn one(key: &Key, value: &Value, folder: &Path) -> Option<String> {
    match (key.kind, value) {
        (Kind::Number, Value::Integer(number)) => Some(number.value().to_string()),
        (Kind::Number, Value::Float(number)) => Some(number.value().to_string()),
        (Kind::Switch, Value::Boolean(is_on)) => Some(is_on.value().to_string()),
        (Kind::Text | Kind::Texts | Kind::Program, Value::String(text)) => Some(text.value().clone()),
        (Kind::Policy, Value::String(text))
            if text.value() == "built-in" || text.value().starts_with("oci://") =>
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
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("deploy/ecs-host.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_those_of_a_command_line() {
        let text = "
            policy = 'policies/todo.wasm'
            allow = ['ecs:read', 'ecr:read']
            timeout = 1.5
            policy-fuel = 2_000_000_000
            fail-fast = true
            docker = 'podman'
            cases = ['cases', '/more']";
        let config = parse(text).unwrap();
        let values = |key: &str| config.entry(key).unwrap().values.join(" ");
        // A path is the file's own, whatever folder the process stands in.
        assert_eq!(values("policy"), "deploy/policies/todo.wasm");
        assert_eq!(values("cases"), "deploy/cases /more");
        assert_eq!((values("allow"), values("timeout")), ("ecs:read ecr:read".into(), "1.5".into()));
        assert_eq!((values("policy-fuel"), values("fail-fast")), ("2000000000".into(), "true".into()));
        assert_eq!((values("docker"), config.entry("docker").unwrap().line), ("podman".into(), 7));
        for named in ["built-in", "oci://registry.example.com/policy:1"] {
            assert_eq!(parse(&format!("policy = '{named}'")).unwrap().entries[0].values, [named]);
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_would_be_right() {
        for (text, told) in [
            ("\ntiemout = 5", "deploy/ecs-host.toml:2: there is no key `tiemout`; did you mean `timeout`?"),
            ("on_failure = 'leave'", "did you mean `on-failure`?"),
            ("fuel = 5", "did you mean `policy-fuel`?"),
            ("zzz = 5", "there is no key `zzz`; the keys are policy, policy-digest, allow"),
            ("[limits]\nfuel = 5", ":1: `limits` is a table, and this file has none"),
            ("timeout = 1\n[run]\nx = 5", ":2: `run` is a table"),
            ("run.timeout = 5", ":1: `run` is a table"),
            ("timeout = 1\nallow = ['ecs:read']", ":2: `allow`: it is about the policy that the file names"),
            ("cases = []", "`cases`: a list of texts is wanted"),
            ("\"a\\u001b[2J\" = 5", "`a\\u{1b}[2J`"),
            ("dry-run = true", "`dry-run` is for the command line alone"),
            ("branch = 'master'", "`branch` is for the command line alone"),
            ("timeout = '900'", "`timeout`: a number is wanted, as in `timeout = 900`"),
            ("fail-fast = 1", "`fail-fast`: true or false is wanted, as in `fail-fast = true`"),
            ("allow = 'ecs:read'", "a list of texts is wanted, as in `allow = [\"ecs:read\"]`"),
            ("allow = [5]", "a list of texts is wanted"),
            ("region = ['a']", "`region`: a text is wanted, as in `region = \"eu-central-1\"`"),
            ("timeout = { a = 1 }", "`timeout`: a number is wanted"),
            ("policy = ''", "`policy`: it is empty"),
            ("docker = './evil'", "a program's name is wanted, without a folder"),
            ("timeout = 1\ntimeout = 2", ":2: duplicate key"),
            ("a = [", ":1: "),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(told), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_is_said_of_a_policy_is_said_of_no_other() {
        let text = "policy = 'a'\npolicy-digest = 'b'\nallow = ['c']\nallow-secret = ['d']\npolicy-fuel = 1";
        let left: Vec<_> = parse(text).unwrap().for_another_policy().entries;
        assert_eq!(left.iter().map(|entry| entry.key.name).collect::<Vec<_>>(), ["policy-fuel"]);
    }

    #[test]
    fn a_file_that_can_not_be_read_is_no_missing_one() {
        let folder = tempfile::tempdir().unwrap();
        let told = |name: &str| Config::read(&folder.path().join(name)).unwrap_err().to_string();
        assert!(told("none.toml").contains("none.toml` can't be read: "));
        assert!(told("").contains("can't be read: "));
        std::fs::write(folder.path().join("long.toml"), "#".repeat(2 << 20)).unwrap();
        assert!(told("long.toml").contains("longer than 1 MiB"));
        std::fs::write(folder.path().join("bytes.toml"), b"# a\ntimeout = 1 # \xff").unwrap();
        assert!(told("bytes.toml").ends_with("bytes.toml:2: what stands here is no UTF-8"));
    }
}
