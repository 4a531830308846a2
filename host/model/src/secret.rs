//! What is a secret, decided by the name and the value of a variable.
//!
//! A name alone does not decide: `ENABLE_AUTH=true` is no secret, and `DATABASE_URL=postgres://user:password@host`
//! contains one. The rule is broad on purpose: the operator can allow a variable by its name.

mod command;
mod header;
pub mod json;
mod program;
mod shell;
mod text;
mod trivial;

use crate::environment::Environment;

use text::find_in_text;
pub use text::redact_text;
use trivial::{MIN_LEN, is_reference, is_trivial};

/// What replaces a secret in everything that is shown.
pub const MASK: &str = "***";

/// The minimum length, in bytes, of a secret that is masked in unrelated text. Shorter ones occur there by chance.
pub const MIN_MASKED_LEN: usize = 8;

/// The minimum length, in bytes, of the value of a variable that is granted to builds as a secret and is masked. The operator
/// states that it is a secret, so that it is masked where a shorter guess is not. A shorter one would leave no text
/// readable.
pub const MIN_GRANTED_LEN: usize = 4;

/// Whether a variable contains a secret.
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
    let value = value.trim();
    is_secret_name(name) && !is_trivial(value) || !find_in_text(value).is_empty()
}

/// The secret parts of a variable's value: the whole value of a variable that is named like a secret, and the
/// passwords and tokens in any value, such as that in `postgres://user:password@host`. Parts of fewer than 4 bytes are
/// omitted: they occur in every text.
#[must_use]
pub fn secret_parts<'v>(name: &str, value: &'v str) -> Vec<&'v str> {
    let value = value.trim();
    let whole = Some(value).filter(|value| is_secret_name(name) && !is_trivial(value));
    let mut parts = Vec::new();
    for part in whole.into_iter().chain(find_in_text(value)) {
        if part.len() >= MIN_LEN && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// The value of a variable without its secrets.
#[must_use]
pub fn redact(name: &str, value: &str) -> String {
    if is_secret_name(name) && !is_trivial(value.trim()) { MASK.to_owned() } else { redact_text(value) }
}

impl Environment {
    /// Every variable that contains a secret, by name. A path in a folder of the job, such as the home folder, is
    /// none, unless the operator grants it to builds as a secret.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_found = |name: &str, value: &str| is_secret(name, value) && !self.is_path_of_job(value);
        self.iter().filter(move |(name, value)| self.is_build_secret(name) || is_found(name, value))
    }

    /// The variables that the operator grants to builds as secrets, and that are set, each with its value.
    pub fn build_secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(name, _)| self.is_build_secret(name)).map(|(name, value)| (name, value.trim()))
    }

    /// The secret parts of all variables.
    pub fn secret_parts(&self) -> impl Iterator<Item = &str> {
        self.secrets().flat_map(|(name, value)| {
            let whole = self.is_build_secret(name).then_some(value.trim());
            whole.into_iter().chain(secret_parts(name, value))
        })
    }

    /// Whether a value is a path in one of the folders that the environment names.
    #[must_use]
    pub fn is_path_of_job(&self, value: &str) -> bool {
        ["HOME", "PWD", "OLDPWD", "TMPDIR"].into_iter().filter_map(|name| self.get(name)).any(|folder| {
            let folder = folder.trim_end_matches('/');
            let rest = value.strip_prefix(folder).filter(|_| folder.len() > 1 && folder.starts_with('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// Whether a name is that of a secret, such as `NPM_TOKEN`, and not that of something about a secret, such as
/// `TOKEN_URL`.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    /// Parts of a name that make it that of a secret.
    const PARTS: [&str; 5] = ["SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL"];
    /// Words that do.
    const WORDS: [&str; 9] = ["PWD", "KEY", "KEYS", "APIKEY", "AUTH", "PAT", "DSN", "CREDS", "PRIVATE"];
    /// Words that end as `DBPASS` and `storepass` do, and are no password.
    const OTHER_PASSES: [&str; 7] =
        ["BYPASS", "COMPASS", "ENCOMPASS", "OVERPASS", "SURPASS", "TRESPASS", "UNDERPASS"];
    let words = words(name);
    let is_secret_word = |word: &String| {
        PARTS.iter().any(|part| word.contains(part))
            || WORDS.contains(&word.as_str())
            || word.ends_with("PASS") && !OTHER_PASSES.contains(&word.as_str())
            || word.ends_with("TOKEN")
            || word.ends_with("TOKENS")
    };
    words.iter().any(is_secret_word) && !is_public(&words)
}

/// The words of a name, in upper case: those of `npm_config__auth`, of `splunk-token` and of `apiKey`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous = ' ';
    for c in name.chars() {
        let begins_word = previous.is_ascii_lowercase() && c.is_ascii_uppercase();
        if !c.is_ascii_alphanumeric() || begins_word {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphanumeric()) {
            word.push(c.to_ascii_uppercase());
        }
        previous = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the words of a name are those of something public, although one of them names a secret.
fn is_public(words: &[String]) -> bool {
    /// The names of the shell's folders: `PWD` is no password there.
    const SHELL: [&str; 2] = ["PWD", "OLDPWD"];
    /// The first word of a switch, as in `ENABLE_AUTH`.
    const SWITCHES: [&str; 8] = ["ENABLE", "DISABLE", "USE", "HAS", "IS", "REQUIRE", "SKIP", "WITH"];
    /// The last word of what is about a secret, and not the secret itself.
    const ABOUT: [&str; 52] = [
        "AGE",
        "ALG",
        "ALGORITHM",
        "ARN",
        "ARNS",
        "AUDIENCE",
        "COUNT",
        "DAYS",
        "DIR",
        "DIRECTORY",
        "DISABLED",
        "ENABLED",
        "ENDPOINT",
        "EXPIRATION",
        "EXPIRES",
        "EXPIRY",
        "FILE",
        "FOLDER",
        "FORMAT",
        "HEADER",
        "HELPER",
        "HOST",
        "HOURS",
        "ID",
        "IDS",
        "ISSUER",
        "LENGTH",
        "LIMIT",
        "METHOD",
        "MINUTES",
        "MODE",
        "NAME",
        "NAMES",
        "PATH",
        "PATHS",
        "PORT",
        "PREFIX",
        "PROVIDER",
        "REGION",
        "REQUIRED",
        "SECONDS",
        "SIZE",
        "SOCK",
        "SPECS",
        "STORE",
        "TIMEOUT",
        "TTL",
        "TYPE",
        "URI",
        "URL",
        "USER",
        "VERSION",
    ];
    /// Words before `KEY` that make it the key of an entry, and not of a lock.
    const ENTRIES: [&str; 8] =
        ["CACHE", "FOREIGN", "OBJECT", "PARTITION", "PRIMARY", "PROJECT", "SORT", "RESTORE"];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [only] if SHELL.contains(only) => true,
        // A setting of the built-in policy: the rest is the name of a branch, such as `feature/reset-password`.
        ["ECS", "CLUSTER" | "SERVICE", ..] => true,
        // Half of a credential, and the other name of a password of Vault.
        [.., "ACCESS", "KEY", "ID"] | [.., "SECRET", "ID"] => false,
        [.., entry, "KEY" | "KEYS"] if ENTRIES.contains(entry) => true,
        [first, .., last] if SWITCHES.contains(first) || ABOUT.contains(last) => true,
        words => words.iter().any(|word| matches!(*word, "PUBLIC" | "PUBLISHABLE")),
    }
}

#[cfg(test)]
mod tests;
