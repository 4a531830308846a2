//! Secrets inside of texts: passwords in URLs and in parameters, tokens, and private keys.

use std::ops::Range;

use super::command::find_in_commands;
use super::header::{find_credentials, header, header_value, is_header};
use super::{MASK, MIN_MASKED_LEN, is_secret_name, is_trivial};

/// The beginnings of tokens that are recognized anywhere, from the documentation of their issuers: GitHub, GitLab,
/// Slack, Stripe and npm.
const TOKENS: [&str; 13] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "sk_live_",
    "rk_live_",
    "npm_",
];

/// The minimum length of such a token, in bytes.
const MIN_TOKEN_LEN: usize = 20;

/// The secrets in a text, in the order of their kinds.
pub(super) fn find_in_text(text: &str) -> Vec<&str> {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return vec![text];
    }
    let mut found = Vec::new();
    found.extend(
        text.match_indices("://").filter_map(|(at, mark)| url_password(text.get(at + mark.len()..)?)),
    );
    found.extend(
        text.match_indices('=').filter_map(|(at, _)| parameter(text, at).or_else(|| header(text, at))),
    );
    found.extend(
        text.match_indices(':').filter_map(|(at, _)| json_member(text, at).or_else(|| header(text, at))),
    );
    found.extend(find_credentials(text));
    found.extend(find_in_commands(text));
    found.extend(
        text.match_indices(WEBHOOKS).filter_map(|(at, mark)| first_word(text.get(at + mark.len()..)?)),
    );
    found.extend(words(text).filter(|word| is_token(word)));
    found.extend(text.match_indices("eyJ").filter_map(|(at, _)| json_web_token(text.get(at..)?)));
    found
}

/// Where the webhooks of Slack are, before their secret.
const WEBHOOKS: &str = "hooks.slack.com/services/";

/// The text up to the first character that ends a word in a command line.
fn first_word(text: &str) -> Option<&str> {
    let word = text.split(|c: char| c.is_whitespace() || "\"'`,;)]}<>".contains(c)).next()?;
    Some(word).filter(|word| !is_trivial(word))
}

/// The value of a member of a JSON object that is named like a secret, as in `{"password": "…"}`. The character at `at`
/// is the `:`.
fn json_member(text: &str, at: usize) -> Option<&str> {
    let name = text.get(..at)?.trim_end().strip_suffix('"')?;
    let (_, name) = name.rsplit_once('"')?;
    let value = text.get(at + 1..)?.trim_start().strip_prefix('"')?;
    let (value, _) = value.split_once('"')?;
    if is_header(name) {
        return header_value(value);
    }
    Some(value).filter(|value| is_secret_name(name) && !is_trivial(value))
}

/// A JSON web token at the beginning of a text: three parts in base64, of which the first two are JSON.
fn json_web_token(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c)).unwrap_or(text.len());
    let token = text.get(..end)?.trim_end_matches('.');
    let mut parts = token.split('.');
    let is_jwt = parts.next().is_some_and(|part| part.len() > 8)
        && parts.next().is_some_and(|part| part.starts_with("eyJ"))
        && parts.next().is_some_and(|part| part.len() > 8);
    is_jwt.then_some(token)
}

/// A text without the secrets in it.
#[must_use]
pub fn redact_text(text: &str) -> String {
    mask_parts(text, find_in_text(text))
}

/// Where a part of a text is in it.
pub(super) fn range_of(text: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    Some(start..start + part.len()).filter(|range| text.get(range.clone()) == Some(part))
}

/// A text in which its parts are masked: each where it is, and one that is too long to occur elsewhere by chance in every
/// place.
pub(super) fn mask_parts<'t>(text: &'t str, parts: impl IntoIterator<Item = &'t str>) -> String {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        ranges.extend(range_of(text, part));
        if part.len() >= MIN_MASKED_LEN {
            ranges.extend(text.match_indices(part).map(|(start, _)| start..start + part.len()));
        }
    }
    ranges.sort_by_key(|range| range.start);
    let (mut masked, mut end) = (String::new(), 0);
    for range in ranges {
        if range.start >= end {
            masked.push_str(text.get(end..range.start).unwrap_or_default());
            masked.push_str(MASK);
        }
        end = end.max(range.end);
    }
    masked.push_str(text.get(end..).unwrap_or_default());
    masked
}

/// The password of a URL, of which `rest` is what follows `://`.
fn url_password(rest: &str) -> Option<&str> {
    let is_outside = |c: char| c.is_whitespace() || "\"'<>`".contains(c);
    let url = rest.get(..rest.find(is_outside).unwrap_or(rest.len()))?;
    let authority = url.get(..url.find(['/', '?', '#']).unwrap_or(url.len()))?;
    let user = match authority.rsplit_once('@') {
        Some((user, _)) => user,
        // A password with a `/` that is not escaped; after the colon of a host is its port.
        None => {
            let (_, after) = authority.split_once(':')?;
            let is_port = after.bytes().all(|b| b.is_ascii_digit());
            url.rsplit_once('@').filter(|_| !is_port)?.0
        }
    };
    let (_, password) = user.split_once(':')?;
    Some(password).filter(|password| !is_trivial(password))
}

/// The value of a parameter that is named like a secret, as in `?token=…`, `Password=…;` and `--api-key=…`. The
/// character at `at` is the `=`.
fn parameter(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let start = before.trim_end_matches(is_name).len();
    before.get(start..).filter(|name| is_secret_name(name))?;
    let rest = text.get(at + 1..)?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = match quote {
        Some(quote) => rest.get(1..)?.split(quote).next()?,
        None => rest.split(|c: char| c.is_whitespace() || "&;,\"'`)]}".contains(c)).next()?,
    };
    Some(value).filter(|value| !is_trivial(value))
}

/// The parts of a text between the characters that no token contains.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    // An option begins with hyphens.
    words.map(|word| word.trim_start_matches('-'))
}

fn is_token(word: &str) -> bool {
    word.len() >= MIN_TOKEN_LEN && TOKENS.iter().any(|start| word.starts_with(start))
}
