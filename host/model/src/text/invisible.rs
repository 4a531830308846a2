//! Characters that a reader does not see.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Characters without a picture that no property of Unicode lists: the blank pattern of Braille, the filler of Khitan, and
/// the notehead that is not drawn (the charts of the blocks).
const BLANKS: [char; 3] = ['\u{2800}', '\u{16fe4}', '\u{1d159}'];

/// Whether a reader cannot see a character, or takes it for another one: control characters, separators of lines, and format
/// characters, such as those that set the direction of reading, soft hyphens and tags (the categories Cc, Zl, Zp and Cf
/// of Unicode); fillers and variation selectors (`Default_Ignorable_Code_Point` in `DerivedCoreProperties.txt`); and every
/// blank but the ordinary space (`White_Space` in `PropList.txt`). Two names that differ in them alone look the same.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, GeneralCategory::Control | GeneralCategory::Format)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        // Also the separators of lines.
        || CodePointSetData::new::<WhiteSpace>().contains(c)
        || BLANKS.contains(&c)
}

#[cfg(test)]
mod tests {
    use crate::text::{abbreviate, escape_json, printable, printable_line};

    #[test]
    fn names_that_look_the_same_differ_where_they_are_shown() {
        let same =
            ["\u{3164}", "\u{34f}", "\u{115f}", "\u{1160}", "\u{ffa0}", "\u{2800}", "\u{fe0f}", "\u{e0100}"];
        let blanks = ["\u{a0}", "\u{2003}", "\u{202f}", "\u{3000}", "\u{1680}", "\u{85}"];
        let others = ["\u{17b4}", "\u{180b}", "\u{2065}", "\u{200b}", "\u{e0fff}", "\u{16fe4}", "\u{1d159}"];
        for c in same.into_iter().chain(blanks).chain(others) {
            let name = format!("we{c}b");
            assert_eq!(printable(&name), format!("we{}b", c.escape_unicode()));
            assert_eq!(printable_line(&name), printable(&name));
            assert!(abbreviate(&name).contains('\\'), "{}", abbreviate(&name));
            let json = escape_json(&serde_json::json!(name).to_string());
            assert!(json.is_ascii(), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), name);
        }
        // An emoji in a commit message loses nothing.
        assert_eq!(printable("✔\u{fe0f} done"), "✔\\u{fe0f} done");
    }
}
