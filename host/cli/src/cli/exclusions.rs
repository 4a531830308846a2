//! Flags that exclude each other, of which a file sets one: the more specific setting removes the other.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::arguments::{find_argument, raw_values, value_source};
use crate::config::{ConfigError, KEYS, Key, Kind, Layers};

/// Removes from the files what the command line excludes, and from the project's file what the operator's file excludes.
/// `verb` has the defaults of the flags.
///
/// # Errors
/// [`ConfigError::Invalid`] if one file sets both.
pub(super) fn resolve_exclusions(
    mut config: Layers,
    matches: &ArgMatches,
    command: &Command,
) -> Result<Layers, ConfigError> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(config) };
    let Some(verb) = command.find_subcommand(name) else { return Ok(config) };
    let keys = || KEYS.iter().filter_map(|key| Some((key, find_argument(key, verb)?)));
    for (key, arg) in keys() {
        let is_excluded = verb.get_arguments().any(|other| {
            let id = other.get_id().as_str();
            excludes(verb, arg, other)
                && value_source(matches, id) == Some(ValueSource::CommandLine)
                // A switch of a first pass has the value `true`.
                && raw_values(matches, id) != ["false"]
        });
        if is_excluded {
            config.remove(key.name);
        }
    }
    for (key, arg) in keys() {
        for (other, other_arg) in keys().filter(|(_, other)| excludes(verb, arg, other)) {
            let entries = config.entry(key.name).zip(config.entry(other.name));
            let Some(((file, entry), (other_file, other_entry))) = entries else { continue };
            if is_default(key, arg, &entry.values) || is_default(other, other_arg, &other_entry.values) {
                continue;
            }
            if file.file == other_file.file {
                let (first, last) =
                    if entry.line < other_entry.line { (entry, other_entry) } else { (other_entry, entry) };
                let reason = format!("it excludes `{}`, which line {} sets", first.key.name, first.line);
                return Err(file.invalid(last, &reason));
            }
            let is_of_operator = config.operator.as_ref().is_some_and(|operator| operator.file == file.file);
            let removed = if is_of_operator { other.name } else { key.name };
            config.remove(removed);
        }
    }
    Ok(config)
}

/// Whether one of two flags excludes the other.
fn excludes(verb: &Command, one: &Arg, other: &Arg) -> bool {
    let names = |arg: &Arg, excluded: &Arg| {
        verb.get_arg_conflicts_with(arg).iter().any(|conflict| conflict.get_id() == excluded.get_id())
    };
    one.get_id() != other.get_id() && (names(one, other) || names(other, one))
}

/// Whether a file sets a flag to what it is without the file.
fn is_default(key: &Key, arg: &Arg, values: &[String]) -> bool {
    if key.kind == Kind::Switch {
        return values == ["false"];
    }
    arg.get_default_values().iter().map(|value| value.to_string_lossy()).eq(values.iter().map(String::as_str))
}
