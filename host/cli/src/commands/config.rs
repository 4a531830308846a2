//! `ecs-host config`: what a run goes by, and who says so.

use std::io::{self, Write};

use anstyle::Style;
use serde_json::{Value, json};

use super::inspect::print;
use super::source;
use crate::cli::{Origin, PlanArgs, RunArgs, Setting};
use crate::config::Kind;
use crate::oci::lock::FILE as LOCK;
use crate::oci::{Lock, LockError};
use model::exit::Exit;
use model::text::{is_invisible, printable};

/// Where a comment begins, where what stands before it lets it.
const COMMENT: usize = 39;

/// Shows it. A lock that refuses the policy is told after it.
pub(super) fn config(args: &RunArgs, settings: &[Setting]) -> anyhow::Result<Exit> {
    let held = locked(&args.plan);
    let lock = held.as_ref().ok().and_then(Option::as_ref);
    let mut out = Vec::new();
    if args.plan.json {
        serde_json::to_writer(&mut out, &object(settings, lock))?;
        out.push(b'\n');
    } else {
        write(&mut out, settings, lock)?;
    }
    print(&out)?;
    held?;
    Ok(Exit::Success)
}

/// The lock, as far as a run would look at it: a digest of somebody's goes before the locked one.
fn locked(args: &PlanArgs) -> Result<Option<Lock>, LockError> {
    let is_pinned = args.pin.policy_digest.is_some();
    if is_pinned && args.policy.is_some() {
        return Ok(None);
    }
    let Some(lock) = Lock::read(&args.pin.folder)? else { return Ok(None) };
    if !is_pinned {
        lock.check(&source::meant(args)?)?;
    }
    Ok(Some(lock))
}

/// What holds of a key, and who says so. Of what nobody names the lock says it.
fn told(setting: &Setting, lock: Option<&Lock>) -> (Value, String) {
    let lock = lock.filter(|_| setting.origin == Origin::Default);
    match (setting.key.name, lock) {
        ("policy", Some(lock)) => (json!(lock.policy.to_string()), LOCK.to_owned()),
        ("policy-digest", Some(lock)) => (json!(lock.digest), LOCK.to_owned()),
        _ => (value(setting), teller(&setting.origin)),
    }
}

/// As a file that says it all.
fn write(out: &mut impl Write, settings: &[Setting], lock: Option<&Lock>) -> io::Result<()> {
    let faint = Style::new().dimmed();
    for setting in settings {
        let (name, (value, teller)) = (setting.key.name, told(setting, lock));
        if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
            writeln!(out, "{faint}# {name} is not set{faint:#}")?;
            continue;
        }
        let line = format!("{name} = {}", toml(&value));
        writeln!(out, "{line:<COMMENT$}{faint} # {teller}{faint:#}")?;
    }
    Ok(())
}

/// As an object of values by key.
fn object(settings: &[Setting], lock: Option<&Lock>) -> Value {
    let told = settings.iter().map(|setting| {
        let (value, teller) = told(setting, lock);
        (setting.key.name.to_owned(), json!({"value": value, "from": teller}))
    });
    Value::Object(told.collect())
}

fn teller(origin: &Origin) -> String {
    match origin {
        Origin::CommandLine => "command line".to_owned(),
        Origin::Variable(name) => (*name).to_owned(),
        Origin::File(file, line) => printable(&format!("{file}:{line}")),
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
        Value::String(text) => quoted(text),
        Value::Array(values) => format!("[{}]", values.iter().map(toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A text on one line, whatever is in it: a basic string of TOML.
fn quoted(text: &str) -> String {
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
    fn a_text_is_one_line_that_reads_as_it_was() {
        for text in ["plain", "a\n::error::\u{1b}[31m", "\u{202e}\u{7f}", "C:\\ \"q\"", "ä€"] {
            let line = format!("a = {}", quoted(text));
            assert!(!line.contains(is_invisible), "{line:?}");
            let read: toml_edit::DocumentMut = line.parse().unwrap();
            assert_eq!(read["a"].as_str(), Some(text));
        }
    }
}
