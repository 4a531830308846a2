//! The command line together with the files of the operator and the project, whose values are the defaults of the flags.

use std::error::Error as _;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _, Error, FromArgMatches as _};

use super::arguments::{find_argument, raw_values, value_source};
use super::config_values::{ConfigValue, Origin, region_variable, resolve_config_values};
use super::exclusions::resolve_exclusions;
use super::notify;
use super::usage::argument_secrets;
use super::{Cli, ColorArg, ProjectBuild, Verb, guards_of_command_line};
use crate::config::{Config, ConfigError, Entry, FILE, KEYS, Key, Kind, Layers, NamedGuard};
use crate::notify::{InvalidNotifyUrl, NotifyUrl};
use crate::output::Detail;
use model::Environment;
use model::confinement::Confinement;
use model::names::{Artifact, InvalidName};
use model::source::BuiltIn;
use model::text::printable;

/// A parsed command line.
pub struct Invocation {
    /// The verb, with the values of all its flags.
    pub verb: Verb,
    /// When colors are printed.
    pub color: ColorArg,
    /// How much is printed.
    pub detail: Detail,
    /// The environment. If it sets no region, `AWS_REGION` is set to the region of the project's file. What is granted to
    /// builds is a secret in it.
    pub environment: Environment,
    /// Every key of ecs-host.toml with its effective value.
    pub config_values: Vec<ConfigValue>,
    /// What the operator's file confines policies to.
    pub confinement: Confinement,
    /// The guards that the files and the command line name.
    pub guards: Vec<NamedGuard>,
    /// The secrets on the command line and in the files, which no output contains.
    pub secrets: Vec<String>,
    /// The project's file in a folder above, which is not read, if no policy is named.
    pub unused_project_file: Option<PathBuf>,
}

/// Parses a command line and reads the files of the operator and the project.
///
/// # Errors
/// What is wrong with either of them, or the requested help: [`report_error`](super::report_error) prints it.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> Result<Invocation, Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let plain = Cli::command();
    // First pass, to find the verb and `--config`. It ignores errors, because the file may provide missing arguments.
    // `--help` ends here, so the help does not depend on the file.
    let first = plain.clone().ignore_errors(true).try_get_matches_from(&arguments)?;
    let config = match read_config(&first, &plain) {
        // These read nothing of the file, so that a broken one does not matter.
        Err(_) if matches!(first.subcommand_name(), Some("new" | "completions" | "man")) => Layers::default(),
        Err(error) => return Err(Error::raw(ErrorKind::InvalidValue, format!("{error}\n"))),
        Ok(config) => config,
    };
    let unused_project_file = find_unused_project_file(&first, &config);
    let mut command = apply_config(plain.clone(), &config);
    let mut matches = command.clone().try_get_matches_from(&arguments)?;
    let own = resolve_exclusions(config.clone(), &matches, &plain)
        .map_err(|error| Error::raw(ErrorKind::InvalidValue, format!("{error}\n")))?;
    let own = own.for_policy(named_policy(&matches).as_deref(), is_same_policy);
    if own != config {
        command = apply_config(plain, &own);
        matches = command.clone().try_get_matches_from(&arguments)?;
    }
    let config = own;
    let config_values = resolve_config_values(&matches, &command, &config, environment);
    notify::reject_unused(&matches)?;
    let flags = matches.clone();
    let cli = Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))?;
    let (color, detail) = (cli.color, cli.detail());
    let mut verb = cli.verb;
    // As a variable, the file's region is below `--region` and the environment in precedence, and reaches whatever
    // reads the region: the AWS SDK, and a policy that declares AWS_REGION.
    let region = config.entry("region").map(|(_, entry)| entry);
    let environment = match region.and_then(|entry| entry.values.first()) {
        Some(region) if region_variable(environment).is_none() => {
            environment.with_variable("AWS_REGION", region)
        }
        _ => environment.clone(),
    };
    let environment = environment.with_build_secrets(build_secrets(&verb).iter().cloned());
    // The project is where its file is.
    let folder = config.project.as_ref().and_then(|config| config.file.parent());
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty())
        && let Some(own) = verb.project_folder()
    {
        folder.clone_into(own);
    }
    if let Verb::Test(args) = &mut verb {
        args.project_build = project_build(&config);
    }
    if let Verb::Test(args) = &verb
        && args.cases.is_empty()
    {
        let hint =
            unused_project_file.map(|file| format!("; {}", unused_file_hint(&file))).unwrap_or_default();
        let message = format!(
            "pass a policy and its cases, as in `ecs-host test policy.wasm cases`, or set `policy` and `cases` in \
             ecs-host.toml{hint}\n"
        );
        return Err(Error::raw(ErrorKind::MissingRequiredArgument, message));
    }
    if let Verb::New(args) = &verb
        && let Err(message) = args.project()
    {
        return Err(Error::raw(ErrorKind::MissingRequiredArgument, message));
    }
    if let Verb::Run(args) = &verb
        && !verb.is_dry_run(&environment)
        && let Some(message) = args.flag_of_a_plan()
    {
        return Err(Error::raw(ErrorKind::ArgumentConflict, message));
    }
    let mut guards = config.guards();
    if let Some((_, matches)) = flags.subcommand() {
        let named = guards_of_command_line(matches);
        guards.extend(named.map_err(|error| Error::raw(ErrorKind::ValueValidation, format!("{error}\n")))?);
    }
    let confinement = config.operator.as_ref().map(Config::confinement).unwrap_or_default();
    let from_files = config_values.iter().flat_map(|config_value| &config_value.values);
    let secrets = argument_secrets(arguments.into_iter().chain(from_files.map(OsString::from)));
    let addresses = verb.notify_urls().iter().flat_map(|url| NotifyUrl::secret_parts(url.as_str()));
    let secrets = secrets.into_iter().chain(addresses).collect();
    // What another file would set is not missed if the policy is named.
    let names_policy = config_values.iter().any(|it| it.key.name == "policy" && it.origin != Origin::Default);
    let unused_project_file = unused_project_file.filter(|_| !names_policy);
    Ok(Invocation {
        verb,
        color,
        detail,
        environment,
        config_values,
        confinement,
        guards,
        secrets,
        unused_project_file,
    })
}

