//! The page of `--report`, read strictly.

use quick_xml::Reader;
use quick_xml::events::Event;

/// The texts of a page in their order, one a line, without the style sheet. Panics if the page is not well-formed: if an
/// element is not closed, or an attribute is not quoted or given twice.
pub fn texts(html: &str) -> String {
    let mut reader =
        Reader::from_str(html.strip_prefix("<!DOCTYPE html>").expect("the type of the document"));
    let (mut lines, mut depth, mut style) = (vec![String::new()], 0, 0);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error} at {}", reader.buffer_position())) {
            Event::Start(tag) => {
                tag.attributes().for_each(|attribute| drop(attribute.expect("an attribute")));
                depth += 1;
                style += u32::from(tag.name().as_ref() == b"style");
                lines.push(String::new());
            }
            Event::End(tag) => {
                depth -= 1;
                style -= u32::from(tag.name().as_ref() == b"style");
                lines.push(String::new());
            }
            Event::Empty(tag) => {
                tag.attributes().for_each(|attribute| drop(attribute.expect("an attribute")));
            }
            Event::Text(text) if style == 0 => {
                let text = text.decode().expect("UTF-8");
                lines.last_mut().expect("a line").push_str(&text);
            }
            Event::GeneralRef(reference) => {
                // The template escapes by numbers.
                let character = reference.resolve_char_ref().expect("a character").expect("its number");
                lines.last_mut().expect("a line").push(character);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "an element is not closed");
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}
