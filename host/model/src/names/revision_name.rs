//! A revision of a task definition as a person names it.

use std::fmt;

use super::arn::parse_number;
use super::{InvalidName, TaskDefinitionArn, parse_ecs_name};

/// A revision by its number, as `family:number`, or by its ARN.
///
/// ```
/// use ecs_host_model::names::{RevisionName, TaskDefinitionArn};
///
/// let current = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:9";
/// let current = TaskDefinitionArn::parse(current)?;
/// let resolve = |text: &str| RevisionName::parse(text).ok()?.resolve(&current);
/// assert_eq!(resolve("7"), Some(current.with_number(7)));
/// assert_eq!(resolve("web:7"), resolve("7"));
/// assert_eq!(resolve("api:7"), None);
/// # Ok::<(), ecs_host_model::names::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevisionName {
    /// `7`.
    Number(u32),
    /// `web:7`.
    Revision {
        /// The family.
        family: String,
        /// The number within the family.
        number: u32,
    },
    /// `arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7`.
    Arn(TaskDefinitionArn),
}

impl RevisionName {
    /// Parses any of the three forms.
    ///
    /// # Errors
    /// [`InvalidName`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let rule = "expected a number from 1 such as `7`, `family:7`, or an ARN";
        let invalid = || InvalidName::new("task definition revision", text, rule);
        if text.starts_with("arn:") {
            return TaskDefinitionArn::parse(text).map(Self::Arn).map_err(|_| invalid());
        }
        let (family, number) = match text.split_once(':') {
            Some((family, number)) => (Some(family), number),
            None => (None, text),
        };
        let number = parse_number(number).ok_or_else(invalid)?;
        match family {
            Some(family) => {
                Ok(Self::Revision { family: parse_ecs_name("task definition family", family)?, number })
            }
            None => Ok(Self::Number(number)),
        }
    }

    /// The ARN of this revision in the family, region and account of `current`; `None` if this
    /// names another family, region or account.
    #[must_use]
    pub fn resolve(&self, current: &TaskDefinitionArn) -> Option<TaskDefinitionArn> {
        match self {
            Self::Number(number) => Some(current.with_number(*number)),
            Self::Revision { family, number } => {
                (family == current.family()).then(|| current.with_number(*number))
            }
            Self::Arn(arn) => arn.compare_revisions(current).map(|_| arn.clone()),
        }
    }
}

impl fmt::Display for RevisionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Revision { family, number } => write!(f, "{family}:{number}"),
            Self::Arn(arn) => arn.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_needs_a_number_from_1() {
        let arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7";
        for good in ["7", "web:7", arn] {
            assert_eq!(RevisionName::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "0",
            "-1",
            "+1",
            "web",
            "web:",
            "web:x",
            "a b:1",
            "x/web:1",
            "web:4294967296",
            "arn:aws:ecs:eu-west-1:123456789012:task-definition/web",
            "arn:aws:ecs:eu-west-1:1:task/web:1",
            "arn:a\nb:ecs:eu-west-1:1:task-definition/web:1",
        ] {
            assert!(RevisionName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_arn_of_another_region_does_not_resolve() {
        let [named, current] = ["eu-west-1", "us-east-1"]
            .map(|region| format!("arn:aws:ecs:{region}:123456789012:task-definition/web:7"));
        let current = TaskDefinitionArn::parse(&current).unwrap();
        assert_eq!(RevisionName::parse(&named).unwrap().resolve(&current), None);
    }
}
