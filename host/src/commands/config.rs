//! `ecs-host config`: what a run goes by, and who says so.

use std::io::{self, Write};
use std::path::Path;

use anstyle::Style;
use serde_json::{Map, Value, json};

use super::inspect::print;
use crate::cli::{Origin, RunArgs, Setting};
use crate::config::Kind;
use crate::policy::Source;
use crate::registry::lock::FILE as LOCK;
use crate::registry::{Lock, LockError};
use crate::report::Exit;

/// Where a comment begins, where what stands before it lets it.
const COMMENT: usize = 39;

/// Shows it. A lock that refuses the policy is told after it.
pub(super) fn config(args: &RunArgs, settings: &[Setting]) -> anyhow::Result<Exit> {
    let held = if args.plan.pin.policy_digest.is_none() { locked(&args.plan.source()) } else { Ok(None) };
    let pinned = held.as_ref().ok().and_then(Option::as_deref);
    let mut out = Vec::new();
    if args.plan.json {
        serde_json::to_writer(&mut out, &object(settings, pinned))?;
        out.push(b'\n');
    } else {
        write(&mut out, settings, pinned)?;
    }
    print(&out)?;
    held?;
    Ok(Exit::Success)
}

/// The digest that the lock holds this policy to.
fn locked(policy: &Source) -> Result<Option<String>, LockError> {
    let Some(lock) = Lock::read(Path::new("."))? else { return Ok(None) };
    lock.check(policy)?;
    Ok(Some(lock.digest.to_string()))
}

/// As a file that says it all.
fn write(out: &mut impl Write, settings: &[Setting], pinned: Option<&str>) -> io::Result<()> {
    let faint = Style::new().dimmed();
    for setting in settings {
        let name = setting.key.name;
        let (value, origin) = match pinned.filter(|_| name == "policy-digest") {
            Some(digest) => (toml(&json!(digest)), LOCK.to_owned()),
            None if !setting.is_set() => {
                writeln!(out, "{faint}# {name} is not set{faint:#}")?;
                continue;
            }
            None => (toml(&value(setting)), told(&setting.origin)),
        };
        let line = format!("{name} = {value}");
        writeln!(out, "{line:<COMMENT$}{faint} # {origin}{faint:#}")?;
    }
    Ok(())
}

/// As an object of values by key.
fn object(settings: &[Setting], pinned: Option<&str>) -> Value {
    let mut object = Map::new();
    for setting in settings {
        let told = match pinned.filter(|_| setting.key.name == "policy-digest") {
            Some(digest) => json!({"value": digest, "from": LOCK}),
            None => json!({"value": value(setting), "from": told(&setting.origin)}),
        };
        object.insert(setting.key.name.to_owned(), told);
    }
    Value::Object(object)
}

fn told(origin: &Origin) -> String {
    match origin {
        Origin::CommandLine => "command line".to_owned(),
        Origin::Variable(name) => (*name).to_owned(),
        Origin::File(file, line) => format!("{file}:{line}"),
        Origin::Default => "default".to_owned(),
    }
}

/// What is set, as what it is.
fn value(setting: &Setting) -> Value {
    let first = setting.values.first();
    match setting.key.kind {
        Kind::Texts | Kind::Paths => json!(setting.values),
        Kind::Switch => json!(first.is_some_and(|value| value == "true")),
        Kind::Number => match first.map(|value| (value.parse::<u64>(), value.parse::<f64>())) {
            Some((Ok(whole), _)) => json!(whole),
            Some((_, Ok(broken))) => json!(broken),
            _ => Value::Null,
        },
        Kind::Policy | Kind::Text | Kind::Program => json!(first),
    }
}

/// A value as a project's file has it.
fn toml(value: &Value) -> String {
    match value {
        Value::String(text) => toml_edit::Value::from(text.as_str()).to_string(),
        Value::Array(values) => format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
