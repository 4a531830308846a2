//! Results as TAP 14: <https://testanything.org/tap-version-14-specification.html>

use std::io::{self, Write};

use super::TestReport;
use model::text::printable;

pub(super) fn write(out: &mut impl Write, report: &TestReport<'_>) -> io::Result<()> {
    writeln!(out, "TAP version 14")?;
    let missing = report.missing_outcomes();
    writeln!(out, "1..{}", report.results.len() + usize::from(missing.is_some()))?;
    for (number, (case, result)) in (1..).zip(&report.results) {
        let ok = if result.has_passed() { "ok" } else { "not ok" };
        writeln!(out, "{ok} {number} - {}", description(&case.name))?;
        if result.has_passed() {
            continue;
        }
        // The block is YAML, and a JSON string is valid YAML.
        writeln!(out, "  ---\n  file: {}\n  line: {}\n  differences:", quoted(&case.file), case.line)?;
        for difference in &result.differences {
            writeln!(out, "    - path: {}", quoted(&difference.path))?;
            writeln!(out, "      expected: {}", quoted(&difference.expected))?;
            writeln!(out, "      actual: {}", quoted(&difference.actual))?;
        }
        writeln!(out, "  ...")?;
    }
    if let Some(missing) = missing {
        writeln!(out, "not ok {} - outcomes: {}", report.results.len() + 1, description(&missing))?;
    }
    for (file, fact) in &report.unused_facts {
        writeln!(out, "# {}:{}: no lookup asked for {}", printable(file), fact.line, fact.key)?;
    }
    Ok(())
}

/// A name whose `#` does not begin a directive.
fn description(name: &str) -> String {
    name.replace('\\', "\\\\").replace('#', "\\#").replace('\n', " ")
}

/// A text as a JSON string. Its lines are printable.
fn quoted(text: &str) -> String {
    let printable: Vec<String> = text.split('\n').map(printable).collect();
    serde_json::Value::from(printable.join("\n")).to_string()
}
