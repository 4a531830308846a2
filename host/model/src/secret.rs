//! Which variables hold secrets.

/// Whether a variable's name looks like a secret's. Better one too many: the
/// operator can allow it by name.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 6] = ["SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "TOKEN"];
    const WORDS: [&str; 10] =
        ["PASS", "PWD", "KEY", "KEYS", "APIKEY", "AUTH", "PAT", "DSN", "CREDS", "PRIVATE"];
    let name = name.to_ascii_uppercase();
    PARTS.iter().any(|part| name.contains(part)) || name.split('_').any(|word| WORDS.contains(&word))
}
