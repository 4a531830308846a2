//! A text for a field, which is most often valid there.
#![allow(dead_code, reason = "each target uses some of these")]

use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};

/// Texts that are hostile in any field.
const HOSTILE: [&str; 20] = [
    "",
    "--privileged",
    "-",
    "a\nVerdict   web deployed",
    "::error::x",
    "a ::add-mask::x",
    "##vso[task.setvariable variable=a]b",
    "a##[error]b",
    "\u{1b}[2J\u{202e}",
    "a\u{2028}b",
    "../../etc",
    "/etc",
    "https://github.com/x/y",
    "a b",
    "a\0b",
    "=",
    "é",
    "'; rm -rf /; '",
    "arn:aws:ecs:eu-central-1:1\n2:service/production/web",
    "registry.example.com/web:1@sha256:0",
];

/// A text: a valid one for its field, a hostile one, or an arbitrary one.
#[derive(Debug)]
pub struct Text {
    kind: u8,
    any: Option<String>,
}

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let kind = u8::arbitrary(bytes)?;
        Ok(Self { kind, any: (kind >= 230).then(|| String::arbitrary(bytes)).transpose()? })
    }
}

impl Text {
    /// The text for a field with these valid texts.
    pub fn of(&self, valid: &[&str]) -> String {
        let kind = usize::from(self.kind);
        match &self.any {
            Some(any) => any.clone(),
            None if kind >= 200 => HOSTILE[(kind - 200) % HOSTILE.len()].to_owned(),
            None => valid[kind % valid.len()].to_owned(),
        }
    }

    /// A value, which may contain the secret and may be long.
    pub fn value(&self, secret: &str) -> String {
        match (&self.any, self.kind) {
            (None, 0..20) => secret.to_owned(),
            (None, 20..30) => format!("https://user:{secret}@registry.example.com"),
            (None, 30..130) => format!("{}{secret}", "a".repeat(300 + usize::from(self.kind))),
            (None, 130..140) => format!("{}{secret}", "a".repeat(4076 + usize::from(self.kind - 130))),
            _ => self.of(&["1", "production"]),
        }
    }
}
