//! Masks secrets in everything that the host writes.

use model::Environment;
use model::secret::is_secret_name;
use model::text::{TRUNCATION_MARK, escape_single_quotes, printable};

/// The minimum length, in bytes, of a masked value. Shorter values occur in unrelated text.
const MIN_SECRET_LEN: usize = 8;

/// The values that are masked in all output.
#[derive(Default)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// The values of all environment variables that are named like a secret.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        let mut secrets = Vec::new();
        let values = environment.iter().filter(|(name, _)| is_secret_name(name)).map(|(_, value)| value);
        // Output is masked line by line, so that the lines of a key are masked separately.
        for line in values.flat_map(str::lines).map(str::trim).filter(|line| line.len() >= MIN_SECRET_LEN) {
            secrets.extend(escaped_forms(line));
        }
        // A secret that contains another one is masked first.
        secrets.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        secrets.dedup();
        Self(secrets)
    }

    /// Replaces every secret in a string by `***`.
    pub(crate) fn mask(&self, text: &str) -> String {
        let whole = self.0.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret) { text.replace(secret, "***") } else { text }
        });
        if whole.contains(TRUNCATION_MARK) { self.mask_truncated(&whole) } else { whole }
    }

    /// Replaces the prefix of a secret before each [`TRUNCATION_MARK`] by `***`.
    fn mask_truncated(&self, text: &str) -> String {
        let mask = |part: &str| {
            let found = self.0.iter().flat_map(|secret| prefixes(secret)).find_map(|p| part.strip_suffix(p));
            found.map_or_else(|| part.to_owned(), |before| format!("{before}***"))
        };
        let Some((before, last)) = text.rsplit_once(TRUNCATION_MARK) else { return text.to_owned() };
        let mut parts: Vec<String> = before.split(TRUNCATION_MARK).map(mask).collect();
        parts.push(last.to_owned());
        parts.join(TRUNCATION_MARK)
    }
}

/// The proper prefixes of a secret that are long enough to be masked, longest first.
fn prefixes(secret: &str) -> impl Iterator<Item = &str> {
    let ends = secret.char_indices().rev().map(|(end, _)| end).filter(|end| *end >= MIN_SECRET_LEN);
    ends.filter_map(|end| secret.get(..end))
}

/// A line of a secret in every form in which it can be printed: unchanged, quoted for a shell, escaped by `Debug` as in
/// an invalid name, escaped in JSON, and with its invisible characters escaped.
fn escaped_forms(line: &str) -> Vec<String> {
    let json = |text: &str| {
        let whole = serde_json::Value::from(text).to_string();
        let inner = whole.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inner.unwrap_or_default().to_owned()
    };
    let mut forms = vec![line.to_owned(), escape_single_quotes(line), line.escape_debug().to_string()];
    for form in [json as fn(&str) -> String, printable, json] {
        let more: Vec<String> = forms.iter().map(|text| form(text)).collect();
        forms.extend(more);
        forms.sort_unstable();
        forms.dedup();
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::text::command_line;

    #[test]
    fn masks_a_secret_in_text_and_in_json() {
        let environment =
            [("DB_PASSWORD", "hunter2\"hunter2"), ("AWS_REGION", "eu-central-1"), ("PIN_TOKEN", "12")];
        let secrets = Secrets::from_environment(&environment.into_iter().collect());
        assert_eq!(secrets.mask("x hunter2\"hunter2 12 eu-central-1"), "x *** 12 eu-central-1");
        assert_eq!(secrets.mask(r#"{"a":"hunter2\"hunter2"}"#), r#"{"a":"***"}"#);
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
}
