//! Patterns: `*` for characters except `/`, `**` for any characters.

use alloc::{string::String, vec, vec::Vec};

/// A pattern for a whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// `*`: any characters except `/`.
    Star,
    /// `**`: any characters.
    Stars,
    /// `**/` at the start, or after a `/`: any folders, or none.
    Folders,
    /// At the end: nothing, or `/` and any characters.
    Below,
}

impl Pattern {
    /// A pattern for a path or the name of a branch.
    pub(crate) fn for_path(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((&first, after)) = rest.split_first() {
            let is_part_start = matches!(tokens.last(), None | Some(Token::Byte(b'/') | Token::Folders));
            let (token, after) = match (first, after) {
                (b'*', [b'*', b'/', after @ ..]) if is_part_start => (Token::Folders, after),
                (b'*', [b'*', after @ ..]) => (Token::Stars, after),
                (b'*', after) => (Token::Star, after),
                (byte, after) => (Token::Byte(byte), after),
            };
            // A repeated token matches nothing more.
            if matches!(token, Token::Byte(_)) || tokens.last() != Some(&token) {
                tokens.push(token);
            }
            rest = after;
        }
        Self { text: text.into(), tokens }
    }

    /// A pattern for a path that changed. Without `*`, it is a file or a folder, and matches what is below, too.
    pub(crate) fn for_changed_path(text: &str) -> Self {
        let mut pattern = Self::for_path(text);
        if pattern.single_text().is_some() {
            pattern.tokens.push(Token::Below);
        }
        pattern
    }

    /// A pattern for a text in which `/` has no meaning: every `*` matches any characters.
    pub(crate) fn for_text(text: &str) -> Self {
        let token = |byte| if byte == b'*' { Token::Stars } else { Token::Byte(byte) };
        let mut tokens: Vec<Token> = text.bytes().map(token).collect();
        tokens.dedup_by(|a, b| *a == Token::Stars && a == b);
        Self { text: text.into(), tokens }
    }

    /// Whether the pattern matches a whole text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        // Most patterns begin with letters, and most texts with others.
        let is_byte = |token: &&Token| matches!(token, Token::Byte(_));
        let literal = self.tokens.iter().take_while(is_byte).count();
        let (prefix, tokens) = self.tokens.split_at(literal);
        let Some((start, rest)) = text.as_bytes().split_at_checked(literal) else { return false };
        let has_prefix = prefix.iter().zip(start).all(|(token, byte)| *token == Token::Byte(*byte));
        has_prefix && matches_rest(tokens, rest)
    }

    /// Whether the pattern matches every text that the other one matches, as far as that is easily seen.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match other.single_text() {
            Some(text) => self.matches(text),
            None => self.tokens == other.tokens || self.tokens == [Token::Stars],
        }
    }

    /// The only text that the pattern matches, if it has no `*`.
    pub(crate) fn single_text(&self) -> Option<&str> {
        self.tokens.iter().all(|token| matches!(token, Token::Byte(_))).then_some(&self.text)
    }
}

