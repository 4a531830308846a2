//! Which environment variables contain secrets.

/// Whether a variable's name is that of a secret, such as `NPM_TOKEN`. The rule is broad on
/// purpose: the operator can allow a variable by its name.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 6] = ["SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "TOKEN"];
    const WORDS: [&str; 10] =
        ["PASS", "PWD", "KEY", "KEYS", "APIKEY", "AUTH", "PAT", "DSN", "CREDS", "PRIVATE"];
    let name = name.to_ascii_uppercase();
    PARTS.iter().any(|part| name.contains(part)) || name.split('_').any(|word| WORDS.contains(&word))
}
