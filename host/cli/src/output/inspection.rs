//! The inspection of a policy or a guard, for people.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::kind_heading;
use super::layout::{BAD, put_line, write_detail, write_heading};
use super::wrap::wrap_words;
use model::lookup::Grant;
use sandbox::ComponentKind;
use sandbox::composition::{ImportSource, Part, PartExport, PartImport};
use sandbox::inspect::Inspection;
use sandbox::world::{Availability, Import};

const GOOD: Style = AnsiColor::Green.on_default();
const CAUTION: Style = AnsiColor::Yellow.on_default();

/// Writes an inspection. `grants` are those of the command line.
///
/// # Errors
/// The error of the writer.
pub fn write(out: &mut impl Write, inspection: &Inspection, grants: &BTreeSet<Grant>) -> io::Result<()> {
    let (source, heading) = (&inspection.source, kind_heading(inspection.kind));
    match &inspection.manifest {
        Some(manifest) => {
            write_heading(out, heading, &format!("{} {}, {source}", manifest.name, manifest.version))?;
            for line in wrap_words(&manifest.description, 70) {
                write_detail(out, &line)?;
            }
        }
        None => write_heading(out, heading, &source.to_string())?,
    }
    write_heading(out, "Digest", inspection.digest.as_str())?;
    let millis = inspection.compile_time.as_millis();
    write_heading(out, "Size", &format!("{} bytes, compiled in {millis} ms", inspection.size))?;
    for (number, line) in wrap_words(&inspection.producers.join(", "), 70).iter().enumerate() {
        match number {
            0 if line.is_empty() => {}
            0 => write_heading(out, "Built by", line)?,
            _ => write_detail(out, line)?,
        }
    }
    if let Some(contract) = &inspection.contract {
        write_heading(out, "Contract", &format!("{contract}, supported by this host"))?;
    }
    if let Some(reviews_rollbacks) = inspection.reviews_rollbacks {
        let text =
            if reviews_rollbacks { "deployments and rollbacks" } else { "deployments, and no rollbacks" };
        write_heading(out, "Reviews", text)?;
    }
    write_settings(out, inspection)?;
    write_imports(out, inspection, grants)?;
    write_parts(out, inspection)?;
    if let Some(problem) = &inspection.problem {
        put_line!(out, "{BAD}error:{BAD:#} {problem}")?;
    }
    Ok(())
}

fn write_settings(out: &mut impl Write, inspection: &Inspection) -> io::Result<()> {
    let Some(manifest) = &inspection.manifest else { return Ok(()) };
    let is_empty = manifest.settings.is_empty();
    write_heading(
        out,
        "Settings",
        match inspection.kind {
            _ if is_empty => "none",
            ComponentKind::Policy => "environment variables that the policy receives",
            ComponentKind::Guard => "set by whoever names the guard",
        },
    )?;
    let name_width = manifest.settings.iter().map(|setting| setting.name.chars().count()).max();
    let name_width = name_width.unwrap_or_default().min(32);
    let description_width = 80usize.saturating_sub(name_width + 16).max(24);
    for setting in &manifest.settings {
        let required = if setting.required { "required" } else { "optional" };
        for (number, line) in wrap_words(&setting.description, description_width).iter().enumerate() {
            let (name, required) = if number == 0 { (setting.name.as_str(), required) } else { ("", "") };
            put_line!(out, "  {name:<name_width$}  {required:<8}  {line}")?;
        }
    }
    Ok(())
}

fn write_imports(
    out: &mut impl Write,
    Inspection { imports, kind, .. }: &Inspection,
    grants: &BTreeSet<Grant>,
) -> io::Result<()> {
    let title = format!("interfaces that the {kind} requires");
    write_heading(out, "Imports", if imports.is_empty() { "none" } else { &title })?;
    let allow = match kind {
        ComponentKind::Policy => "--allow",
        ComponentKind::Guard => "--guard-allow",
    };
    let width = imports.iter().map(|import| import.name.chars().count()).max().unwrap_or_default();
    for Import { name, availability } in imports {
        match availability {
            Availability::Always => {
                let is_printed =
                    ["wasi:cli/stdout@", "wasi:cli/stderr@"].iter().any(|start| name.starts_with(start));
                let effect = if is_printed { "its output is shown" } else { "without effect" };
                put_line!(out, "  {name:<width$}  {GOOD}provided{GOOD:#}, {effect}")?;
            }
            Availability::RequiresGrant { grant } if grants.contains(grant) => {
                put_line!(out, "  {name:<width$}  {GOOD}granted{GOOD:#}")?;
            }
            Availability::RequiresGrant { grant } => {
                let flag = grant.as_str();
                put_line!(out, "  {name:<width$}  {CAUTION}`{allow} {flag}`{CAUTION:#} grants it")?;
            }
            Availability::Unsupported { remedy } => {
                put_line!(out, "  {name:<width$}  {BAD}not provided{BAD:#}")?;
                for line in wrap_words(remedy, 74) {
                    put_line!(out, "    {line}")?;
                }
            }
        }
    }
    Ok(())
}

fn write_parts(out: &mut impl Write, inspection: &Inspection) -> io::Result<()> {
    if inspection.parts.is_empty() {
        return Ok(());
    }
    write_heading(out, "Parts", &format!("components that the {} is composed of", inspection.kind))?;
    for part in &inspection.parts {
        write_part(out, part, inspection.kind, "")?;
    }
    if inspection.has_more_parts {
        put_line!(out, "  {CAUTION}further parts are not listed{CAUTION:#}")?;
    }
    Ok(())
}

/// Writes a part and its parts. `outer` is the number of the part around it, such as `2.`.
fn write_part(out: &mut impl Write, part: &Part, kind: ComponentKind, outer: &str) -> io::Result<()> {
    let number = format!("{outer}{}", part.number);
    let indent = number.chars().count() + 4;
    let name = part.name.as_deref().unwrap_or("without a name");
    put_line!(out, "  {number}  {name}, {} bytes", part.size)?;
    put_line!(out, "{:indent$}{}", "", part.digest)?;
    for PartImport { name, source } in part.imports.iter().filter(|import| is_printed(&import.name)) {
        match source {
            ImportSource::Part { part } => put_line!(out, "{:indent$}imports {name} from {outer}{part}", "")?,
            ImportSource::Import => put_line!(out, "{:indent$}imports {name}", "")?,
            ImportSource::Composition => {
                put_line!(out, "{:indent$}imports {name} from the composition", "")?;
            }
        }
    }
    for PartExport { name, is_exported } in part.exports.iter().filter(|export| is_printed(&export.name)) {
        if *is_exported {
            put_line!(out, "{:indent$}exports {name}, as the whole {kind} does", "")?;
        } else {
            put_line!(out, "{:indent$}exports {name}", "")?;
        }
    }
    part.parts.iter().try_for_each(|inner| write_part(out, inner, kind, &format!("{number}.")))
}

/// Whether an interface of a part is printed: not those of the language's runtime, and not types.
fn is_printed(interface: &str) -> bool {
    !interface.starts_with("wasi:") && !interface.starts_with("ecs-host:policy/types@")
}
