//! The values of flags and arguments, checked as they come in.

use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{OsStringValueParser, PossibleValue, TypedValueParser};

use aws::ecs::status::{Asked, Subject};
use model::decision::ServiceName;
use model::lookup::Grant;
use model::names::{Artifact, Digest, InvalidName, Region, RevisionName, RoleArn};
use model::source::PolicySource;

pub(super) fn region(text: &str) -> Result<Region, InvalidName> {
    Region::parse(text)
}

pub(super) fn role(text: &str) -> Result<RoleArn, InvalidName> {
    RoleArn::parse(text)
}

/// A policy: a path of any bytes, `built-in`, or `oci://…`.
pub(super) fn source() -> impl TypedValueParser<Value = PolicySource> {
    OsStringValueParser::new().try_map(|text| PolicySource::named(text.as_ref()))
}

pub(super) fn digest(text: &str) -> Result<Digest, InvalidName> {
    Digest::parse(text)
}

/// Where a policy is published: under a tag. Its digest is what comes of it.
pub(super) fn destination(text: &str) -> Result<Artifact, String> {
    let artifact = Artifact::parse(text).map_err(|error| error.to_string())?;
    match (&artifact.tag, &artifact.manifest) {
        (Some(_), None) => Ok(artifact),
        _ => Err("a tag is wanted and no digest, as in `oci://registry.example.com/policy:1.0`".to_owned()),
    }
}

pub(super) fn subject(text: &str) -> Result<Asked<Subject>, InvalidName> {
    Asked::parse(text)
}

pub(super) fn service(text: &str) -> Result<Asked<ServiceName>, String> {
    match Asked::parse(text) {
        Ok(Asked { subject: Subject::Service(subject), region }) => Ok(Asked { subject, region }),
        Ok(_) => Err("a service is wanted: its cluster, `/`, and its name; or its ARN".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn revision(text: &str) -> Result<RevisionName, InvalidName> {
    RevisionName::parse(text)
}

/// The time between two looks.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    at_most(text, 600.0)
}

/// How long something may take: a day at most.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    at_most(text, 86_400.0)
}

/// A positive number of seconds, fractions allowed.
fn at_most(text: &str, most: f64) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is wanted".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && seconds <= most => Ok(duration),
        _ => Err(format!("more than 0 and at most {most} seconds are wanted")),
    }
}

/// A positive whole number.
pub(super) fn number<N: std::str::FromStr + PartialOrd + From<u8>>(text: &str) -> Result<N, String> {
    match text.parse() {
        Ok(number) if number > N::from(0) => Ok(number),
        _ => Err("a whole number from 1 is wanted".to_owned()),
    }
}

/// A share of a hundred.
pub(super) fn percent(text: &str) -> Result<u8, String> {
    text.parse()
        .ok()
        .filter(|share| *share <= 100)
        .ok_or_else(|| "a whole number from 0 to 100 is wanted".to_owned())
}

/// The name of an environment variable.
pub(super) fn variable(text: &str) -> Result<String, InvalidName> {
    model::names::parse_variable_name("variable", text)
}

/// A whole number between two.
pub(super) fn within<const LEAST: u64, const MOST: u64>(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if (LEAST..=MOST).contains(&number) => Ok(number),
        _ => Err(format!("a whole number from {LEAST} to {MOST} is wanted")),
    }
}

/// The number of a job in its build's matrix.
pub(crate) fn job(text: &str) -> Result<u32, String> {
    number(text)
}

/// A number that counts up from 0, or seconds since 1970.
pub(crate) fn natural(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a whole number from 0 is wanted".to_owned())
}

/// A repository as CI providers name it.
pub(crate) fn repository(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [_, .., _] if parts.iter().all(|part| !part.is_empty()) => Ok(text.to_owned()),
        _ => Err("its owner and its name are wanted, as in `example/simple-todo`".to_owned()),
    }
}

/// A [`Grant`] as the value of `--allow`.
#[derive(Debug, Clone, Copy)]
pub struct GrantArg(pub Grant);

impl ValueEnum for GrantArg {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(Grant::EcsRead), Self(Grant::EcrRead)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self.0 {
            Grant::EcsRead => "What runs in ECS: the interface `services`",
            Grant::EcrRead => "What has been pushed to ECR: the interface `registry`",
        };
        Some(PossibleValue::new(self.0.as_str()).help(help))
    }
}
