//! Which flag or argument of a verb belongs to a key of ecs-host.toml, and what the command line sets it to.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use crate::config::{KEYS, Key};

/// The flag or argument of a verb that a key sets.
pub(super) fn find_argument<'v>(key: &Key, verb: &'v Command) -> Option<&'v Arg> {
    verb.get_arguments().find(|arg| belongs_to(key, verb.get_name(), arg))
}

fn belongs_to(key: &Key, verb: &str, arg: &Arg) -> bool {
    // The policy that `push` publishes is named on the command line only.
    let is_argument = arg.is_positional() && arg.get_id() == key.name && verb != "push";
    arg.get_long() == Some(key.name) || is_argument
}

/// Hides the flags of `run` that `config` does not print: those without a key.
pub(super) fn describe_for_config(arg: Arg) -> Arg {
    if arg.get_id() == "json" {
        return arg.help("Print one JSON object").long_help(None::<&str>);
    }
    let has_key = KEYS.iter().any(|key| belongs_to(key, "config", &arg));
    arg.hide(!has_key)
}

/// What set a flag; `None` if the verb does not have it.
pub(super) fn value_source(matches: &ArgMatches, id: &str) -> Option<ValueSource> {
    matches.ids().any(|known| known == id).then(|| matches.value_source(id)).flatten()
}

/// The values of a flag as strings.
pub(super) fn raw_values(matches: &ArgMatches, id: &str) -> Vec<String> {
    let values = matches.try_get_raw(id).ok().flatten().into_iter().flatten();
    values.map(|value| value.to_string_lossy().into_owned()).collect()
}
