//! The effective value of every key of ecs-host.toml, and where it comes from.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::arguments::{find_argument, raw_values, value_source};
use crate::config::{CONFINEMENT_KEYS, Config, Entry, KEYS, Key, Kind, Layers};
use model::Environment;

/// The effective value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigValue {
    /// The key.
    pub key: &'static Key,
    /// The values, in the syntax of the command line; empty if the key is not set.
    pub values: Vec<String>,
    /// Where the values come from.
    pub origin: Origin,
}

/// Where the value of a key comes from, in the order of precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    CommandLine,
    /// An environment variable.
    Variable(&'static str),
    /// The operator's file or the project's, and the line in it.
    File(String, usize),
    /// The default.
    Default,
}

/// The variable that sets the region.
pub(super) fn region_variable(environment: &Environment) -> Option<&'static str> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find(|name| environment.get(name).is_some())
}

/// Resolves every key.
pub(super) fn resolve_config_values(
    matches: &ArgMatches,
    command: &Command,
    config: &Layers,
    environment: &Environment,
) -> Vec<ConfigValue> {
    let Some((name, matches)) = matches.subcommand() else { return Vec::new() };
    let verb = command.find_subcommand(name);
    let resolve = |key: &'static Key| {
        let id = verb.and_then(|verb| find_argument(key, verb)).map_or("", |arg| arg.get_id().as_str());
        if let Some(ValueSource::CommandLine) = value_source(matches, id) {
            return ConfigValue { key, values: raw_values(matches, id), origin: Origin::CommandLine };
        }
        if let ("region", Some(variable)) = (key.name, region_variable(environment)) {
            let values = environment.get(variable).map(str::to_owned).into_iter().collect();
            return ConfigValue { key, values, origin: Origin::Variable(variable) };
        }
        if let Some((config, entry)) = config.entry(key.name) {
            return from_file(key, config, entry);
        }
        let values = match raw_values(matches, id) {
            none if none.is_empty() && key.kind == Kind::Policy => vec!["built-in".to_owned()],
            values => values,
        };
        ConfigValue { key, values, origin: Origin::Default }
    };
    let confinement = CONFINEMENT_KEYS
        .iter()
        .filter_map(|key| config.entry(key.name).map(|(file, entry)| from_file(key, file, entry)));
    KEYS.iter().map(resolve).chain(confinement).collect()
}

fn from_file(key: &'static Key, config: &Config, entry: &Entry) -> ConfigValue {
    let origin = Origin::File(config.file.display().to_string(), entry.line);
    ConfigValue { key, values: entry.values.clone(), origin }
}
