//! Markdown for the pages of CI systems: job summaries and comments of pull requests, on GitHub, GitLab and others. What a
//! stranger can write ends no table and no block, mentions nobody, links nowhere and starts no command.

use model::build::Build;
use model::text::printable;

/// What separates the characters of a reference or of an address: a comment of HTML, which is an inline of its own
/// (CommonMark, "Raw HTML"). No part of it is shown.
const SEPARATOR: &str = "<!-- -->";

/// A text that Markdown shows as it is: no markup, no HTML, no link, no emoji, and no mention of an account or reference to
/// an issue, at the start of a line, too.
///
/// A character that begins markup is written as an entity, which is never markup (CommonMark, "Entity and numeric character
/// references"). That is not enough where a program reads the text once more, after entities are characters again:
/// GitLab's parser joins the texts of a paragraph and finds addresses in them (comrak, `postprocess_text_nodes`), and the
/// filters of both GitLab (`lib/banzai/filter`) and GitHub (html-pipeline) find mentions, references and emoji in each
/// text node of the page. A [`SEPARATOR`] ends a text node, so that no node has a whole reference:
/// - `@name`, `name@host`, `#1`, `!1`, `$1`, `%1`, `&1`, `~label`, `GH-1` and `GL-1` ("GitLab-specific references" in
///   GitLab's documentation, "Autolinked references and URLs" in GitHub's), `[issue:1]`, `group/project>`;
/// - `https://…` and every other scheme, `www.…` (GFM, "Autolinks (extension)"), `:emoji:`;
/// - `[TOC]`, `{+ added +}` and `[- removed -]` of GitLab.
pub(crate) fn escape(text: &str) -> String {
    let text = printable(text);
    let start = text.chars().next().filter(|first| first.is_ascii_digit() || "-+=/".contains(*first));
    let rest = start.map_or(text.as_str(), |first| text.get(first.len_utf8()..).unwrap_or_default());
    let start = start.map(|first| format!("&#{};", u32::from(first))).unwrap_or_default();
    let mut escaped = start;
    let mut characters = rest.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_with = |end| {
            let before = escaped.len().checked_sub(2).and_then(|start| escaped.get(start..));
            before.is_some_and(|before| before.eq_ignore_ascii_case(end))
        };
        let precedes = match character {
            '>' => true,
            '.' => ends_with("ww"),
            '-' => ends_with("gh") || ends_with("gl"),
            _ => false,
        };
        if precedes {
            escaped += SEPARATOR;
        }
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | ':' | '#' | '!' | '$'
            | '%' => escaped += &format!("&#{};", u32::from(character)),
            _ => escaped.push(character),
        }
        let has_next = characters.peek().is_some_and(|next| !next.is_whitespace());
        if character == '@' || "#!$%&~:[{".contains(character) && has_next {
            escaped += SEPARATOR;
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
    let branch = escape(&build.branch);
    let source = match build.tag.as_deref().map(escape) {
        None => branch,
        Some(tag) if tag == branch => format!("tag {tag}"),
        Some(tag) => format!("{branch}, tag {tag},"),
    };
    format!("Build of {source} at `{}`{repository}{number}{policy}", build.short_commit())
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
            ("www.x https://x", "www<!-- -->.x https&#58;<!-- -->//x"),
            ("GL-1 and a/b>", "GL<!-- -->-1 and a/b<!-- -->&#62;"),
            ("at: :x: [TOC]", "at&#58; &#58;<!-- -->x&#58; &#91;<!-- -->TOC&#93;"),
            ("{+ a +}", "{<!-- -->+ a +}"),
            ("1. a|b `c`", "&#49;. a&#124;b &#96;c&#96;"),
            ("a\n\n- b", "a\\n\\n- b".replace('\\', "&#92;").as_str()),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    /// The texts that a filter of the page reads: the entities of each text node are characters again.
    fn text_nodes(escaped: &str) -> Vec<String> {
        let decode = |node: &str| {
            let mut parts = node.split("&#");
            let first = parts.next().unwrap().to_owned();
            parts.fold(first, |text, part| {
                let (code, rest) = part.split_once(';').unwrap();
                format!("{text}{}{rest}", char::from_u32(code.parse().unwrap()).unwrap())
            })
        };
        escaped.split(SEPARATOR).map(decode).collect()
    }

    fn is_found_by_a_filter(node: &str) -> bool {
        // In the words of the filters: a mark directly before what it refers to.
        let references = regex_lite::Regex::new(concat!(
            r"@[A-Za-z0-9_]|[A-Za-z0-9._+-]@|[#!$%&~:\[{][^\s]|(?i)g[hl]-[0-9]|(?i)www\.",
            r"|://|[A-Za-z0-9]>",
        ));
        references.unwrap().is_match(node)
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_of_the_page_has_a_whole_reference(text in r"(https?:|www|gh|GL|[@#!$%&~:/.>\[\]{}+<* -]|[a-z0-9é]){0,40}") {
            let nodes = text_nodes(&escape(&text));
            proptest::prop_assert_eq!(nodes.concat(), printable(&text));
            for node in nodes {
                let rest = node.strip_suffix('@').unwrap_or(&node);
                proptest::prop_assert!(!is_found_by_a_filter(rest), "{:?} in {:?}", node, text);
            }
        }
    }

    #[test]
    fn a_block_of_code_is_longer_than_every_fence_in_it() {
        assert_eq!(code_block("diff", "a\n"), "```diff\na\n```\n");
        assert_eq!(code_block("", "  ````"), "`````\n  ````\n`````\n");
    }
}
