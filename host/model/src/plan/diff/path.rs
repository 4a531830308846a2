//! The path of a difference.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A step of a [`ChangePath`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A field of an object.
    Field(String),
    /// An element of a list, by what identifies it. The second element of one name is `NAME #2`.
    Element(String),
    /// An element of a list whose elements have no names, by its position from 0.
    Position(usize),
    /// The order of the elements of a list. It is the last step.
    Order,
}

/// The path of a difference, such as `containerDefinitions[web].image`. As JSON it is that text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangePath(Vec<Step>);

impl ChangePath {
    /// The steps from the root of the document.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The path with this text. A name can contain brackets, so that the steps of some texts are not known: then the text
    /// is one step.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let path = Self(parse_steps(text).unwrap_or_default());
        if path.to_string() == text { path } else { Self(vec![Step::Field(text.to_owned())]) }
    }

    /// A path with one more step.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

impl FromIterator<Step> for ChangePath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

impl fmt::Display for ChangePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if number == 0 => f.write_str(name)?,
                Step::Field(name) if is_word(name) => write!(f, ".{name}")?,
                Step::Field(name) => write!(f, "[{name:?}]")?,
                Step::Element(name) => write!(f, "[{name}]")?,
                Step::Position(position) => write!(f, "[{position}]")?,
                Step::Order => f.write_str(ORDER)?,
            }
        }
        Ok(())
    }
}

const ORDER: &str = " (order)";

fn parse_steps(text: &str) -> Option<Vec<Step>> {
    let end = text.find(['[', '.']).or_else(|| text.find(ORDER)).unwrap_or(text.len());
    let (field, mut rest) = text.split_at_checked(end)?;
    let mut steps = vec![Step::Field(field.to_owned())];
    while !rest.is_empty() {
        let (step, after) = if rest == ORDER {
            (Step::Order, "")
        } else if let Some(field) = rest.strip_prefix('.') {
            let (field, after) =
                field.split_at_checked(field.find(['[', '.', ' ']).unwrap_or(field.len()))?;
            (Step::Field(field.to_owned()), after)
        } else {
            let inner = rest.strip_prefix('[')?;
            let is_end = |at: &usize| {
                let after = inner.get(at + 1..).unwrap_or_default();
                after.is_empty() || after == ORDER || after.starts_with(['[', '.'])
            };
            let end = inner.match_indices(']').map(|(at, _)| at).find(is_end)?;
            let (name, after) = (inner.get(..end)?, inner.get(end + 1..)?);
            let step = if name.starts_with('"') {
                Step::Field(serde_json::from_str(name).ok()?)
            } else if let Ok(position) = name.parse() {
                Step::Position(position)
            } else {
                Step::Element(name.to_owned())
            };
            (step, after)
        };
        steps.push(step);
        rest = after;
    }
    Some(steps)
}

fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl<'de> Deserialize<'de> for ChangePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

impl Serialize for ChangePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_from_its_text_and_an_unclear_text_is_one_step() {
        let path = |steps: &[Step]| ChangePath(steps.to_vec());
        let field = |name: &str| Step::Field(name.to_owned());
        let element = |name: &str| Step::Element(name.to_owned());
        for path in [
            path(&[field("cpu")]),
            path(&[field("containerDefinitions"), element("web"), field("image")]),
            path(&[
                field("containerDefinitions"),
                element("web #2"),
                field("portMappings"),
                element("80/tcp"),
            ]),
            path(&[
                field("containerDefinitions"),
                element("web"),
                field("dockerLabels"),
                field("ecs-host.commit"),
            ]),
            path(&[field("tags"), Step::Order]),
            path(&[field("volumes"), Step::Position(3), Step::Order]),
        ] {
            assert_eq!(ChangePath::parse(&path.to_string()), path);
        }
        for text in ["a[b", "a[]", "a..b", "[0]", "", "a[\"b]", "a[b]c", "a (order).b"] {
            assert_eq!(ChangePath::parse(text).to_string(), text);
        }
    }
}
