//! Results as the XML of JUnit, one suite a file.

use std::io::{self, Write};
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Results, lines};
use model::text::printable;
use sandbox::cases::{Case, Difference, Ran};

pub(super) fn write(out: &mut impl Write, results: &Results<'_>) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let shortfall = results.shortfall();
    let all = results.cases.len() + usize::from(shortfall.is_some());
    let failed = results.failed() + usize::from(shortfall.is_some());
    let (all, failed) = (all.to_string(), failed.to_string());
    let took = seconds(results.took);
    let suites = xml.create_element("testsuites").with_attributes([
        ("name", results.policy.name.as_str()),
        ("tests", &all),
        ("failures", &failed),
        ("time", &took),
    ]);
    suites.write_inner_content(|xml| {
        for cases in results.cases.chunk_by(|(a, _), (b, _)| a.file == b.file) {
            suite(xml, cases)?;
        }
        let Some(shortfall) = &shortfall else { return Ok(()) };
        let suite = xml.create_element("testsuite").with_attributes([
            ("name", "coverage"),
            ("tests", "1"),
            ("failures", "1"),
        ]);
        suite.write_inner_content(|xml| {
            let case = xml.create_element("testcase").with_attributes([("name", "coverage")]);
            case.write_inner_content(|xml| {
                xml.create_element("failure")
                    .with_attribute(("message", shortfall.as_str()))
                    .write_empty()?;
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    writeln!(out)
}

fn suite<W: Write>(xml: &mut Writer<W>, cases: &[(&Case, &Ran)]) -> io::Result<()> {
    let Some((first, _)) = cases.first() else { return Ok(()) };
    let failed = cases.iter().filter(|(_, ran)| !ran.differences.is_empty()).count();
    let (all, failed) = (cases.len().to_string(), failed.to_string());
    let took = seconds(cases.iter().map(|(_, ran)| ran.took).sum());
    let file = plain(&first.file);
    let suite = xml.create_element("testsuite").with_attributes([
        ("name", file.as_str()),
        ("tests", &all),
        ("failures", &failed),
        ("time", &took),
    ]);
    suite.write_inner_content(|xml| {
        for (case, ran) in cases {
            let (name, line, took) = (plain(&case.name), case.line.to_string(), seconds(ran.took));
            let element = xml.create_element("testcase").with_attributes([
                ("name", name.as_str()),
                ("classname", &file),
                ("file", &file),
                ("line", &line),
                ("time", &took),
            ]);
            if ran.differences.is_empty() {
                element.write_empty()?;
                continue;
            }
            element.write_inner_content(|xml| {
                let places: Vec<&str> =
                    ran.differences.iter().map(|difference| difference.at.as_str()).collect();
                let message = plain(&format!("{} is not as expected", places.join(", ")));
                let failure = xml.create_element("failure").with_attribute(("message", message.as_str()));
                let told: String = ran.differences.iter().map(told).collect();
                failure.write_text_content(BytesText::new(&told))?;
                Ok(())
            })?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Seconds, to the microsecond: most cases take less than a thousandth.
fn seconds(time: Duration) -> String {
    format!("{:.6}", time.as_secs_f64())
}

/// A text on one line, of characters that XML can hold: escapes don't help it with control
/// characters, and in an attribute a line's end would be read as a space.
fn plain(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn told(difference: &Difference) -> String {
    let Difference { at, expected, answered } = difference;
    let side = |sign: char, text: &str| -> String {
        lines(text).iter().map(|line| format!("  {sign} {}\n", plain(line))).collect()
    };
    format!("{}\n{}{}", plain(at), side('-', expected), side('+', answered))
}
