//! The conversion of a policy's images and targets to a deployment, which checks every name.

use std::collections::BTreeSet;

use super::types;
use crate::problem::Problem;
use model::decision::{Deployment, Image, Target};
use model::names::{InvalidName, parse_variable_name};
use model::text::{abbreviate, printable};

/// Converts a policy's images and targets.
///
/// # Errors
/// Every problem of the answer, so that the policy's author sees all of them at once.
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets call it"))]
pub fn to_deployment(
    images: Vec<types::Image>,
    targets: Vec<types::Target>,
) -> Result<Deployment, Vec<Problem>> {
    let mut converter = Converter::default();
    let images: Vec<Image> = images.into_iter().filter_map(|image| converter.image(image)).collect();
    let names: BTreeSet<&str> = images.iter().map(|image| image.name.as_str()).collect();
    if names.len() < images.len() {
        converter.report("images: two have the same name; rename one of them");
    }
    let is_complete = converter.problems.is_empty();
    if targets.is_empty() && is_complete {
        match images.iter().find(|image| !image.publish_only) {
            Some(image) => converter.report(format!(
                "targets: the list is empty, and image `{}` is not `publish-only`; return a target that runs it, or \
                 publish it only",
                image.name
            )),
            None if images.is_empty() => converter.report(
                "images and targets: both lists are empty; return `skip` if the build deploys nothing",
            ),
            None => {}
        }
    }
    let targets: Vec<Target> = targets
        .into_iter()
        .filter_map(|target| converter.target(target, is_complete.then_some(images.as_slice())))
        .collect();
    converter.check_duplicate_tags(&images);
    converter.check_duplicate_targets(&targets);
    if converter.problems.is_empty() { Ok(Deployment { images, targets }) } else { Err(converter.problems) }
}

/// Converts the parts of an answer, and collects their problems. A part with a problem is `None`. A `subject` is the
/// part that a problem is about, as the problem's text names it.
#[derive(Default)]
struct Converter {
    problems: Vec<Problem>,
}

impl Converter {
    fn report(&mut self, problem: impl Into<String>) {
        self.problems.push(Problem { text: problem.into(), value: None });
    }

    fn report_value(&mut self, problem: String, value: String) {
        self.problems.push(Problem { text: problem, value: Some(value) });
    }

    /// Reports a problem of a subject if there is one. Returns whether there is none.
    fn require(&mut self, subject: &str, is_met: bool, problem: impl FnOnce() -> String) -> bool {
        if !is_met {
            self.report(format!("{subject}: {}", problem()));
        }
        is_met
    }

    fn valid<T>(&mut self, subject: &str, result: Result<T, InvalidName>) -> Option<T> {
        result.map_err(|error| self.report_value(format!("{subject}: {error}"), error.text)).ok()
    }

    /// Every element of a list, if all are valid. Each problem is reported.
    fn all<T, U>(
        &mut self,
        list: Vec<T>,
        mut convert: impl FnMut(&mut Self, T) -> Option<U>,
    ) -> Option<Vec<U>> {
        let converted: Vec<Option<U>> = list.into_iter().map(|element| convert(self, element)).collect();
        converted.into_iter().collect()
    }

    /// A name that only the answer itself refers to.
    fn label(&mut self, subject: &str, name: String) -> Option<String> {
        let valid = !name.is_empty() && name.chars().count() <= 128 && printable(&name) == name;
        if !valid {
            let problem = format!("{subject}: a name is one line of 1 to 128 visible characters");
            self.report_value(problem, name);
            return None;
        }
        Some(name)
    }

    /// A time limit or a size, which is at least 1.
    fn positive(&mut self, subject: &str, what: &str, number: Option<u32>) {
        self.require(subject, number != Some(0), || format!("{what} is 0; return at least 1"));
    }

    /// Environment variables or build arguments, each once.
    fn variables(
        &mut self,
        subject: &str,
        kind: &'static str,
        variables: Vec<types::Setting>,
    ) -> Option<Vec<(String, String)>> {
        self.once(subject, kind, variables.iter().map(|variable| variable.name.as_str()));
        self.all(variables, |this, variable| this.variable(subject, kind, variable))
    }

    /// An environment variable or a build argument.
    fn variable(
        &mut self,
        subject: &str,
        kind: &'static str,
        variable: types::Setting,
    ) -> Option<(String, String)> {
        let name = self.valid(subject, parse_variable_name(kind, &variable.name));
        let value = self.text(subject, kind, &variable.name, variable.value);
        Some((name?, value?))
    }

    /// The value of a variable, an argument or a label: neither a command line nor an environment can contain a NUL
    /// character.
    fn text(&mut self, subject: &str, kind: &str, name: &str, value: String) -> Option<String> {
        let is_text = self.require(subject, !value.contains('\0'), || {
            format!("the value of {kind} `{}` contains a NUL character; remove it", abbreviate(name))
        });
        is_text.then_some(value)
    }

    /// Reports a name that a list has twice.
    fn once<'n>(&mut self, subject: &str, kind: &str, names: impl Iterator<Item = &'n str>) {
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.into_iter().find(|name| !seen.insert(*name)) {
            self.report(format!("{subject}: {kind} `{}` is set twice; set it once", abbreviate(twice)));
        }
    }

    /// The arguments of a command.
    fn command(&mut self, subject: &str, command: &[String]) -> bool {
        let has_arguments = self.require(subject, !command.is_empty(), || {
            "it has no command; return at least one argument".to_owned()
        });
        let is_text = command.iter().all(|argument| !argument.contains('\0'));
        has_arguments
            & self.require(subject, is_text, || "its command contains a NUL character; remove it".to_owned())
    }
}

#[cfg(test)]
mod arbitrary;
mod containers;
mod docker_build;
mod duplicates;
mod images;
mod targets;
#[cfg(test)]
mod tests;
