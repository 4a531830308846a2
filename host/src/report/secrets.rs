//! Keeping secrets out of everything that is written.

use crate::ci::Environment;
use crate::policy::settings::looks_secret;

/// The shortest value that is hidden: a shorter one would hide half the text.
const SHORTEST: usize = 8;

/// The values that no output may hold.
#[derive(Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// The values of all variables whose names look like a secret's.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        let mut secrets = Vec::new();
        let values = environment.iter().filter(|(name, _)| looks_secret(name)).map(|(_, value)| value);
        // Output comes line by line, and so does a key of several lines.
        for line in values.flat_map(str::lines).map(str::trim).filter(|line| line.len() >= SHORTEST) {
            // As it stands in text, and as it stands in JSON.
            let escaped = serde_json::Value::from(line).to_string();
            secrets.push(line.to_owned());
            secrets.push(escaped.trim_matches('"').to_owned());
        }
        // A secret that holds another one goes first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self(secrets)
    }

    /// The text with three asterisks in place of every secret.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret) { text.replace(secret, "***") } else { text }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_text_and_in_json() {
        let environment =
            [("DB_PASSWORD", "hunter2\"hunter2"), ("AWS_REGION", "eu-central-1"), ("PIN_TOKEN", "12")];
        let secrets = Secrets::of(&environment.into_iter().collect());
        assert_eq!(secrets.hide("x hunter2\"hunter2 12 eu-central-1"), "x *** 12 eu-central-1");
        assert_eq!(secrets.hide(r#"{"a":"hunter2\"hunter2"}"#), r#"{"a":"***"}"#);
    }
}
