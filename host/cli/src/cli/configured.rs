//! The command line together with the project's file: the file's values are the
//! flags' defaults.

use std::error::Error as _;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _, Error, FromArgMatches as _};

use super::settings::{Setting, region_variable, settings};
use super::{Cli, Verb};
use crate::config::{Config, ConfigError, Entry, FILE, KEYS, Key, Kind};
use model::Environment;
use model::names::Artifact;
use model::text::printable;

/// What is to be done.
pub struct Invocation {
    /// The verb, with all that it goes by.
    pub verb: Verb,
    /// The environment. Where it has no region it has the file's.
    pub environment: Environment,
    /// Every key, and where what holds comes from, where the verb is about a run.
    pub settings: Vec<Setting>,
}

/// Reads a command line, and the project's file with it.
///
/// # Errors
/// What is wrong with either, and the help that was asked for: [`Error::exit`]
/// tells it and ends the process.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<Invocation, Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let plain = Cli::command();
    // What the file may yet give is missing here. Help is, to everybody, that of the program.
    let first = plain.clone().ignore_errors(true).try_get_matches_from(&arguments)?;
    let mut config = match read(&first, &plain) {
        // What needs no file is no worse for a broken one.
        Err(_) if first.subcommand_name() == Some("new") => None,
        Err(error) => return Err(Error::raw(ErrorKind::InvalidValue, format!("{error}\n"))),
        Ok(config) => config,
    };
    let mut command = with(plain.clone(), config.as_ref());
    let mut matches = command.clone().try_get_matches_from(&arguments)?;
    if let Some(read) = config.take_if(|read| names_another(&matches, read)) {
        let config = config.insert(read.for_another_policy());
        command = with(plain, Some(config));
        matches = command.clone().try_get_matches_from(&arguments)?;
    }
    let settings = settings(&matches, &command, config.as_ref(), environment);
    let mut verb = Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))?.verb;
    let region = config.as_ref().and_then(|config| config.entry("region"));
    let environment = match region.and_then(|entry| entry.values.first()) {
        Some(region) if region_variable(environment).is_none() => environment.with("AWS_REGION", region),
        _ => environment.clone(),
    };
    if let Some(folder) = config.as_ref().and_then(|config| config.file.parent()) {
        stand_in(&mut verb, folder);
    }
    if let Verb::Test(args) = &verb
        && args.cases.is_empty()
    {
        let wanted = "name a policy and its cases, as in `ecs-host test policy.wasm cases`, or say `policy` and \
                      `cases` in ecs-host.toml\n";
        return Err(Error::raw(ErrorKind::MissingRequiredArgument, wanted));
    }
    Ok(Invocation { verb, environment, settings })
}

/// A project's folder is that of its file.
fn stand_in(verb: &mut Verb, project: &Path) {
    let folder = match verb {
        Verb::Run(args) | Verb::Plan(args) | Verb::Verify(args) | Verb::Config(args) => {
            &mut args.plan.pin.folder
        }
        Verb::Test(args) => &mut args.pin.folder,
        Verb::Inspect(args) => &mut args.pin.folder,
        Verb::Lock(args) => &mut args.folder,
        Verb::Push(_) | Verb::Status(_) | Verb::Rollback(_) | Verb::New(_) => return,
    };
    if !project.as_os_str().is_empty() {
        *folder = project.to_owned();
    }
}

/// `config` takes the flags of `run`, and shows what a project can say.
pub(super) fn shown_by_config(arg: Arg) -> Arg {
    if arg.get_id() == "json" {
        return arg.help("Write it as one JSON object").long_help(None::<&str>);
    }
    let is_key = KEYS.iter().any(|key| is_of(key, "config", &arg));
    arg.hide(!is_key)
}

/// The project's file, every value of it checked.
fn read(matches: &ArgMatches, command: &Command) -> Result<Option<Config>, ConfigError> {
    let named = matches.get_one::<PathBuf>("config").map(PathBuf::as_path);
    let config = match named {
        _ if matches.get_flag("no_config") => None,
        Some(file) => Some(Config::read(file)?),
        None => Config::find()?,
    };
    for entry in config.iter().flat_map(|config| &config.entries) {
        let arg = command.get_subcommands().find_map(|verb| of(entry.key, verb));
        if let (Some(arg), Some(config)) = (arg, &config) {
            check(arg, entry).map_err(|why| config.wrong(entry, &why))?;
        }
    }
    Ok(config)
}

