//! The command line, from clap, and the keys of ecs-host.toml.

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use ecs_host::cli::Cli;
use ecs_host::config::{Authority, CONFINEMENT_KEYS, KEYS, Key, Kind};

use super::cell;

fn cli() -> Command {
    let mut cli = Cli::command();
    cli.build();
    cli
}

/// Each verb: what it does, its arguments, its flags.
pub fn verbs() -> String {
    let cli = cli();
    let verbs: Vec<&Command> =
        cli.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help").collect();
    let mut text = String::from("| verb | what it does |\n|---|---|\n");
    for verb in &verbs {
        text += &format!("| [`{name}`](#{name}) | {} |\n", cell(&about(verb)), name = verb.get_name());
    }
    text += "\n## Flags of every verb\n";
    text += &table(cli.get_arguments().filter(|arg| arg.is_global_set()));
    for verb in verbs {
        text += &format!("\n## {}\n\n{}.\n", verb.get_name(), about(verb));
        let own = || verb.get_arguments().filter(|arg| !arg.is_hide_set() && !arg.is_global_set());
        let mut headings: Vec<Option<&str>> = Vec::new();
        for heading in own().filter(|arg| !arg.is_positional()).map(Arg::get_help_heading) {
            if !headings.contains(&heading) {
                headings.push(heading);
            }
        }
        text += &table(own().filter(|arg| arg.is_positional()));
        for heading in headings {
            if let Some(heading) = heading {
                text += &format!("\n**{heading}**\n");
            }
            text += &table(own().filter(|arg| !arg.is_positional() && arg.get_help_heading() == heading));
        }
    }
    text
}

fn about(verb: &Command) -> String {
    verb.get_about().map(ToString::to_string).unwrap_or_default()
}

fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: Vec<String> = arguments
        .filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version"))
        .map(|arg| format!("| `{}` | {} |\n", name(arg), cell(&description(arg))))
        .collect();
    if rows.is_empty() {
        String::new()
    } else {
        format!("\n| argument | effect |\n|---|---|\n{}", rows.concat())
    }
}

fn name(arg: &Arg) -> String {
    let values: Vec<String> =
        arg.get_value_names().unwrap_or_default().iter().map(|name| format!("{name}")).collect();
    let takes_values = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    match arg.get_long() {
        _ if arg.is_positional() => values.join(" "),
        Some(long) if takes_values => format!("--{long} {}", values.join(" ")),
        Some(long) => format!("--{long}"),
        None => String::new(),
    }
}

fn description(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    if let Some(short) = arg.get_short() {
        text += &format!(" (short: `-{short}`)");
    }
    let values: Vec<String> = if arg.is_hide_possible_values_set() {
        Vec::new()
    } else {
        let values = arg.get_possible_values();
        values
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect()
    };
    if !values.is_empty() && !is_switch(arg) {
        text += &format!(": {}", values.join(", "));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && !arg.is_hide_default_value_set() && !is_switch(arg) {
        text += &format!(" [default: {}]", defaults.join(", "));
    }
    text
}

/// A flag that is true or false, also in ecs-host.toml.
fn is_switch(arg: &Arg) -> bool {
    let values = arg.get_possible_values();
    matches!(arg.get_action(), ArgAction::SetTrue) || values.iter().any(|value| value.get_name() == "true")
}

/// Each key: its type, its default, who sets it, and the help of its flag.
pub fn keys() -> String {
    let cli = cli();
    let flag = |key: &Key| {
        let arguments = cli.get_subcommands().flat_map(Command::get_arguments);
        arguments.filter(|arg| !arg.is_hide_set()).find(|arg| {
            arg.get_long() == Some(key.name) || (arg.is_positional() && arg.get_id().as_str() == key.name)
        })
    };
    let mut text = String::from("| key | value | set by | effect |\n|---|---|---|---|\n");
    for key in &KEYS {
        let arg = flag(key);
        let mut help = arg.and_then(Arg::get_help).map(ToString::to_string).unwrap_or_default();
        // The notes of the command line are about its own precedence.
        help.truncate(help.find(" [default").unwrap_or(help.len()));
        let default =
            arg.and_then(|arg| arg.get_default_values().first()).map(|value| value.to_string_lossy());
        let default = key
            .default()
            .map(|default| format!("unset: {default}"))
            .or(default.map(|value| format!("default: `{value}`")));
        let default = default.map(|default| format!("; {default}")).unwrap_or_default();
        let owner = match key.authority {
            Authority::Project => "project, operator",
            Authority::LowerLimit => "operator; the project lowers it",
            Authority::Operator => "operator",
            Authority::OperatorFile => "operator's file",
        };
        text += &format!(
            "| `{}` | {} | {owner} | {}{} |\n",
            key.name,
            kind(key.kind),
            cell(&help),
            cell(&default)
        );
    }
    for key in &CONFINEMENT_KEYS {
        text += &format!(
            "| `{}` | {} | operator's file | see [The operator's file](../operator-file.md) |\n",
            key.name,
            kind(key.kind)
        );
    }
    text
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Policy => "a policy",
        Kind::Text => "a string",
        Kind::Texts => "a list of strings",
        Kind::Paths => "a list of paths",
        Kind::Program => "a program",
        Kind::Number => "a number",
        Kind::Switch => "true or false",
    }
}
