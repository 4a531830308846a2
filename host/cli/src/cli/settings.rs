//! What holds of every key of the project's file, and who says so.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::configured::{given, of, raw};
use crate::config::{Config, KEYS, Key, Kind};
use model::Environment;

/// What holds of a key.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: &'static Key,
    /// Its values, as a command line has them; none where it is not set.
    pub values: Vec<String>,
    /// Who says so.
    pub origin: Origin,
}

/// Who says what holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    CommandLine,
    /// A variable of the environment.
    Variable(&'static str),
    /// The project's file, and the line there.
    File(String, usize),
    /// Nobody.
    Default,
}

/// The variable that names the region.
pub(super) fn region_variable(environment: &Environment) -> Option<&'static str> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find(|name| environment.get(name).is_some())
}

/// What holds of every key.
pub(super) fn settings(
    matches: &ArgMatches,
    command: &Command,
    config: Option<&Config>,
    environment: &Environment,
) -> Vec<Setting> {
    let Some((name, matches)) = matches.subcommand() else { return Vec::new() };
    let verb = command.find_subcommand(name);
    let setting = |key: &'static Key| {
        let id = verb.and_then(|verb| of(key, verb)).map_or("", |arg| arg.get_id().as_str());
        if let Some(ValueSource::CommandLine) = given(matches, id) {
            return Setting { key, values: raw(matches, id), origin: Origin::CommandLine };
        }
        if let ("region", Some(variable)) = (key.name, region_variable(environment)) {
            let values = environment.get(variable).map(str::to_owned).into_iter().collect();
            return Setting { key, values, origin: Origin::Variable(variable) };
        }
        if let Some((config, entry)) = config.and_then(|config| Some((config, config.entry(key.name)?))) {
            let file = config.file.display().to_string();
            return Setting { key, values: entry.values.clone(), origin: Origin::File(file, entry.line) };
        }
        let values = match raw(matches, id) {
            none if none.is_empty() && key.kind == Kind::Policy => vec!["built-in".to_owned()],
            values => values,
        };
        Setting { key, values, origin: Origin::Default }
    };
    KEYS.iter().map(setting).collect()
}
