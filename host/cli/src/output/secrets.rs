//! Keeping secrets out of everything that is written.

use model::Environment;
use model::secret::is_secret_name;
use model::text::{TRUNCATION_MARK, escape_single_quotes, printable};

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
        let values = environment.iter().filter(|(name, _)| is_secret_name(name)).map(|(_, value)| value);
        // Output comes line by line, and so does a key of several lines.
        for line in values.flat_map(str::lines).map(str::trim).filter(|line| line.len() >= SHORTEST) {
            secrets.extend(written(line));
        }
        // A secret that holds another one goes first.
        secrets.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        secrets.dedup();
        Self(secrets)
    }

    /// The text with three asterisks in place of every secret.
    pub(crate) fn hide(&self, text: &str) -> String {
        let whole = self.0.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret) { text.replace(secret, "***") } else { text }
        });
        if whole.contains(TRUNCATION_MARK) { self.hide_pieces(&whole) } else { whole }
    }

    /// The text without the pieces of secrets that stand before where it was cut.
    fn hide_pieces(&self, text: &str) -> String {
        let hidden = |part: &str| {
            let found = self.0.iter().flat_map(|secret| pieces(secret)).find_map(|p| part.strip_suffix(p));
            found.map_or_else(|| part.to_owned(), |before| format!("{before}***"))
        };
        let Some((before, last)) = text.rsplit_once(TRUNCATION_MARK) else { return text.to_owned() };
        let mut parts: Vec<String> = before.split(TRUNCATION_MARK).map(hidden).collect();
        parts.push(last.to_owned());
        parts.join(TRUNCATION_MARK)
    }
}

/// What a secret begins with, longest first.
fn pieces(secret: &str) -> impl Iterator<Item = &str> {
    let ends = secret.char_indices().rev().map(|(end, _)| end).filter(|end| *end >= SHORTEST);
    ends.filter_map(|end| secret.get(..end))
}

/// A line of a secret in every form in which it may be written: as it is, in a
/// shell's quotes or as a wrong name; in JSON; without what is not seen.
fn written(line: &str) -> Vec<String> {
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
    fn a_secret_is_hidden_in_text_and_in_json() {
        let environment =
            [("DB_PASSWORD", "hunter2\"hunter2"), ("AWS_REGION", "eu-central-1"), ("PIN_TOKEN", "12")];
        let secrets = Secrets::of(&environment.into_iter().collect());
        assert_eq!(secrets.hide("x hunter2\"hunter2 12 eu-central-1"), "x *** 12 eu-central-1");
        assert_eq!(secrets.hide(r#"{"a":"hunter2\"hunter2"}"#), r#"{"a":"***"}"#);
    }

    #[test]
    fn a_secret_is_hidden_in_every_form_in_which_it_is_written() {
        for secret in ["it's a secret", "##vso[hunter2]", "a ::hunter2\u{202e}", "tab\thunter2\\"] {
            let secrets = Secrets::of(&Environment::from_iter([("DB_PASSWORD", secret)]));
            for shown in [
                printable(secret),
                command_line(["run", &format!("--password={secret}")]),
                format!("`{}` is no tag", printable(&secret.escape_debug().to_string())),
                serde_json::json!({"commands": [command_line([secret])]}).to_string(),
                printable(&serde_json::json!({"value": secret}).to_string()),
            ] {
                let hidden = secrets.hide(&shown);
                assert!(hidden.contains("***") && !hidden.contains("hunter2"), "{hidden}");
                assert!(!hidden.contains("secret"), "{hidden}");
            }
        }
    }

    #[test]
    fn a_secret_that_is_cut_is_hidden_all_the_same() {
        let secrets = Secrets::of(&Environment::from_iter([("DB_PASSWORD", "hunter2-hunter2")]));
        assert_eq!(secrets.hide("a hunter2-hun … (cut) b hunter2-h"), "a *** … (cut) b hunter2-h");
        assert_eq!(secrets.hide("hunter2 … (cut)\nhunter2-hunter2 … (cut)"), "hunter2 … (cut)\n*** … (cut)");
    }
}
