//! A revision of a task definition, as people name it.

use std::cmp::Ordering;

use super::{InvalidName, Region, ecs_name, is_partition, revision};

/// A revision by its number, as `family:7`, or by its ARN.
///
/// ```
/// use ecs_host::names::RevisionName;
/// let of = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:9";
/// let arn = |text: &str| RevisionName::parse(text).unwrap().beside(of);
/// assert_eq!(arn("7").as_deref(), Some("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7"));
/// assert_eq!(arn("web:7"), arn("7"));
/// assert_eq!(arn("api:7"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionName {
    /// The ARN up to its `/`, where it is named by its ARN.
    place: Option<String>,
    family: Option<String>,
    number: u32,
}

impl RevisionName {
    /// Checks a revision's name.
    ///
    /// # Errors
    /// [`InvalidName`] where the text is none.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let invalid = || {
            let rule = "a number from 1, such as `7`, `family:7`, or the ARN of one";
            InvalidName::new("task definition revision", text, rule)
        };
        let (place, name) = match text.rsplit_once('/') {
            Some((place, name)) => (Some(place), name),
            None => (None, text),
        };
        let is_place = |place: &str| match place.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", partition, "ecs", region, account, "task-definition"] => {
                is_partition(partition)
                    && Region::parse(region).is_ok()
                    && account.bytes().all(|b| b.is_ascii_digit())
            }
            _ => false,
        };
        if !place.is_none_or(is_place) {
            return Err(invalid());
        }
        let (family, number) = match name.split_once(':') {
            Some((family, number)) => (Some(family), number),
            None if place.is_none() => (None, name),
            None => return Err(invalid()),
        };
        let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse().ok().filter(|number| digits && *number > 0).ok_or_else(invalid)?;
        let family = family.map(|family| ecs_name("task definition family", family)).transpose()?;
        Ok(Self { place: place.map(str::to_owned), family, number })
    }

    /// Its ARN, if it is of the same family, account and region as the task
    /// definition of this ARN.
    #[must_use]
    pub fn beside(&self, other: &str) -> Option<String> {
        let (place, name) = other.rsplit_once('/')?;
        let (family, _) = name.rsplit_once(':')?;
        let same = self.place.as_deref().is_none_or(|own| own == place)
            && self.family.as_deref().is_none_or(|own| own == family);
        same.then(|| format!("{place}/{family}:{}", self.number))
    }
}

/// How the numbers of two task definitions of one family compare, by their ARNs.
///
/// ```
/// use ecs_host::names::compared;
/// let arn = |name: &str| format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}");
/// assert!(compared(&arn("web:10"), &arn("web:9")).unwrap().is_gt());
/// assert_eq!(compared(&arn("web:10"), &arn("api:9")), None);
/// ```
#[must_use]
pub fn compared(one: &str, other: &str) -> Option<Ordering> {
    let ((family, number), (of, other)) = (numbered(one)?, numbered(other)?);
    (family == of).then(|| number.cmp(&other))
}

/// Family and number of a task definition's ARN.
#[must_use]
pub fn numbered(arn: &str) -> Option<(&str, u32)> {
    let (family, number) = revision(arn).rsplit_once(':')?;
    Some((family, number.parse().ok()?))
}

impl std::fmt::Display for RevisionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}/")?;
        }
        match &self.family {
            Some(family) => write!(f, "{family}:{}", self.number),
            None => write!(f, "{}", self.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_has_a_number() {
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
    fn another_region_is_another_revision() {
        let named = RevisionName::parse("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7").unwrap();
        assert_eq!(named.beside("arn:aws:ecs:us-east-1:123456789012:task-definition/web:9"), None);
    }
}
