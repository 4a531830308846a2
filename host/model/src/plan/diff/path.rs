//! The path of a difference.

use std::fmt;

use serde::{Serialize, Serializer};

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
                Step::Order => f.write_str(" (order)")?,
            }
        }
        Ok(())
    }
}

fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Serialize for ChangePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
