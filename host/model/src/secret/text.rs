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
    found.extend(
        text.match_indices(':').filter_map(|(at, _)| json_member(text, at).or_else(|| header(text, at))),
    );
    found.extend(text.match_indices("--").filter_map(|(at, mark)| option(text.get(at + mark.len()..)?)));
    found.extend(
        text.match_indices(WEBHOOKS).filter_map(|(at, mark)| first_word(text.get(at + mark.len()..)?)),
    );
    found.extend(words(text).filter(|word| is_token(word)));
    found.extend(text.match_indices("eyJ").filter_map(|(at, _)| json_web_token(text.get(at..)?)));
    found
}

/// Where the webhooks of Slack are, before their secret.
const WEBHOOKS: &str = "hooks.slack.com/services/";

/// The headers of HTTP that contain a secret, in lower case.
const HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "x-api-key", "x-auth-token", "private-token", "cookie"];

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
    Some(value).filter(|value| is_secret_name(name) && !is_trivial(value))
}

/// The secret in a header of HTTP, as in `Authorization: Bearer …`. The character at `at` is the `:`.
fn header(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let name =
        before.get(before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-').len()..)?;
    HEADERS.contains(&name.to_ascii_lowercase().as_str()).then_some(())?;
    let value = text.get(at + 1..)?.trim_start();
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    let is_scheme = ["bearer", "basic", "token", "digest"].contains(&scheme.to_ascii_lowercase().as_str());
    first_word(if is_scheme { rest } else { value })
}

/// The value of an option that is named like a secret and separated by a space, as in `--password …`. `rest` is what
/// follows the hyphens.
fn option(rest: &str) -> Option<&str> {
    let (name, value) = rest.split_once(' ')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if !is_name || !is_secret_name(name) || value.starts_with('-') {
        return None;
    }
    match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => value.get(1..)?.split(quote).next().filter(|value| !is_trivial(value)),
        None => first_word(value),
    }
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
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    // An option begins with hyphens.
    words.map(|word| word.trim_start_matches('-'))
}

fn is_token(word: &str) -> bool {
    word.len() >= MIN_TOKEN_LEN && TOKENS.iter().any(|start| word.starts_with(start))
}
