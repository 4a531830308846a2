//! The guards that a file names: the key `guards`, a list of tables.
//!
//! ```toml
//! [[guards]]
//! source = "oci://registry.example.com/guards/office-hours:1.4.0"
//! digest = "sha256:…"
//! settings = { ZONE = "Europe/Amsterdam" }
//! ```
//!
//! Guards add up: those of the operator's file, of the project's file and of the command line all review every plan.
//! None of the three can remove a guard of another one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{ArrayOfTables, InlineTable, Item, Table, TableLike, Value};

use model::lookup::Grant;
use model::names::{Digest, suggestion};
use model::source::ComponentSource;
use model::text::printable;

/// The key.
pub(super) const KEY: &str = "guards";

/// The number of guards that a file may name: each is loaded and called in every run.
const MAX_GUARDS: usize = 50;

/// The keys of a guard.
const KEYS: [&str; 4] = ["source", "digest", "settings", "allow"];

/// A guard that the command line or a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedGuard {
    /// Its source: a file, or an artifact in a registry.
    pub source: ComponentSource,
    /// The digest that its component must have.
    pub digest: Option<Digest>,
    /// Its settings.
    pub settings: BTreeMap<String, String>,
    /// The imports that it is granted.
    pub grants: BTreeSet<Grant>,
    /// Who names it.
    pub origin: GuardOrigin,
}

/// Who names a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardOrigin {
    /// The command line.
    CommandLine,
    /// The operator's file, and the line in it.
    Operator(PathBuf, usize),
    /// The project's file, and the line in it.
    Project(PathBuf, usize),
}

impl std::fmt::Display for GuardOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Operator(file, line) | Self::Project(file, line) => {
                write!(f, "{}:{line}", printable(&file.display().to_string()))
            }
        }
    }
}

/// A guard of a file, before it is known whose file it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardEntry {
    pub(super) source: ComponentSource,
    pub(super) digest: Option<Digest>,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) grants: BTreeSet<Grant>,
    pub(super) line: usize,
}

impl GuardEntry {
    pub(super) fn named(&self, origin: GuardOrigin) -> NamedGuard {
        let Self { source, digest, settings, grants, .. } = self.clone();
        NamedGuard { source, digest, settings, grants, origin }
    }
}

/// Parses the source of a guard.
///
/// # Errors
/// What is expected instead.
pub fn parse_source(path: &Path) -> Result<ComponentSource, String> {
    match ComponentSource::parse(path) {
        Ok(ComponentSource::BuiltIn(policy)) => Err(format!(
            "expected the path of a guard or `oci://…`; `{}` is a policy, and a file of this name is `./{}`",
            policy.name(),
            policy.name()
        )),
        Ok(source) => Ok(source),
        Err(error) => Err(error.to_string()),
    }
}

/// Checks that a guard in a registry is pinned: whoever can push there can move a tag, also away from a rule.
///
/// # Errors
/// What to add.
pub fn check_pin(source: &ComponentSource, digest: Option<&Digest>, key: &str) -> Result<(), String> {
    match (source, digest) {
        (ComponentSource::Oci(artifact), None) => Err(format!(
            "a guard in a registry needs `{key}`, because its tag can be moved; `ecs-host inspect {artifact}` prints \
             the digest"
        )),
        _ => Ok(()),
    }
}

/// Parses the value of the key. `line` converts a position to a line.
///
/// # Errors
/// The position of the problem, and the problem.
pub(super) fn parse(
    item: &Item,
    folder: &Path,
    line: impl Fn(Option<Range<usize>>) -> usize,
) -> Result<Vec<GuardEntry>, (Option<Range<usize>>, String)> {
    let expected = "expected a list of tables, as in `[[guards]]` and `source = \"guard.wasm\"`";
    let guards = match item {
        Item::ArrayOfTables(tables) => parse_tables(tables, folder, &line),
        Item::Value(Value::Array(values)) => values
            .iter()
            .map(|value| match value {
                Value::InlineTable(table) => parse_inline(table, folder, &line),
                other => Err((other.span(), format!("`{KEY}`: {expected}"))),
            })
            .collect(),
        other => Err((other.span(), format!("`{KEY}`: {expected}"))),
    }?;
    if guards.len() > MAX_GUARDS {
        let problem = format!("`{KEY}`: {} guards; at most {MAX_GUARDS} are allowed", guards.len());
        return Err((item.span(), problem));
    }
    Ok(guards)
}

type Problem = (Option<Range<usize>>, String);

fn parse_tables(
    tables: &ArrayOfTables,
    folder: &Path,
    line: &impl Fn(Option<Range<usize>>) -> usize,
) -> Result<Vec<GuardEntry>, Problem> {
    tables.iter().map(|table: &Table| parse_guard(table, table.span(), folder, line)).collect()
}

fn parse_inline(
    table: &InlineTable,
    folder: &Path,
    line: &impl Fn(Option<Range<usize>>) -> usize,
) -> Result<GuardEntry, Problem> {
    parse_guard(table, table.span(), folder, line)
}