/// The project's file in a folder above the working folder, if this one has none and no flag sets another: somebody may
/// expect that it applies. It is not read.
fn find_unused_project_file(matches: &ArgMatches, config: &Layers) -> Option<PathBuf> {
    /// How many folders above the working folder a project can be.
    const MAX_ABOVE: usize = 8;
    if config.project.is_some() || matches.get_flag("no_config") {
        return None;
    }
    let here = std::env::current_dir().ok()?;
    let mut above = PathBuf::new();
    for (folder, parent) in here.ancestors().zip(here.ancestors().skip(1)).take(MAX_ABOVE) {
        // The project ends where its repository does.
        if folder.join(".git").symlink_metadata().is_ok() {
            return None;
        }
        above.push("..");
        if parent.join(FILE).is_file() {
            return Some(above.join(FILE));
        }
    }
    None
}

/// A clause about a project's file above the working folder.
pub(crate) fn unused_file_hint(file: &Path) -> String {
    let (folder, file) = (file.parent().unwrap_or(Path::new("..")), file.display());
    format!("`{file}` is not read: run this in `{}`, or pass `--config {file}`", folder.display())
}

/// The variables that the command line and the files grant to builds as secrets.
fn build_secrets(verb: &Verb) -> &[String] {
    match verb {
        Verb::Run(args) | Verb::Plan(args) | Verb::Decide(args) | Verb::Verify(args) | Verb::Config(args) => {
            &args.plan.builder.allowed_build_secrets
        }
        Verb::Apply(args) => &args.builder.allowed_build_secrets,
        Verb::Iam(args) => &args.run.plan.builder.allowed_build_secrets,
        _ => &[],
    }
}

/// The key `build` of the files, which runs in the folder of its file.
fn project_build(config: &Layers) -> Option<ProjectBuild> {
    let (config, entry) = config.entry("build")?;
    let folder = config.file.parent().unwrap_or(Path::new("")).to_owned();
    Some(ProjectBuild { command: entry.values.first()?.clone(), folder })
}

