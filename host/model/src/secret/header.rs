//! Secrets in headers of HTTP, and the credentials that they contain.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{is_reference, is_secret_name, is_trivial};

/// The headers that contain a secret and are not named like one, in lower case.
const HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// The schemes of `Authorization` with one word of credentials, in lower case.
const SCHEMES: [&str; 5] = ["bearer", "basic", "token", "apikey", "splunk"];

/// The minimum length, in bytes, of a word that is a token because it follows `Bearer`.
const MIN_BEARER_LEN: usize = 8;

/// From this length on such a word is a token although it has no digit.
const MIN_LETTERS_LEN: usize = 20;

/// The secret in a header, as in `Authorization: Bearer …` and in `authorization=Bearer …`, which OpenTelemetry uses. The
/// character at `at` is the `:` or the `=`.
pub(super) fn header(text: &str, at: usize) -> Option<&str> {
    let before = text.get(..at)?;
    let start = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-').len();
    let (before, name) = before.split_at_checked(start)?;
    let (is_header, is_named) = (is_header(name), is_named_header(name));
    // The path of an image, such as `team/cookie:latest`, and the ARN of a secret have such a name, too.
    let is_part = before.ends_with(['/', '.', '_', ':']);
    ((is_header || is_named) && !is_part).then_some(())?;
    // The header ends with the quotation marks around it, or with its line.
    let quote = before.chars().next_back().filter(|c| matches!(c, '"' | '\''));
    let mut values = text.get(at..)?.split(|c| c == '\n' || Some(c) == quote);
    let (mark, value) = values.next()?.split_at(1);
    let value = value.trim();
    // A cookie has a name.
    (!name.to_ascii_lowercase().ends_with("cookie") || value.contains('=')).then_some(())?;
    match (mark, is_header) {
        ("=", _) => header_value(first_of(value)),
        (_, true) => header_value(value),
        // A token has no blank.
        (_, false) => value.split_whitespace().next().filter(|token| !is_trivial(token)),
    }
}

/// Whether a header contains a secret, although it is not named like one.
pub(super) fn is_header(name: &str) -> bool {
    HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header))
}

/// Whether a header is named like a secret: `X-Vault-Token` and its like, and those of some services. Any other name with a
/// colon may be that of an image or of a program: `reset-password:latest`.
fn is_named_header(name: &str) -> bool {
    const NAMES: [&str; 5] = ["api-key", "dd-api-key", "private-token", "job-token", "deploy-token"];
    let is_extension = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("x-"));
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) || is_extension && is_secret_name(name)
}

/// The start of a value that is one of several, as in `authorization=Bearer abc,tenant=1`.
fn first_of(value: &str) -> &str {
    value.split([',', ';']).next().unwrap_or_default()
}

/// The secret in the value of a header: what follows the scheme, or the whole value. Of a sentence, as in a log, it is the
/// first word.
pub(super) fn header_value(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        // The scheme shows that the word is a secret, however short it is.
        return Some(credentials(rest)).filter(|word| !word.is_empty() && !is_reference(word));
    }
    let is_whole = value.contains('=') || value.split_whitespace().count() <= 2;
    Some(if is_whole { value } else { credentials(value) }).filter(|value| !is_trivial(value))
}

/// The credentials after the name of a scheme without a header, as in a variable: those of `Basic` if they are
/// `user:password` in base64, and those of `Bearer` if they do not look like a word.
pub(super) fn find_credentials(text: &str) -> impl Iterator<Item = &str> {
    let is_start = |at: usize| text.get(..at).is_some_and(|before| !before.ends_with(char::is_alphanumeric));
    let schemes = ["Basic ", "basic ", "Bearer ", "bearer "];
    let found = schemes.into_iter().flat_map(|scheme| text.match_indices(scheme));
    found.filter(move |(at, _)| is_start(*at)).filter_map(|(at, scheme)| {
        let rest = text.get(at + scheme.len()..)?;
        let word = credentials(rest);
        let is_secret = if scheme.eq_ignore_ascii_case("basic ") {
            STANDARD.decode(word).is_ok_and(|pair| is_user_and_password(&pair))
        } else {
            let is_alone = at == 0 && word.len() == rest.len() && scheme.starts_with('B');
            is_token(word) || is_alone && !WORDS.contains(&word.to_ascii_lowercase().as_str())
        };
        Some(word).filter(|word| is_secret && !word.is_empty() && !is_reference(word))
    })
}

/// What follows `Bearer` in a name or a sentence.
const WORDS: [&str; 6] = ["auth", "authentication", "authorization", "scheme", "token", "tokens"];

fn is_token(word: &str) -> bool {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    word.len() >= MIN_LETTERS_LEN || word.len() >= MIN_BEARER_LEN && has_digit
}

fn is_user_and_password(pair: &[u8]) -> bool {
    pair.contains(&b':') && std::str::from_utf8(pair).is_ok_and(|pair| !pair.contains(char::is_control))
}

/// The characters of credentials at the start of a text (`token68` of RFC 9110, section 11.2), and those of a reference.
fn credentials(text: &str) -> &str {
    let text = text.trim_start();
    let is_outside = |c: char| !c.is_ascii_alphanumeric() && !"-._~+/=$%{}*:<>".contains(c);
    text.split(is_outside).next().unwrap_or_default()
}
