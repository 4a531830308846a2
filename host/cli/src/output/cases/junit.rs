//! Results as JUnit XML, one test suite per file.

use std::io::{self, Write};
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{TestReport, lines};
use model::text::printable;
use sandbox::cases::{Case, CaseResult, Difference};

pub(super) fn write(out: &mut impl Write, report: &TestReport<'_>) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let missing = report.missing_outcomes();
    let all = report.results.len() + usize::from(missing.is_some());
    let failed = report.failed() + usize::from(missing.is_some());
    let (all, failed) = (all.to_string(), failed.to_string());
    let time = seconds(report.duration);
    let suites = xml.create_element("testsuites").with_attributes([
        ("name", report.component.name.as_str()),
        ("tests", &all),
        ("failures", &failed),
        ("time", &time),
    ]);
    suites.write_inner_content(|xml| {
        for results in report.results.chunk_by(|(a, _), (b, _)| a.file == b.file) {
            write_suite(xml, results)?;
        }
        let Some(missing) = &missing else { return Ok(()) };
        let suite = xml.create_element("testsuite").with_attributes([
            ("name", "outcomes"),
            ("tests", "1"),
            ("failures", "1"),
        ]);
        suite.write_inner_content(|xml| {
            let case = xml.create_element("testcase").with_attributes([("name", "outcomes")]);
            case.write_inner_content(|xml| {
                xml.create_element("failure").with_attribute(("message", missing.as_str())).write_empty()?;
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    writeln!(out)
}

fn write_suite<W: Write>(xml: &mut Writer<W>, results: &[(&Case, &CaseResult)]) -> io::Result<()> {
    let Some((first, _)) = results.first() else { return Ok(()) };
    let failed = results.iter().filter(|(_, result)| !result.has_passed()).count();
    let (all, failed) = (results.len().to_string(), failed.to_string());
    let time = seconds(results.iter().map(|(_, result)| result.duration).sum());
    let file = plain(&first.file);
    let suite = xml.create_element("testsuite").with_attributes([
        ("name", file.as_str()),
        ("tests", &all),
        ("failures", &failed),
        ("time", &time),
    ]);
    suite.write_inner_content(|xml| {
        for (case, result) in results {
            let (name, line, time) = (plain(&case.name), case.line.to_string(), seconds(result.duration));
            let element = xml.create_element("testcase").with_attributes([
                ("name", name.as_str()),
                ("classname", &file),
                ("file", &file),
                ("line", &line),
                ("time", &time),
            ]);
            if result.has_passed() {
                element.write_empty()?;
                continue;
            }
            element.write_inner_content(|xml| {
                let paths: Vec<&str> =
                    result.differences.iter().map(|difference| difference.path.as_str()).collect();
                let message = plain(&format!("unexpected value of {}", paths.join(", ")));
                let failure = xml.create_element("failure").with_attribute(("message", message.as_str()));
                let text: String = result.differences.iter().map(difference_text).collect();
                failure.write_text_content(BytesText::new(&text))?;
                Ok(())
            })?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Seconds with six decimals, because most cases take less than a millisecond.
fn seconds(time: Duration) -> String {
    format!("{:.6}", time.as_secs_f64())
}

/// A text on one line, of characters that XML 1.0 allows. XML has no escapes for control characters, and a parser
/// replaces a line break in an attribute by a space.
fn plain(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn difference_text(difference: &Difference) -> String {
    let Difference { path, expected, actual } = difference;
    let side = |sign: char, text: &str| -> String {
        lines(text).iter().map(|line| format!("  {sign} {}\n", plain(line))).collect()
    };
    format!("{}\n{}{}", plain(path), side('-', expected), side('+', actual))
}
