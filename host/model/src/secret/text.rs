//! Secrets inside of texts: passwords in URLs, in parameters and in options, tokens, and private keys.

use super::{MASK, is_secret_name, is_trivial};

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
    found.extend(text.match_indices('=').filter_map(|(at, _)| parameter(text, at)));
    found.extend(words(text).filter(|word| is_token(word)));
    found
}

/// A text without the secrets in it.
#[must_use]
pub fn redact_text(text: &str) -> String {
    find_in_text(text).into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
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
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
}

fn is_token(word: &str) -> bool {
    word.len() >= MIN_TOKEN_LEN && TOKENS.iter().any(|start| word.starts_with(start))
}
