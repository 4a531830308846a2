//! The forms of what a trust policy compares claims with. Each keeps a value from matching what others can choose.

use model::text::is_invisible;

/// The form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `OWNER/NAME`.
    Repository,
    /// `GROUP/PROJECT`, of any number of groups.
    ProjectPath,
    /// A branch or a tag, or a pattern of them.
    Pattern,
    /// The same, with no more than one `*` at its end.
    PatternPrefix,
    /// The event of a pull request.
    PullRequest,
    /// The name of an environment. Whoever can start a job can name a new one, so it is no pattern.
    Environment,
    /// A number that a provider assigns.
    Number,
    /// A UUID, in braces or without.
    Uuid,
    /// A name in an address.
    Slug,
    /// A host of HTTPS.
    Host,
}

impl Form {
    /// Checks a value.
    ///
    /// # Errors
    /// What is expected instead, a clause.
    pub(super) fn check(self, value: &str) -> Result<(), &'static str> {
        let is_word = |text: &str| !text.is_empty() && text.chars().all(is_word);
        let parts = value.split('/').count();
        let (is_valid, rule) = match self {
            Self::Repository => (
                parts == 2 && value.split('/').all(is_word),
                "expected its exact name, OWNER/NAME, without `*`",
            ),
            Self::ProjectPath => (
                parts >= 2 && value.split('/').all(is_word),
                "expected its exact path, GROUP/PROJECT, without `*`",
            ),
            Self::Pattern => return check_pattern(value),
            Self::PatternPrefix => {
                check_pattern(value)?;
                let rest = value.find(['*', '?']).and_then(|start| value.get(start..)).unwrap_or("*");
                let rule = "expected a name, or the start of one and `*`: what follows in the subject can be chosen by the \
                            author of a pipeline, and could complete another pattern";
                (rest == "*", rule)
            }
            Self::PullRequest => {
                (value == "pull-request", "expected `pull-request`: subjects contain no other event")
            }
            Self::Environment => (
                is_literal(value) && !value.contains(['*', '?']),
                "expected its exact name, without `*`: a job can name a new environment, which a pattern would match",
            ),
            Self::Number => (
                (1..=20).contains(&value.len())
                    && value.bytes().all(|b| b.is_ascii_digit())
                    && !value.starts_with('0'),
                "expected its numeric ID, such as 1234567",
            ),
            Self::Uuid => (
                uuid(value).is_some(),
                "expected a UUID such as 0123abcd-0123-4567-89ab-0123456789ab, in braces or without",
            ),
            Self::Slug => (is_word(value), "expected its exact name, as in its address, without `*`"),
            Self::Host => (
                value.split('.').all(|label| {
                    !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                }),
                "expected a host, without a scheme, a port and a path",
            ),
        };
        if is_valid { Ok(()) } else { Err(rule) }
    }
}

/// Checks the name of a branch or a tag, or a pattern of them. A pattern that begins with `*` is open to names that
/// anybody chooses who can push.
fn check_pattern(value: &str) -> Result<(), &'static str> {
    let start = value.split(['*', '?']).next().unwrap_or_default();
    if value.starts_with("refs/") {
        return Err("expected a name without `refs/heads/` and `refs/tags/`");
    }
    // A name in git contains none of these characters (`git check-ref-format`), and a colon ends a part of a subject.
    let is_name = is_literal(value) && !value.contains([' ', ':', '~', '^', '\\', '[', '"', '\'']);
    match is_name && start.chars().any(char::is_alphanumeric) {
        true => Ok(()),
        false => Err("expected a name, or a pattern that begins with a part of one, such as `release/*`"),
    }
}

/// Whether IAM takes a text for what it is, but for `*` and `?`: it replaces `${…}` (the IAM user guide, "IAM policy
/// elements: Variables and tags").
fn is_literal(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 255 && !text.contains(is_invisible) && !text.contains("${")
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.-".contains(c)
}

/// A UUID in the form of tokens: in lower case, without braces. `None` for another text.
pub(super) fn uuid(text: &str) -> Option<String> {
    let bare = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let lengths = bare.split('-').map(str::len);
    let is_uuid = lengths.eq([8, 4, 4, 4, 12]) && bare.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    is_uuid.then(|| bare.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_value_of_its_form_is_accepted() {
        let id = "0123abcd-0123-4567-89ab-0123456789ab";
        let (braces, open, close) = (format!("{{{id}}}"), format!("{{{id}"), format!("{id}}}"));
        let doubled = format!("{{{braces}}}");
        for (form, good, bad) in [
            (
                Form::Repository,
                &["acme/todo", "a_b/c.d-e"][..],
                &["acme", "a/b/c", "a//b", "a/*", "a/b@1"][..],
            ),
            (Form::ProjectPath, &["acme/todo", "acme/team/todo"], &["acme", "acme/", "acme/*"]),
            (
                Form::Pattern,
                &["main", "release/*", "v*", "v?.*-rc", "größe"],
                &[
                    "",
                    "*",
                    "*a*",
                    "?ain",
                    "/*",
                    "-*",
                    "a b",
                    "a:b",
                    "refs/heads/main",
                    "${aws:x}",
                    "a\"b",
                    "a\u{202e}",
                ],
            ),
            (Form::PatternPrefix, &["main", "release/*"], &["*", "a*b", "a**", "a?", "a*b*"]),
            (Form::PullRequest, &["pull-request"], &["push"]),
            (Form::Environment, &["production", "eu: production 1"], &["", " ", "a*", "?", "${*}", "a\nb"]),
            (Form::Number, &["1", "84790634"], &["", "0", "01", "1a", "*", "acme", "123456789012345678901"]),
            (Form::Uuid, &[id, &braces], &["", "{}", "a*", "0123", &open, &close, &doubled]),
            (Form::Slug, &["acme-1"], &["", "a*", "a/b", "{a}"]),
            (
                Form::Host,
                &["gitlab.example.com"],
                &["", "gitlab.example.com:8443", "https://a", "a/b", "a..b", "*"],
            ),
        ] {
            for value in good {
                assert_eq!(form.check(value), Ok(()), "{form:?} {value}");
            }
            for value in bad {
                assert!(form.check(value).is_err(), "{form:?} {value}");
            }
        }
        assert_eq!(uuid("{0123ABCD-0123-4567-89AB-0123456789AB}").as_deref(), Some(id));
    }
}