/// What is wrong with a value, by the flag's own rules.
fn check(arg: &Arg, entry: &Entry) -> Result<(), String> {
    if entry.key.kind == Kind::Switch {
        return Ok(());
    }
    let alone = Arg::new("value").long("value").action(ArgAction::Set).num_args(1);
    let alone =
        Command::new(FILE).no_binary_name(true).arg(alone.value_parser(arg.get_value_parser().clone()));
    for value in &entry.values {
        let told = alone.clone().try_get_matches_from([format!("--value={value}")]);
        told.map_err(|error| match why(&error) {
            // It begins with the value.
            why if why.starts_with('`') => why,
            why => format!("`{}`: {why}", printable(value)),
        })?;
    }
    Ok(())
}

/// Why a value does not do, without the command line that it was tried with.
fn why(error: &Error) -> String {
    if let Some(source) = error.source() {
        return source.to_string();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) if !valid.is_empty() => {
            format!("one of {} is wanted", valid.join(", "))
        }
        _ => "a value that the flag takes is wanted".to_owned(),
    }
}

/// The command line whose defaults are the file's. What the file switches on
/// the command line can switch off.
fn with(command: Command, config: Option<&Config>) -> Command {
    let entries = config.map_or(&[][..], |config| &config.entries);
    command.mut_subcommands(|mut verb| {
        for key in &KEYS {
            let Some(id) = of(key, &verb).map(|arg| arg.get_id().clone()) else { continue };
            if key.kind == Kind::Switch {
                verb = verb.mut_arg(&id, |arg| {
                    let arg = arg.action(ArgAction::Set).num_args(0..=1).require_equals(true);
                    arg.default_missing_value("true").default_value("false")
                });
            }
            // The region has its place behind the environment's.
            let entry = entries.iter().find(|entry| entry.key == key && key.name != "region");
            // A file is in no registry: what `lock` is about is the locked one then.
            let is_lockable = |entry: &&Entry| entry.values.iter().all(|value| Artifact::has_scheme(value));
            let entry = entry.filter(|entry| verb.get_name() != "lock" || is_lockable(entry));
            if let Some(entry) = entry.filter(|entry| !entry.values.is_empty()) {
                let values = entry.values.clone();
                verb = verb.mut_arg(&id, |arg| arg.required(false).default_values(values));
            }
        }
        verb
    })
}

/// A verb's flag or argument for a key.
pub(super) fn of<'v>(key: &Key, verb: &'v Command) -> Option<&'v Arg> {
    verb.get_arguments().find(|arg| is_of(key, verb.get_name(), arg))
}

/// What is published is named where that is done.
fn is_of(key: &Key, verb: &str, arg: &Arg) -> bool {
    let is_argument = arg.is_positional() && arg.get_id() == key.name && verb != "push";
    arg.get_long() == Some(key.name) || is_argument
}

/// Whether the command line names a policy that is not the file's.
fn names_another(matches: &ArgMatches, config: &Config) -> bool {
    let Some((_, matches)) = matches.subcommand() else { return false };
    let Some(own) = config.entry("policy") else { return false };
    let is_named = matches!(given(matches, "policy"), Some(ValueSource::CommandLine));
    is_named && !raw(matches, "policy").iter().zip(&own.values).all(|(named, own)| is_same(named, own))
}

/// Whether two name the same policy, however a path is spelled.
fn is_same(named: &str, own: &str) -> bool {
    let file = |name: &str| std::fs::canonicalize(name).ok();
    named == own || file(named).is_some_and(|named| file(own) == Some(named))
}

pub(super) fn given(matches: &ArgMatches, id: &str) -> Option<ValueSource> {
    matches.ids().any(|known| known == id).then(|| matches.value_source(id)).flatten()
}

pub(super) fn raw(matches: &ArgMatches, id: &str) -> Vec<String> {
    let values = matches.try_get_raw(id).ok().flatten().into_iter().flatten();
    values.map(|value| value.to_string_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests;
