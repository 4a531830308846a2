//! An arbitrary answer of a policy. Most of its parts are valid, so that some answers pass every check.

mod images;
mod targets;

use images::Image;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use sandbox::fuzzing::types;
use targets::Target;

use crate::text::Text;

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
