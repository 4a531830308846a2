//! `ecs-host config`: the effective value of every key of ecs-host.toml, and where each comes from.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;
use serde_json::{Value, json};

use super::policy::PolicySelection;
use super::{Context, Error};
use crate::cli::{ConfigValue, Origin, RunArgs};
use crate::config::{Kind, NamedGuard};
use crate::oci::Lock;
use crate::oci::lock::FILE as LOCK_FILE;
use model::exit::Exit;
use model::secret::redact_text;
use model::text::{is_invisible, printable};

/// The column of the comments.
const COMMENT_COLUMN: usize = 39;

/// Prints the effective values, without secrets. A lock that rejects the policy is reported after them.
pub(super) fn config(
    args: &RunArgs,
    config_values: &[ConfigValue],
    context: &Context<'_>,
) -> Result<Exit, Error> {
    // Before they are quoted, which changes a secret.
    let hide = |value: &str| redact_text(&context.report.mask(value));
    let config_values: Vec<ConfigValue> = config_values
        .iter()
        .map(|config_value| ConfigValue {
            values: config_value.values.iter().map(|value| hide(value)).collect(),
            ..config_value.clone()
        })
        .collect();
    let config_values = config_values.as_slice();
    let selection = PolicySelection::for_run(&args.plan);
    let lock = selection.as_ref().ok().and_then(|selection| selection.lock.as_ref());
    let mut out = Vec::new();
    if args.plan.json {
        let guards = context.guards.iter().map(|guard| guard_json(guard, &hide)).collect();
        writeln!(out, "{}", to_json(config_values, lock, guards))?;
    } else {
        write_toml(&mut out, config_values, lock)?;
        context.guards.iter().try_for_each(|guard| write_guard(&mut out, guard, &hide))?;
    }
    context.report.write_result(&String::from_utf8_lossy(&out));
    selection?;
    Ok(Exit::Success)
}

/// The value of a key and where it comes from. The lock sets what nothing else sets.
fn effective(config_value: &ConfigValue, lock: Option<&Lock>) -> (Value, String) {
    let lock = lock.filter(|_| config_value.origin == Origin::Default);
    match (config_value.key.name, lock) {
        ("policy", Some(lock)) => (json!(lock.policy.to_string()), LOCK_FILE.to_owned()),
        ("policy-digest", Some(lock)) => (json!(lock.digest), LOCK_FILE.to_owned()),
        _ => (to_value(config_value), origin_name(&config_value.origin)),
    }
}

/// Writes an ecs-host.toml that sets everything.
fn write_toml(out: &mut impl Write, config_values: &[ConfigValue], lock: Option<&Lock>) -> io::Result<()> {
    let faint = Style::new().dimmed();
    for config_value in config_values {
        let (name, (value, origin)) = (config_value.key.name, effective(config_value, lock));
        if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
            let default =
                config_value.key.default().map(|default| format!(": {default}")).unwrap_or_default();
            writeln!(out, "{faint}# {name} is not set{default}{faint:#}")?;
            continue;
        }
        let line = format!("{name} = {}", toml(&value));
        writeln!(out, "{line:<COMMENT_COLUMN$}{faint} # {origin}{faint:#}")?;
    }
    Ok(())
}

/// Writes a guard as a table of the list `guards`, which is at the end of a file.
fn write_guard(out: &mut impl Write, guard: &NamedGuard, hide: &impl Fn(&str) -> String) -> io::Result<()> {
    let faint = Style::new().dimmed();
    writeln!(out, "\n{:<COMMENT_COLUMN$}{faint} # {}{faint:#}", "[[guards]]", guard.origin)?;
    writeln!(out, "source = {}", quote(&guard.source.to_text()))?;
    if let Some(digest) = &guard.digest {
        writeln!(out, "digest = {}", quote(digest.as_str()))?;
    }
    if !guard.grants.is_empty() {
        let grants: Vec<String> = guard.grants.iter().map(|grant| quote(grant.as_str())).collect();
        writeln!(out, "allow = [{}]", grants.join(", "))?;
    }
    if !guard.settings.is_empty() {
        let setting =
            |(name, value): (&String, &String)| format!("{} = {}", quote(name), quote(&hide(value)));
        let settings: Vec<String> = guard.settings.iter().map(setting).collect();
        writeln!(out, "settings = {{ {} }}", settings.join(", "))?;
    }
    Ok(())
}

fn guard_json(guard: &NamedGuard, hide: &impl Fn(&str) -> String) -> Value {
    let settings: BTreeMap<&String, String> =
        guard.settings.iter().map(|(name, value)| (name, hide(value))).collect();
    json!({
        "source": guard.source,
        "digest": guard.digest,
        "allow": guard.grants,
        "settings": settings,
        "from": guard.origin.to_string(),
    })
}

/// An object of values by key, and the list of guards.
fn to_json(config_values: &[ConfigValue], lock: Option<&Lock>, guards: Value) -> Value {
    let entries = config_values.iter().map(|config_value| {
        let (value, origin) = effective(config_value, lock);
        (config_value.key.name.to_owned(), json!({"value": value, "from": origin}))
    });
    Value::Object(entries.chain([("guards".to_owned(), guards)]).collect())
}

fn origin_name(origin: &Origin) -> String {
    match origin {
        Origin::CommandLine => "command line".to_owned(),
        Origin::Variable(name) => (*name).to_owned(),
        Origin::File(file, line) => printable(&format!("{file}:{line}")),
        Origin::Default => "default".to_owned(),
    }
}

/// The values of a key, in the type of the key.
fn to_value(config_value: &ConfigValue) -> Value {
    let first = config_value.values.first();
    match config_value.key.kind {
        Kind::Texts | Kind::Paths => json!(config_value.values),
        Kind::Switch => json!(first.is_some_and(|value| value == "true")),
        Kind::Number => match first.map(|value| (value.parse::<u64>(), value.parse::<f64>())) {
            Some((Ok(integer), _)) => json!(integer),
            Some((_, Ok(fraction))) => json!(fraction),
            _ => Value::Null,
        },
        Kind::Policy | Kind::Text | Kind::Program => json!(first),
    }
}

/// A value in the syntax of TOML.
fn toml(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Array(values) => format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A basic string of TOML, on one line whatever the text contains.
fn quote(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if is_invisible(c) => format!("\\U{:08X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_one_line_and_parses_to_the_same_text() {
        for text in ["plain", "a\n::error::\u{1b}[31m", "\u{202e}\u{7f}", "C:\\ \"q\"", "ä€"] {
            let line = format!("a = {}", quote(text));
            assert!(!line.contains(is_invisible), "{line:?}");
            let read: toml_edit::DocumentMut = line.parse().unwrap();
            assert_eq!(read["a"].as_str(), Some(text));
        }
    }
}