/// Matches token by token: `reached` marks the positions in the text that the tokens so far can end at. The time is the
/// product of both lengths, whatever the pattern is.
fn matches_rest(tokens: &[Token], text: &[u8]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for token in tokens {
        let mut next = vec![false; reached.len()];
        let mut is_open = false;
        for (position, (next, is_reached)) in next.iter_mut().zip(&reached).enumerate() {
            let before = position.checked_sub(1).and_then(|before| text.get(before));
            let was_reached = position.checked_sub(1).and_then(|before| reached.get(before));
            *next = match token {
                Token::Byte(byte) => before == Some(byte) && was_reached == Some(&true),
                Token::Star => {
                    is_open = (is_open && before != Some(&b'/')) || *is_reached;
                    is_open
                }
                Token::Stars => {
                    is_open |= *is_reached;
                    is_open
                }
                Token::Below => {
                    is_open |= *is_reached && matches!(text.get(position), None | Some(b'/'));
                    is_open
                }
                Token::Folders => {
                    let is_end = *is_reached || (is_open && before == Some(&b'/'));
                    is_open |= *is_reached;
                    is_end
                }
            };
        }
        if !next.contains(&true) {
            return false;
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stays_within_a_part_and_two_stars_do_not() {
        for (pattern, matching, others) in [
            ("master", &["master"][..], &["masters", "maste", ""][..]),
            ("release/*", &["release/1.2", "release/"], &["release/1/2", "release", "xrelease/1"]),
            ("release/**", &["release/1.2", "release/1/2"], &["release"]),
            ("*", &["a", "a.b", ""], &["a/b"]),
            ("**", &["a", "a/b", ""], &[]),
            ("v*.*", &["v1.2", "v.", "v1.2.3"], &["v1", "1.2"]),
            ("**/*.md", &["a.md", "docs/a.md", "docs/x/a.md"], &["a.rs", "a.md/x"]),
            ("api/**/test/*", &["api/test/a", "api/x/test/a", "api/x/y/test/a"], &["api/xtest/a"]),
            ("a**b", &["ab", "a/x/b"], &["a", "b"]),
            ("pages/[id].tsx", &["pages/[id].tsx"], &["pages/i.tsx"]),
            ("ä*", &["äö"], &["a"]),
        ] {
            let pattern = Pattern::for_path(pattern);
            matching.iter().for_each(|text| assert!(pattern.matches(text), "{pattern:?} {text}"));
            others.iter().for_each(|text| assert!(!pattern.matches(text), "{pattern:?} {text}"));
        }
    }

    #[test]
    fn a_changed_path_without_a_star_is_a_file_or_a_folder() {
        for (pattern, matching, others) in [
            (
                "worker",
                &["worker", "worker/a", "worker/a/b.rs"][..],
                &["workers", "worker.md", "a/worker", ""][..],
            ),
            ("Makefile", &["Makefile"], &["makefile", "web/Makefile"]),
            ("web/api", &["web/api/x"], &["web", "web/apis/x"]),
            ("worker/*", &["worker/a"], &["worker/a/b", "worker"]),
        ] {
            let pattern = Pattern::for_changed_path(pattern);
            matching.iter().for_each(|text| assert!(pattern.matches(text), "{pattern:?} {text}"));
            others.iter().for_each(|text| assert!(!pattern.matches(text), "{pattern:?} {text}"));
        }
    }

    #[test]
    fn a_star_for_a_text_matches_a_slash() {
        let pattern = Pattern::for_text("*[skip deploy]*");
        assert!(pattern.matches("Fix a/b [skip deploy]\n\nand c") && !pattern.matches("Fix a/b"));
    }

    #[test]
    fn a_pattern_covers_what_it_matches() {
        let covers = |a: &str, b: &str| Pattern::for_path(a).covers(&Pattern::for_path(b));
        assert!(covers("release/*", "release/1") && covers("**", "a/*") && covers("a*", "a*"));
        assert!(!covers("release/*", "release/**") && !covers("a", "a*") && !covers("*", "a/b"));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = Pattern::for_path(&format!("{}c", "**a*".repeat(200)));
        assert!(!pattern.matches(&format!("{}b", "a".repeat(3000))));
    }

    /// The definition of the patterns, by trying everything.
    fn matches_slowly(pattern: &str, text: &str, is_part_start: bool) -> bool {
        if pattern.is_empty() {
            return text.is_empty();
        }
        let tails = |stop: Option<char>| {
            let end = stop.and_then(|stop| text.find(stop)).unwrap_or(text.len());
            (0..=end)
                .filter(|end| text.is_char_boundary(*end))
                .map(|start| &text[start..])
                .collect::<Vec<_>>()
        };
        if let Some(rest) = pattern.strip_prefix("**/").filter(|_| is_part_start) {
            return matches_slowly(rest, text, true)
                || text.match_indices('/').any(|(at, _)| matches_slowly(rest, &text[at + 1..], true));
        }
        if let Some(rest) = pattern.strip_prefix("**") {
            return tails(None).iter().any(|tail| matches_slowly(rest, tail, false));
        }
        if let Some(rest) = pattern.strip_prefix('*') {
            return tails(Some('/')).iter().any(|tail| matches_slowly(rest, tail, false));
        }
        let (p, t) = (pattern.chars().next(), text.chars().next());
        p == t && matches_slowly(&pattern[1..], &text[1..], p == Some('/'))
    }

    proptest! {
        #[test]
        fn matching_is_that_of_the_definition(pattern in "[ab/*]{0,7}", text in "[ab/]{0,8}") {
            prop_assert_eq!(Pattern::for_path(&pattern).matches(&text), matches_slowly(&pattern, &text, true));
        }

        #[test]
        fn a_changed_path_is_matched_by_its_pattern_and_by_its_folders(
            pattern in "[ab/*]{0,5}", text in "[ab/]{0,7}",
        ) {
            let has_no_star = !pattern.contains('*');
            let is_below = has_no_star && text.strip_prefix(&pattern).is_some_and(|rest| rest.starts_with('/'));
            let expected = is_below || matches_slowly(&pattern, &text, true);
            prop_assert_eq!(Pattern::for_changed_path(&pattern).matches(&text), expected);
        }

        #[test]
        fn a_covering_pattern_matches_whatever_the_other_does(
            a in "[ab/*]{0,4}", b in "[ab/*]{0,4}", text in "[ab/]{0,5}", is_changed: bool,
        ) {
            let of = if is_changed { Pattern::for_changed_path } else { Pattern::for_path };
            let (a, b) = (of(&a), of(&b));
            prop_assert!(!(a.covers(&b) && b.matches(&text)) || a.matches(&text), "{:?} {:?} {}", a, b, text);
        }
    }
}
