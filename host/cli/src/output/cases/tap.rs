//! Results as TAP 14: <https://testanything.org/tap-version-14-specification.html>

use std::io::{self, Write};

use super::Results;
use model::text::printable;

pub(super) fn write(out: &mut impl Write, results: &Results<'_>) -> io::Result<()> {
    writeln!(out, "TAP version 14")?;
    let shortfall = results.shortfall();
    writeln!(out, "1..{}", results.cases.len() + usize::from(shortfall.is_some()))?;
    for (number, (case, ran)) in (1..).zip(&results.cases) {
        let ok = if ran.differences.is_empty() { "ok" } else { "not ok" };
        writeln!(out, "{ok} {number} - {}", described(&case.name))?;
        if ran.differences.is_empty() {
            continue;
        }
        // The block is YAML, of which JSON's texts are a part.
        writeln!(out, "  ---\n  file: {}\n  line: {}\n  differences:", quoted(&case.file), case.line)?;
        for difference in &ran.differences {
            writeln!(out, "    - at: {}", quoted(&difference.at))?;
            writeln!(out, "      expected: {}", quoted(&difference.expected))?;
            writeln!(out, "      answered: {}", quoted(&difference.answered))?;
        }
        writeln!(out, "  ...")?;
    }
    if let Some(shortfall) = shortfall {
        writeln!(out, "not ok {} - coverage: {shortfall}", results.cases.len() + 1)?;
    }
    Ok(())
}

/// A name in which nothing is taken for a directive.
fn described(name: &str) -> String {
    name.replace('\\', "\\\\").replace('#', "\\#").replace('\n', " ")
}

/// A text of any lines as one, which YAML reads as what it was.
fn quoted(text: &str) -> String {
    let printable: Vec<String> = text.split('\n').map(printable).collect();
    serde_json::Value::from(printable.join("\n")).to_string()
}
