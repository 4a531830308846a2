//! Markdown for the pages of CI systems: job summaries and comments of pull requests, on GitHub, GitLab and others. What a
//! stranger can write ends no table and no block, mentions nobody, links nowhere and starts no command.

use model::build::Build;
use model::text::printable;

/// A text that Markdown shows as it is: no markup, no HTML, no link, and no mention of an account or reference to an issue,
/// at the start of a line, too. A comment separates what a filter of the page would take for a mention, a reference or an
/// address: such filters run when entities are characters again.
pub(crate) fn escape(text: &str) -> String {
    let text = printable(text);
    let start = text.chars().next().filter(|first| first.is_ascii_digit() || "-+=/".contains(*first));
    let rest = start.map_or(text.as_str(), |first| text.get(first.len_utf8()..).unwrap_or_default());
    let start = start.map(|first| format!("&#{};", u32::from(first))).unwrap_or_default();
    let mut escaped = start;
    let mut characters = rest.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '@' => escaped += "@<!-- -->",
            '.' if escaped.to_ascii_lowercase().ends_with("www") => escaped += "<!-- -->.",
            '-' if escaped.to_ascii_lowercase().ends_with("gh") => escaped += "<!-- -->-",
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | ':' | '#' | '!' | '$'
            | '%' => {
                escaped += &format!("&#{};", u32::from(character));
                // References: `#1` on GitHub, and also `!1`, `$1`, `%1`, `&1` and `~1` on GitLab.
                if "#!$%&~".contains(character) && characters.peek().is_some_and(|next| !next.is_whitespace())
                {
                    escaped += "<!-- -->";
                }
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A block of code that no line of the text ends. The text is printable, but for its line breaks.
pub(super) fn code_block(language: &str, text: &str) -> String {
    let mut longest = 0;
    let mut current = 0;
    for c in text.chars() {
        current = if c == '`' { current + 1 } else { 0 };
        longest = longest.max(current);
    }
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// The build and the policy that decided about it.
pub(super) fn build_line(build: &Build, policy: Option<&str>) -> String {
    let number = build.number.map(|number| format!(" (build {number})")).unwrap_or_default();
    let repository =
        build.repository.as_deref().map(|name| format!(" of {}", escape(name))).unwrap_or_default();
    let policy = policy.map(|policy| format!(", policy {}", escape(policy))).unwrap_or_default();
    format!("Build of {} at `{}`{repository}{number}{policy}", escape(&build.branch), build.short_commit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_markup_mention_reference_or_link() {
        for (text, escaped) in [
            ("a@team", "a@<!-- -->team"),
            ("see #12, !3 and %v1", "see &#35;<!-- -->12, &#33;<!-- -->3 and &#37;<!-- -->v1"),
            ("# 1", "&#35; 1"),
            ("/close", "&#47;close"),
            ("gh-12", "gh<!-- -->-12"),
            ("www.x https://x", "www<!-- -->.x https&#58;//x"),
            ("1. a|b `c`", "&#49;. a&#124;b &#96;c&#96;"),
            ("a\n\n- b", "a\\n\\n- b".replace('\\', "&#92;").as_str()),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn a_block_of_code_is_longer_than_every_fence_in_it() {
        assert_eq!(code_block("diff", "a\n"), "```diff\na\n```\n");
        assert_eq!(code_block("", "  ````"), "`````\n  ````\n`````\n");
    }
}
