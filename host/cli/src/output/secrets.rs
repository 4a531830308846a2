//! Masks secrets in everything that the host writes.

use model::Environment;
use model::secret::{MASK, MIN_GRANTED_LEN, MIN_MASKED_LEN, secret_parts};
use model::text::TRUNCATION_MARK;

use super::secret_forms::forms;

/// The minimum length, in bytes, of a secret that is printed in several lines, as PEM does after 64 characters.
const MIN_WRAPPED_LEN: usize = 64;

/// The minimum length, in bytes, of a piece of such a secret that is recognized without the rest.
const MIN_PIECE_LEN: usize = 24;

/// The values that are masked in all output.
#[derive(Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// The secrets in all environment variables.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        let mut secrets = Self::default();
        secrets.add(environment.secret_parts());
        // The output of docker is decoded in the same way.
        secrets.add(environment.undecodable().flat_map(|(name, value)| secret_parts(name, value)));
        secrets.add_from(environment.build_secrets().map(|(_, value)| value), MIN_GRANTED_LEN);
        secrets
    }

    /// Adds secrets in every form in which they can be printed.
    pub(crate) fn add(&mut self, secrets: impl IntoIterator<Item = impl AsRef<str>>) {
        self.add_from(secrets, MIN_MASKED_LEN);
    }

    /// Adds secrets of at least `min_len` bytes.
    fn add_from(&mut self, secrets: impl IntoIterator<Item = impl AsRef<str>>, min_len: usize) {
        self.0.extend(secrets.into_iter().flat_map(|secret| forms(secret.as_ref(), min_len)));
        // A secret that contains another one is masked first.
        self.0.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        self.0.dedup();
    }

    /// Replaces every secret in a string by `***`.
    pub(crate) fn mask(&self, text: &str) -> String {
        let whole = self.0.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret) { replace(&text, secret) } else { text }
        });
        let whole = self.mask_pieces(whole);
        if whole.contains(TRUNCATION_MARK) { self.mask_truncated(&whole) } else { whole }
    }

    /// The same in a text in which whatever comes from outside is escaped. `escape` does not depend on what follows a text.
    pub(crate) fn mask_escaped(&self, text: &str, escape: fn(&str) -> String) -> String {
        let masked = self.0.iter().fold(text.to_owned(), |text, secret| {
            // What is escaped only at the start of a text is not the start of this one.
            let escaped = escape(&format!("x{secret}"));
            escaped.strip_prefix('x').map_or_else(|| text.clone(), |escaped| replace(&text, escaped))
        });
        self.mask(&masked)
    }

    /// Replaces the pieces of long secrets that are printed in several lines by `***`.
    fn mask_pieces(&self, text: String) -> String {
        // The longest is first.
        let long = || self.0.iter().take_while(|secret| secret.len() >= MIN_WRAPPED_LEN);
        if long().next().is_none() {
            return text;
        }
        let is_outside = |c: char| !c.is_ascii_alphanumeric() && !"+/=_-".contains(c);
        let words = text.split(is_outside).filter(|word| word.len() >= MIN_PIECE_LEN);
        let pieces: Vec<&str> = words.filter(|word| long().any(|secret| secret.contains(*word))).collect();
        pieces.into_iter().fold(text.clone(), |text, piece| text.replace(piece, MASK))
    }

    /// Replaces the prefix of a secret before each [`TRUNCATION_MARK`] by `***`.
    fn mask_truncated(&self, text: &str) -> String {
        let mask = |part: &str| {
            let found = self.0.iter().flat_map(|secret| prefixes(secret)).find_map(|p| part.strip_suffix(p));
            found.map_or_else(|| part.to_owned(), |before| format!("{before}{MASK}"))
        };
        let Some((before, last)) = text.rsplit_once(TRUNCATION_MARK) else { return text.to_owned() };
        let mut parts: Vec<String> = before.split(TRUNCATION_MARK).map(mask).collect();
        parts.push(last.to_owned());
        parts.join(TRUNCATION_MARK)
    }
}

/// Replaces a secret by `***`. One of digits only is replaced where it is a whole number: `12345678` would otherwise hide
/// a part of the account `123456789012` in the name of every repository.
fn replace(text: &str, secret: &str) -> String {
    if !secret.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.replace(secret, MASK);
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        masked.push_str(before);
        masked.push_str(if number == secret { MASK } else { number });
        rest = after;
    }
    masked.push_str(rest);
    masked
}

