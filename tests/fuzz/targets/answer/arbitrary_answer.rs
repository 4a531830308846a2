//! An arbitrary answer of a policy. Most of its parts are valid, so that some answers pass every check.

mod images;
mod targets;

use images::Image;
use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use sandbox::fuzzing::types;
use targets::Target;

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

#[derive(Arbitrary, Debug)]
struct Variable {
    name: Text,
    value: Text,
}

/// The images and targets of an answer.
#[derive(Arbitrary, Debug)]
pub struct Answer {
    images: Vec<Image>,
    targets: Vec<Target>,
}

/// The maximum length of a list. Longer lists make a run slower and find no more.
const MAX_ITEMS: usize = 4;

const NAMES: [&str; 3] = ["web", "api", "worker"];
const REPOSITORIES: [&str; 3] = [
    "registry.example.com/web",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/api",
    "127.0.0.1:5000/worker",
];
const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn variables(variables: &[Variable], secret: &str) -> Vec<types::Setting> {
    let setting = |variable: &Variable| types::Setting {
        name: variable.name.of(&["NPM_TOKEN", "VERSION", "MODE"]),
        value: variable.value.value(secret),
    };
    variables.iter().take(MAX_ITEMS).map(setting).collect()
}

/// The texts of a list. The valid ones differ, as most lists require.
fn texts(texts: &[Text], valid: &[&str]) -> Vec<String> {
    let texts = texts.iter().take(MAX_ITEMS).enumerate();
    texts.map(|(number, text)| text.of(&valid[number % valid.len()..])).collect()
}

impl Answer {
    /// The images. Some of them contain the secret.
    pub fn images(&self, secret: &str) -> Vec<types::Image> {
        let images = self.images.iter().take(MAX_ITEMS).enumerate();
        images.map(|(number, image)| image.to_contract(number, secret)).collect()
    }

    /// The targets. Some of them contain the secret.
    pub fn targets(&self, secret: &str) -> Vec<types::Target> {
        let targets = self.targets.iter().take(MAX_ITEMS).enumerate();
        targets.map(|(number, target)| target.to_contract(number, secret)).collect()
    }
}