fn parse_guard(
    table: &dyn TableLike,
    span: Option<Range<usize>>,
    folder: &Path,
    line: &impl Fn(Option<Range<usize>>) -> usize,
) -> Result<GuardEntry, Problem> {
    let at = |item: &Item, problem: String| (item.span().or(span.clone()), format!("`{KEY}`: {problem}"));
    for (name, item) in table.iter() {
        if !KEYS.contains(&name) {
            let hint = suggestion(name, &KEYS);
            return Err(at(item, format!("unknown key `{}`{hint}", printable(name))));
        }
    }
    let text = |name: &'static str| match table.get(name) {
        None => Ok(None),
        Some(item) => match item.as_str() {
            Some(text) if !text.is_empty() && !text.contains('\0') => Ok(Some((item, text))),
            _ => Err(at(item, format!("`{name}`: expected a string that is not empty"))),
        },
    };
    let Some((source_item, source)) = text("source")? else {
        let problem = "expected a `source`, the path of a guard or `oci://…`";
        return Err((span, format!("`{KEY}`: {problem}")));
    };
    let path = if source.starts_with("oci://") { PathBuf::from(source) } else { folder.join(source) };
    // The word of a built-in policy is no path, also after the folder was added.
    let parsed = parse_source(Path::new(source)).and_then(|_| parse_source(&path));
    let source = parsed.map_err(|problem| at(source_item, format!("`source`: {problem}")))?;
    let digest = match text("digest")? {
        None => None,
        Some((item, text)) => {
            Some(Digest::parse(text).map_err(|problem| at(item, format!("`digest`: {problem}")))?)
        }
    };
    check_pin(&source, digest.as_ref(), "digest").map_err(|problem| at(source_item, problem))?;
    Ok(GuardEntry {
        source,
        digest,
        settings: parse_settings(table.get("settings")).map_err(|(item, problem)| at(item, problem))?,
        grants: parse_grants(table.get("allow")).map_err(|(item, problem)| at(item, problem))?,
        line: line(source_item.span().or(span.clone())),
    })
}

fn parse_settings(item: Option<&Item>) -> Result<BTreeMap<String, String>, (&Item, String)> {
    let Some(item) = item else { return Ok(BTreeMap::new()) };
    let expected =
        "`settings`: expected a table of strings, as in `settings = { ZONE = \"Europe/Amsterdam\" }`";
    let table = item.as_table_like().ok_or_else(|| (item, expected.to_owned()))?;
    let setting = |(name, value): (&str, &Item)| match value.as_str() {
        Some(text) if !text.contains('\0') => Ok((name.to_owned(), text.to_owned())),
        _ => Err((item, expected.to_owned())),
    };
    table.iter().map(setting).collect()
}

fn parse_grants(item: Option<&Item>) -> Result<BTreeSet<Grant>, (&Item, String)> {
    let Some(item) = item else { return Ok(BTreeSet::new()) };
    let names: Vec<&str> = Grant::ALL.iter().map(|grant| grant.as_str()).collect();
    let expected = || (item, format!("`allow`: expected a list of {}", names.join(", ")));
    let values = item.as_array().ok_or_else(expected)?;
    let grant = |value: &Value| {
        let name = value.as_str()?;
        Grant::ALL.into_iter().find(|grant| grant.as_str() == name)
    };
    values.iter().map(|value| grant(value).ok_or_else(expected)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn guards(text: &str) -> Result<Vec<GuardEntry>, String> {
        Config::parse(Path::new("team/ecs-host.toml"), text)
            .map(|config| config.guards)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_names_guards_with_their_settings_and_grants() {
        let text = format!(
            "timeout = 60\n\n[[guards]]\nsource = \"hours.wasm\"\nsettings = {{ ZONE = \"UTC\" }}\nallow = [\"ecs:read\"]\n\n\
             [[guards]]\nsource = \"oci://registry.example.com/g:1\"\ndigest = \"{DIGEST}\"\n"
        );
        let found = guards(&text).unwrap();
        let [hours, other] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(hours.source, ComponentSource::File("team/hours.wasm".into()));
        assert_eq!(hours.settings, BTreeMap::from([("ZONE".to_owned(), "UTC".to_owned())]));
        assert_eq!((hours.grants.clone(), hours.line), (BTreeSet::from([Grant::EcsRead]), 4));
        assert_eq!((other.digest.clone(), other.line), (Some(Digest::parse(DIGEST).unwrap()), 9));
        let inline = "guards = [{ source = \"a.wasm\" }, { source = \"b.wasm\" }]";
        assert_eq!(guards(inline).unwrap().len(), 2);
        assert_eq!(guards("guards = []").unwrap(), []);
    }

    #[test]
    fn a_file_names_at_most_50_guards() {
        let names = |count: usize| "[[guards]]\nsource = \"a\"\n".repeat(count);
        assert_eq!(guards(&names(50)).unwrap().len(), 50);
        let error = guards(&names(51)).unwrap_err();
        assert!(error.contains("`guards`: 51 guards; at most 50 are allowed"), "{error}");
    }

    #[test]
    fn a_guard_that_is_no_guard_is_rejected_with_its_line() {
        for (text, expected) in [
            ("guards = 1", "team/ecs-host.toml:1: `guards`: expected a list of tables"),
            ("guards = [1]", "1: `guards`: expected a list of tables"),
            ("[guards]\nsource = \"a\"", "`guards`: expected a list of tables"),
            ("[[guards]]\ndigest = \"x\"", "1: `guards`: expected a `source`"),
            ("[[guards]]\nsource = \"rules\"", "2: `guards`: `source`: expected the path of a guard"),
            ("[[guards]]\nsource = \"\"", "2: `guards`: `source`: expected a string that is not empty"),
            ("[[guards]]\nsorce = \"a\"", "2: `guards`: unknown key `sorce`; did you mean `source`?"),
            (
                "[[guards]]\nsource = \"oci://h.example/a:1\"",
                "2: `guards`: a guard in a registry needs `digest`",
            ),
            ("[[guards]]\nsource = \"a\"\ndigest = \"x\"", "3: `guards`: `digest`: invalid digest"),
            ("[[guards]]\nsource = \"a\"\nsettings = { A = 1 }", "3: `guards`: `settings`: expected a table"),
            (
                "[[guards]]\nsource = \"a\"\nallow = [\"x\"]",
                "3: `guards`: `allow`: expected a list of ecs:read",
            ),
        ] {
            let error = guards(text).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
