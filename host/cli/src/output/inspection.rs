//! What there is to know of a policy, for people.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::terminal::{head, more, wrapped};
use model::lookup::Grant;
use sandbox::inspect::Inspection;
use sandbox::world::Availability;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAUTION: Style = AnsiColor::Yellow.on_default();

/// Writes it.
///
/// # Errors
/// What writing gives.
pub fn write(out: &mut impl Write, found: &Inspection, grants: &BTreeSet<Grant>) -> io::Result<()> {
    match &found.manifest {
        Some(manifest) => {
            head(out, "Policy", &format!("{} {}, {}", manifest.name, manifest.version, found.source))?;
            paragraph(out, &manifest.description)?;
        }
        None => head(out, "Policy", &found.source.to_string())?,
    }
    head(out, "Digest", found.digest.as_str())?;
    let millis = found.compiled_in.as_millis();
    head(out, "Size", &format!("{} bytes, compiled in {millis} ms", found.size))?;
    if !found.producers.is_empty() {
        let made_by = found.producers.join(", ");
        for (number, line) in wrapped(&made_by, 70).iter().enumerate() {
            if number == 0 { head(out, "Made by", line)? } else { more(out, line)? }
        }
    }
    if found.other_world.is_none() {
        head(out, "Contract", &format!("{}, which this host speaks", found.contract))?;
    }
    settings(out, found)?;
    imports(out, found, grants)?;
    if let Some(problem) = &found.problem {
        writeln!(out, "{BAD}error:{BAD:#} {problem}")?;
    }
    Ok(())
}

fn settings(out: &mut impl Write, found: &Inspection) -> io::Result<()> {
    let Some(manifest) = &found.manifest else { return Ok(()) };
    let count = manifest.settings.len();
    head(out, "Settings", if count == 0 { "none" } else { "the variables that it is given" })?;
    let widest =
        manifest.settings.iter().map(|setting| setting.name.chars().count()).max().unwrap_or_default();
    let widest = widest.min(32);
    for setting in &manifest.settings {
        let needed = if setting.required { "needed  " } else { "optional" };
        let room = 80usize.saturating_sub(widest + 16).max(24);
        for (number, line) in wrapped(&setting.description, room).iter().enumerate() {
            let (name, needed) = if number == 0 { (setting.name.as_str(), needed) } else { ("", "") };
            writeln!(out, "  {name:<widest$}  {needed:<8}  {line}")?;
        }
    }
    Ok(())
}

fn imports(out: &mut impl Write, found: &Inspection, grants: &BTreeSet<Grant>) -> io::Result<()> {
    let count = found.imports.len();
    head(out, "Imports", if count == 0 { "nothing: it can only answer" } else { "what it needs to run" })?;
    let widest = found.imports.iter().map(|import| import.name.chars().count()).max().unwrap_or_default();
    for import in &found.imports {
        let name = &import.name;
        match &import.had {
            Availability::Always => {
                let prints =
                    ["wasi:cli/stdout@", "wasi:cli/stderr@"].iter().any(|start| name.starts_with(start));
                let what = if prints { "what it prints is shown" } else { "with nothing behind it" };
                writeln!(out, "  {name:<widest$}  {GOOD}given{GOOD:#}, {what}")?;
            }
            Availability::Granted { grant } if grants.contains(grant) => {
                writeln!(out, "  {name:<widest$}  {GOOD}granted{GOOD:#}")?;
            }
            Availability::Granted { grant } => {
                let flag = grant.as_str();
                writeln!(out, "  {name:<widest$}  {CAUTION}`--allow {flag}`{CAUTION:#} grants it")?;
            }
            Availability::Never { why } => {
                writeln!(out, "  {name:<widest$}  {BAD}not given{BAD:#}")?;
                for line in wrapped(why, 74) {
                    writeln!(out, "    {line}")?;
                }
            }
        }
    }
    Ok(())
}

fn paragraph(out: &mut impl Write, text: &str) -> io::Result<()> {
    wrapped(text, 70).iter().try_for_each(|line| more(out, line))
}
