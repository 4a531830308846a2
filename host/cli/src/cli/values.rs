//! The parsers of flags and arguments.

use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{OsStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};

use super::PublishTarget;
use crate::config;
use crate::docker::rules::BuildGrant;
use crate::notify::{InvalidNotifyUrl, NotifyUrl};
use aws::ecs::status::{InRegion, StatusSubject};
use model::build::check_time;
use model::decision::ServiceName;
use model::lifecycle::WaitUntil;
use model::lookup::Grant;
use model::names::{Artifact, Digest, InvalidName, Region, RevisionName, RoleArn};
use model::source::ComponentSource;

pub(super) fn region(text: &str) -> Result<Region, InvalidName> {
    Region::parse(text)
}

pub(super) fn role(text: &str) -> Result<RoleArn, InvalidName> {
    RoleArn::parse(text)
}

/// A policy: a path of any bytes, `built-in`, `rules`, or `oci://…`.
pub(super) fn source() -> impl TypedValueParser<Value = ComponentSource> {
    OsStringValueParser::new().try_map(|text| ComponentSource::parse(text.as_ref()))
}

pub(super) fn guard() -> impl TypedValueParser<Value = ComponentSource> {
    OsStringValueParser::new().try_map(|text| config::parse_source(text.as_ref()))
}

pub(super) fn lookup() -> impl TypedValueParser<Value = Grant> {
    PossibleValuesParser::new(Grant::ALL.map(Grant::as_str)).try_map(|name| {
        let grant = Grant::ALL.into_iter().find(|grant| grant.as_str() == name);
        grant.ok_or_else(|| format!("`{name}` is not the name of a lookup"))
    })
}

pub(super) fn guard_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !text.contains('\0') => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("expected NAME=VALUE, as in `ZONE=Europe/Amsterdam`".to_owned()),
    }
}

pub(super) fn digest(text: &str) -> Result<Digest, InvalidName> {
    Digest::parse(text)
}

/// The digest of a file, also as `sha256sum` prints it.
pub(super) fn file_digest(text: &str) -> Result<Digest, InvalidName> {
    let is_bare = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_bare { Digest::parse(&format!("sha256:{text}")) } else { Digest::parse(text) }
}

pub(super) fn destination(text: &str) -> Result<PublishTarget, String> {
    let artifact = Artifact::parse(text).map_err(|error| error.to_string())?;
    match (artifact.tag.clone(), &artifact.manifest) {
        (Some(tag), None) => Ok(PublishTarget { artifact, tag }),
        _ => Err("expected a tag and no digest, as in `oci://registry.example.com/policy:1.0`".to_owned()),
    }
}

pub(super) fn subject(text: &str) -> Result<InRegion<StatusSubject>, InvalidName> {
    InRegion::parse(text)
}

