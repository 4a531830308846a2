//! The catalogue of messages: it contains the message of every error, and every message in it is one of the source.

use std::path::Path;

use crate::support::WORKSPACE;
use crate::support::book::Chapter;

/// The Rust files of the program.
fn sources() -> Vec<(String, String)> {
    fn collect(folder: &Path, sources: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                collect(&path, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                sources.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut sources = Vec::new();
    collect(&Path::new(WORKSPACE).join("host"), &mut sources);
    sources
}

/// A source with each value of a message as `…`, and without the line breaks in its texts.
fn normalize(source: &str) -> String {
    let breaks = regex_lite::Regex::new(r"\\\n\s*").unwrap();
    let text =
        breaks.replace_all(source, "").replace("\\\"", "\"").replace("{{", "\u{1}").replace("}}", "\u{2}");
    let values = regex_lite::Regex::new(r"\{[^{}\n]*\}").unwrap();
    values.replace_all(&text, "…").replace('\u{1}', "{").replace('\u{2}', "}")
}

/// The texts in the attributes `error` of a source, but for those that only repeat another message.
fn errors(source: &str) -> Vec<String> {
    let attribute = regex_lite::Regex::new(r#"#\[error\(\s*"((?:[^"\\]|\\(?s:.))*)""#).unwrap();
    let texts = attribute.captures_iter(source).map(|found| normalize(&found[1]));
    texts.filter(|text| text.chars().any(char::is_alphabetic)).collect()
}

/// The messages in the catalogue, each with its line.
fn catalogue() -> Vec<(usize, String)> {
    let chapter = Chapter::read("docs/reference/messages.md");
    let rows = chapter.text.lines().enumerate().filter_map(|(number, line)| {
        let (message, _) = line.strip_prefix("| `` ")?.split_once(" `` |")?;
        Some((number + 1, message.replace("\\|", "|")))
    });
    rows.collect()
}

#[test]
fn the_catalogue_contains_the_message_of_every_error() {
    let catalogue = catalogue();
    assert!(sources().iter().map(|(_, source)| errors(source).len()).sum::<usize>() > 100);
    let mut missing = Vec::new();
    for (path, source) in sources() {
        for message in errors(&source) {
            if !catalogue.iter().any(|(_, known)| *known == message) {
                missing.push(format!("{path}: {message}"));
            }
        }
    }
    assert!(missing.is_empty(), "docs/reference/messages.md lacks:\n{}", missing.join("\n"));
}

#[test]
fn every_message_of_the_catalogue_is_in_the_source() {
    let sources: Vec<String> = sources().iter().map(|(_, source)| normalize(source)).collect();
    let mut unknown = Vec::new();
    for (line, message) in catalogue() {
        if !sources.iter().any(|source| source.contains(&message)) {
            unknown.push(format!("docs/reference/messages.md:{line}: {message}"));
        }
    }
    assert!(unknown.is_empty(), "no source contains:\n{}", unknown.join("\n"));
}
