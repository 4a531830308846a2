//! The parts of the reference that are generated. A part is between two comments in its page,
//! `<!-- generated: NAME -->` and `<!-- end of NAME -->`, and is compared with what the code says.
//!
//! `ECS_HOST_UPDATE_BOOK=1 cargo test the_reference` writes them.

mod command_line;
mod messages;
mod schemas;
mod tables;

use crate::support::WORKSPACE;
use crate::support::book::chapters;

/// A part: its name, and what generates it.
type Part = (&'static str, fn() -> String);

const PARTS: [Part; 9] = [
    ("contract", tables::contract),
    ("events", schemas::events),
    ("exit-codes", tables::exit_codes),
    ("iam", tables::iam),
    ("keys", command_line::keys),
    ("plan", schemas::plan),
    ("types", schemas::types),
    ("verbs", command_line::verbs),
    ("verdicts", tables::verdicts),
];

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('\n', " ");
    // Outside of code, `<` begins an element.
    let parts = text.split('`').enumerate();
    let parts: Vec<String> = parts
        .map(|(at, part)| if at % 2 == 0 { part.replace('<', "&lt;") } else { part.to_owned() })
        .collect();
    parts.join("`")
}

#[test]
fn the_reference_is_generated_from_the_code() {
    let (mut found, mut outdated) = (Vec::new(), Vec::new());
    for chapter in chapters() {
        let mut text = chapter.text.clone();
        for (name, generate) in PARTS {
            let (start, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end of {name} -->"));
            let Some((before, rest)) = text.split_once(&start) else { continue };
            let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{}: no `{end}`", chapter.path));
            found.push(name);
            text = format!("{before}{start}\n{}\n\n{end}{after}", generate().trim());
        }
        if text != chapter.text {
            outdated.push(chapter.path.clone());
            if std::env::var_os("ECS_HOST_UPDATE_BOOK").is_some() {
                std::fs::write(format!("{WORKSPACE}/{}", chapter.path), text).unwrap();
            }
        }
    }
    found.sort_unstable();
    assert_eq!(found, PARTS.map(|(name, _)| name), "each part is in one page");
    assert!(
        outdated.is_empty(),
        "generated parts are outdated: `ECS_HOST_UPDATE_BOOK=1 cargo test the_reference` writes them:\n  {}",
        outdated.join("\n  ")
    );
}