/// A cluster of `status --all`.
pub(super) fn cluster(text: &str) -> Result<InRegion<StatusSubject>, String> {
    match InRegion::parse(text) {
        Ok(InRegion { subject: StatusSubject::Cluster(name), region }) => {
            Ok(InRegion { subject: StatusSubject::Cluster(name), region })
        }
        Ok(_) => Err("expected a cluster: its name, or its ARN".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The service of `rollback`.
pub(super) fn rolled_back_service(text: &str) -> Result<InRegion<ServiceName>, String> {
    service(text, "has no rollout; deploy an older build to it with `ecs-host run --allow-older`")
}

/// The service of `continue`.
pub(super) fn continued_service(text: &str) -> Result<InRegion<ServiceName>, String> {
    service(text, "has no rollout, and no pause; it starts what `ecs-host status` prints for it")
}

/// A service. `trigger` states what a schedule or a rule, which is none, is instead.
fn service(text: &str, trigger: &str) -> Result<InRegion<ServiceName>, String> {
    match InRegion::parse(text) {
        Ok(InRegion { subject: StatusSubject::Service(subject), region }) => Ok(InRegion { subject, region }),
        Ok(InRegion { subject: StatusSubject::Trigger(_), .. }) => {
            Err(format!("expected a service: a schedule or a rule {trigger}"))
        }
        Ok(_) => Err("expected a service: CLUSTER/SERVICE, or its ARN".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn revision(text: &str) -> Result<RevisionName, InvalidName> {
    RevisionName::parse(text)
}

pub(super) fn wait_until(text: &str) -> Result<WaitUntil, String> {
    WaitUntil::parse(text).map_err(|error| format!("{error}, or `paused` or `deployed`"))
}

/// The beginning of a commit's hash, in lower case.
pub(super) fn commit(text: &str) -> Result<String, String> {
    if (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err("expected the hash of a commit, or its first 7 digits or more".to_owned())
}

/// The interval between two polls: at most ten minutes.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    seconds(text, 600.0)
}

/// A time limit: at most a day.
pub(super) fn time_limit(text: &str) -> Result<Duration, String> {
    seconds(text, 86_400.0)
}

/// A positive number of seconds, with or without a fraction.
fn seconds(text: &str, max: f64) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() && seconds <= max => Ok(duration),
        _ => Err(format!("expected more than 0 and at most {max} seconds")),
    }
}

pub(super) fn positive<N: std::str::FromStr + PartialOrd + From<u8>>(text: &str) -> Result<N, String> {
    match text.parse() {
        Ok(number) if number > N::from(0) => Ok(number),
        _ => Err("expected a positive integer".to_owned()),
    }
}

/// An address that is notified.
pub(super) fn notify_url(text: &str) -> Result<NotifyUrl, InvalidNotifyUrl> {
    NotifyUrl::parse(text)
}

/// The name of an environment variable.
pub(super) fn variable(text: &str) -> Result<String, InvalidName> {
    model::names::parse_variable_name("variable", text)
}

/// An integer from `MIN` to `MAX`.
pub(super) fn in_range<const MIN: u64, const MAX: u64>(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if (MIN..=MAX).contains(&number) => Ok(number),
        _ => Err(format!("expected an integer from {MIN} to {MAX}")),
    }
}

/// The number of a job in its build's matrix.
pub(super) fn job(text: &str) -> Result<u32, String> {
    positive(text)
}

/// The number of a pull request.
pub(super) fn pull_request(text: &str) -> Result<String, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match digits && (1..=20).contains(&text.len()) {
        true => Ok(text.to_owned()),
        false => {
            Err("expected the number of a pull request; leave the flag out for any other build".to_owned())
        }
    }
}

/// A point in time, in seconds since 1970.
pub(super) fn time(text: &str) -> Result<u64, String> {
    let seconds = non_negative(text)?;
    check_time(seconds)?;
    Ok(seconds)
}

/// A build number.
pub(super) fn non_negative(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "expected a non-negative integer".to_owned())
}

/// A repository as CI providers name it.
pub(super) fn repository(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [_, .., _] if parts.iter().all(|part| !part.is_empty()) => Ok(text.to_owned()),
        _ => Err("expected OWNER/NAME, as in `example/simple-todo`".to_owned()),
    }
}

/// What `--allow` grants.
#[derive(Debug, Clone, Copy)]
pub enum GrantArg {
    /// A lookup, to the policy.
    Lookup(Grant),
    /// To the builds of the policy.
    Build(BuildGrant),
}

impl ValueEnum for GrantArg {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Lookup(Grant::EcsRead),
            Self::Lookup(Grant::EcrRead),
            Self::Lookup(Grant::SourceRead),
            Self::Build(BuildGrant::Ssh),
            Self::Build(BuildGrant::Syntax),
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Lookup(grant) => {
                let help = match grant {
                    Grant::EcsRead => "Services in ECS: the interface `services`",
                    Grant::EcrRead => "Images in ECR: the interface `registry`",
                    Grant::SourceRead => "Files of the commit in git: the interface `source`",
                };
                (grant.as_str(), help)
            }
            Self::Build(grant) => {
                let help = match grant {
                    BuildGrant::Ssh => "Builds use the SSH agent of the job",
                    BuildGrant::Syntax => "Builds fetch and run another builder, by BUILDKIT_SYNTAX",
                };
                (grant.as_str(), help)
            }
        };
        Some(PossibleValue::new(name).help(help))
    }
}