/// Reads the files of the operator and the project, and checks every value.
fn read_config(matches: &ArgMatches, command: &Command) -> Result<Layers, ConfigError> {
    let named = matches.get_one::<PathBuf>("config").map(PathBuf::as_path);
    let project = match named {
        _ if matches.get_flag("no_config") => None,
        Some(file) => Some(Config::read(file)?),
        None => Config::find()?,
    };
    let layers = Layers { operator: Config::find_operator()?, project };
    let argument = |key: &Key| command.get_subcommands().find_map(|verb| find_argument(key, verb));
    for config in [&layers.operator, &layers.project].into_iter().flatten() {
        for entry in &config.entries {
            if let Some(arg) = argument(entry.key) {
                check_values(arg, entry).map_err(|reason| config.invalid(entry, &reason))?;
            }
        }
    }
    let text = |value: &OsStr| value.to_string_lossy().into_owned();
    layers.check_authority(|key| {
        let defaults = argument(key).map(Arg::get_default_values).unwrap_or_default();
        defaults.iter().map(|value| text(value)).collect()
    })?;
    Ok(layers)
}

/// Checks the values of an entry with the parser of its flag.
fn check_values(arg: &Arg, entry: &Entry) -> Result<(), String> {
    if entry.key.kind == Kind::Switch {
        return Ok(());
    }
    let value = Arg::new("value").long("value").action(ArgAction::Set).num_args(1);
    let parser =
        Command::new(FILE).no_binary_name(true).arg(value.value_parser(arg.get_value_parser().clone()));
    for value in &entry.values {
        let result = parser.clone().try_get_matches_from([format!("--value={value}")]);
        result.map_err(|error| match error.source() {
            // It states the value itself.
            Some(source) if source.is::<InvalidName>() => source.to_string(),
            // The value is a secret.
            Some(source) if source.is::<InvalidNotifyUrl>() => format!("invalid value: {source}"),
            Some(source) => format!("invalid value `{}`: {source}", printable(value)),
            None => format!("invalid value `{}`: {}", printable(value), expected_values(&error)),
        })?;
    }
    Ok(())
}

/// The values that a flag accepts.
fn expected_values(error: &Error) -> String {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) if !valid.is_empty() => {
            format!("expected one of {}", valid.join(", "))
        }
        _ => "the flag does not accept it".to_owned(),
    }
}

/// Makes the values of the files the defaults of the flags. A switch gets a value, so that `--flag=false` overrides
/// the files.
fn apply_config(command: Command, config: &Layers) -> Command {
    command.mut_subcommands(|mut verb| {
        for key in &KEYS {
            let Some(id) = find_argument(key, &verb).map(|arg| arg.get_id().clone()) else { continue };
            if key.kind == Kind::Switch {
                verb = verb.mut_arg(&id, |arg| {
                    let arg = arg.action(ArgAction::Set).num_args(0..=1).require_equals(true);
                    arg.default_missing_value("true").default_value("false")
                });
            }
            // The environment's region has precedence over that of the files.
            // `build` is a command, which only `--build` runs.
            let is_default = !matches!(key.name, "region" | "build");
            let entry = config.entry(key.name).map(|(_, entry)| entry).filter(|_| is_default);
            // Only a policy in a registry can be locked, and the message about a built-in one states what pins that.
            let is_lockable = |entry: &&Entry| {
                entry.values.iter().all(|it| Artifact::has_scheme(it) || BuiltIn::find(it).is_some())
            };
            let entry = entry.filter(|entry| verb.get_name() != "lock" || is_lockable(entry));
            if let Some(entry) = entry.filter(|entry| !entry.values.is_empty()) {
                let values = entry.values.clone();
                verb = verb.mut_arg(&id, |arg| arg.required(false).default_values(values));
            }
        }
        verb
    })
}

/// The policy that the command line names.
fn named_policy(matches: &ArgMatches) -> Option<String> {
    let (_, matches) = matches.subcommand()?;
    let is_named = matches!(value_source(matches, "policy"), Some(ValueSource::CommandLine));
    is_named.then(|| raw_values(matches, "policy").into_iter().next()).flatten()
}

/// Whether two names are of one policy, however its path is spelled.
fn is_same_policy(named: &str, own: &str) -> bool {
    let file = |name: &str| std::fs::canonicalize(name).ok();
    named == own || file(named).is_some_and(|named| file(own) == Some(named))
}

#[cfg(test)]
mod tests;