/// The proper prefixes of a secret that are long enough to be masked, longest first.
fn prefixes(secret: &str) -> impl Iterator<Item = &str> {
    let ends = secret.char_indices().rev().map(|(end, _)| end).filter(|end| *end >= MIN_MASKED_LEN);
    ends.filter_map(|end| secret.get(..end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use model::text::{command_line, printable};

    #[test]
    fn masks_a_secret_in_text_and_in_json() {
        let environment =
            [("DB_PASSWORD", "hunter2\"hunter2"), ("AWS_REGION", "eu-central-1"), ("PIN_TOKEN", "12")];
        let secrets = Secrets::from_environment(&environment.into_iter().collect());
        assert_eq!(secrets.mask("x hunter2\"hunter2 12 eu-central-1"), "x *** 12 eu-central-1");
        assert_eq!(secrets.mask(r#"{"a":"hunter2\"hunter2"}"#), r#"{"a":"***"}"#);
    }

    #[test]
    fn masks_a_short_value_that_is_granted_to_builds() {
        let variables = [("PLAINVAR", "hunter2"), ("FLAG", "abc"), ("PIN", "4711"), ("NPM_TOKEN", "hunter3")];
        let environment: Environment = variables.into_iter().collect();
        let granted = ["PLAINVAR", "FLAG", "PIN"].map(str::to_owned);
        let secrets = Secrets::from_environment(&environment.with_build_secrets(granted));
        assert_eq!(secrets.mask("xhunter2x abc 4711 47110 hunter3"), "x***x abc *** 47110 hunter3");
        assert_eq!(secrets.mask(&STANDARD.encode("hunter2")), "***");
        assert_eq!(secrets.mask(&STANDARD.encode("u:hunter2\n")).matches("***").count(), 1);
    }

    #[test]
    fn masks_a_secret_that_is_escaped_for_markdown() {
        let environment = Environment::from_iter([("DB_PASSWORD", "hunter_2#hunter@2")]);
        let secrets = Secrets::from_environment(&environment);
        let escape = crate::output::markdown::escape;
        let text = escape("with hunter_2#hunter@2 in it");
        assert_eq!(secrets.mask_escaped(&text, escape), "with *** in it");
    }

    #[test]
    fn masks_digits_as_a_whole_number_only() {
        let secrets = Secrets::from_environment(&Environment::from_iter([("DB_PASSWORD", "12345678")]));
        let repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web";
        assert_eq!(secrets.mask(repository), repository);
        assert_eq!(
            secrets.mask("password=12345678;1234567812345678 x12345678y"),
            "password=***;1234567812345678 x***y"
        );
    }

    #[test]
    fn masks_a_secret_in_every_escaped_form() {
        for secret in ["it's a secret", "##vso[hunter2]", "a ::hunter2\u{202e}", "tab\thunter2\\"] {
            let secrets = Secrets::from_environment(&Environment::from_iter([("DB_PASSWORD", secret)]));
            for printed in [
                printable(secret),
                command_line(["run", &format!("--password={secret}")]),
                format!("`{}` is no tag", printable(&secret.escape_debug().to_string())),
                serde_json::json!({"commands": [command_line([secret])]}).to_string(),
                printable(&serde_json::json!({"value": secret}).to_string()),
            ] {
                let masked = secrets.mask(&printed);
                assert!(masked.contains("***") && !masked.contains("hunter2"), "{masked}");
                assert!(!masked.contains("secret"), "{masked}");
            }
        }
    }

    #[test]
    fn masks_a_truncated_secret() {
        let secrets =
            Secrets::from_environment(&Environment::from_iter([("DB_PASSWORD", "hunter2-hunter2")]));
        assert_eq!(secrets.mask("a hunter2-hun … (cut) b hunter2-h"), "a *** … (cut) b hunter2-h");
        assert_eq!(secrets.mask("hunter2 … (cut)\nhunter2-hunter2 … (cut)"), "hunter2 … (cut)\n*** … (cut)");
    }

    #[test]
    fn masks_a_secret_that_is_encoded() {
        let secret = "h\u{fc}nter2?>~/hunter2";
        let secrets = Secrets::from_environment(&Environment::from_iter([("DB_PASSWORD", secret)]));
        for user in ["", "a", "ab", "AWS:"] {
            for suffix in ["", "\n", "xy"] {
                let pair = format!("{user}{secret}{suffix}");
                for encoded in [STANDARD.encode(&pair), URL_SAFE_NO_PAD.encode(&pair)] {
                    let masked = secrets.mask(&format!("auth {encoded} end"));
                    assert!(masked.contains("***") && masked.len() < 35, "{encoded}: {masked}");
                }
            }
        }
        for encoded in [
            "h%C3%BCnter2%3F%3E~%2Fhunter2",
            "h%c3%bcnter2%3f%3e~%2fhunter2",
            "h%C3%BCnter2%3F%3E%7E%2Fhunter2",
            "h%C3%BCnter2?%3E~/hunter2",
        ] {
            assert_eq!(secrets.mask(encoded), "***", "{encoded}");
        }
    }

    #[test]
    fn masks_a_password_in_a_url_alone_and_decoded() {
        let url = "postgres://app:hunter2%2Fhunter2@db/app";
        let secrets = Secrets::from_environment(&Environment::from_iter([("DATABASE_URL", url)]));
        assert_eq!(secrets.mask(&format!("{url} hunter2/hunter2")), "postgres://app:***@db/app ***");
    }

    #[test]
    fn masks_the_lines_of_a_long_secret() {
        let secret = "0123456789abcdef".repeat(12);
        let secrets = Secrets::from_environment(&Environment::from_iter([("DB_PASSWORD", secret.as_str())]));
        let encoded = STANDARD.encode(&secret);
        for line in encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()) {
            assert_eq!(secrets.mask(&format!("#7 0.1 {line}")), "#7 0.1 ***", "{line}");
        }
        let digest = format!("sha256:{}", "d".repeat(64));
        assert_eq!(secrets.mask(&digest), digest);
    }

    #[test]
    fn the_folders_and_switches_of_a_job_are_not_masked() {
        let environment = [
            ("PWD", "/simple-todo"),
            ("HOME", "/home/simple-todo-user"),
            ("SSH_AUTH_SOCK", "/home/simple-todo-user/agent"),
            ("DEPLOY_KEY", "/home/simple-todo-user/key"),
            ("ENABLE_AUTH", "true"),
            ("CACHE_KEY", "v1-dependencies"),
        ];
        let secrets = Secrets::from_environment(&environment.into_iter().collect());
        for text in environment.map(|(_, value)| value) {
            assert_eq!(secrets.mask(text), text);
        }
    }
}
