//! Repositories of images, and Amazon ECR registries.

use std::fmt;

use serde::Serialize;

use super::{Digest, InvalidName, Region, RepositoryKey, Tag};

/// A repository of images: a registry's host and a path, without tag and digest, such as `123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/web`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    host: String,
    path: String,
}

/// An Amazon ECR registry, as its host name identifies it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EcrRegistry {
    /// The account's twelve digits.
    pub account: String,
    /// The registry's region.
    pub region: Region,
}

impl Repository {
    /// Parses a repository's name.
    ///
    /// # Errors
    /// [`InvalidName`] for a scheme, a tag, a digest, a missing host or a character that is not
    /// allowed in a repository's name.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let invalid = |rule| InvalidName::new("image repository", text, rule);
        if text.contains("://") {
            return Err(invalid("expected the registry's host first; remove the scheme"));
        }
        if text.contains('@') {
            return Err(invalid("expected no digest; remove it, ecs-host adds it"));
        }
        let Some((host, path)) = text.split_once('/') else {
            return Err(invalid(
                "expected the registry's host, `/` and a name, as in `registry.example.com/name`",
            ));
        };
        if path.contains(':') {
            return Err(invalid("expected no tag; remove it, tags have a field of their own"));
        }
        let (name, port) = host.split_once(':').map_or((host, None), |(n, p)| (n, Some(p)));
        let is_host = !name.is_empty()
            && !name.starts_with(['.', '-'])
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
            && (name.contains('.') || port.is_some() || name == "localhost")
            && port.is_none_or(|p| p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok());
        if !is_host {
            return Err(invalid("expected the registry's host first, as in `registry.example.com/name`"));
        }
        let is_part = |part: &str| {
            let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            part.starts_with(is_word)
                && part.ends_with(is_word)
                && part.chars().all(|c| is_word(c) || "._-".contains(c))
        };
        if path.len() > 256 || !path.split('/').all(is_part) {
            return Err(invalid(
                "expected a name of a-z 0-9 . _ - /, whose parts begin and end with a letter or digit",
            ));
        }
        Ok(Self { host: host.to_owned(), path: path.to_owned() })
    }

    /// The registry's host, and its port if the name has one.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository's name within its registry.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The repository's Amazon ECR registry; `None` for another registry.
    #[must_use]
    pub fn ecr_registry(&self) -> Option<EcrRegistry> {
        parse_ecr_host(&self.host)
    }

    /// What all names of the repository have in common.
    #[must_use]
    pub fn key(&self) -> RepositoryKey {
        RepositoryKey::new(&self.host, &self.path)
    }

    /// The name of the image with this tag, `REPOSITORY:TAG`.
    #[must_use]
    pub fn tagged(&self, tag: &Tag) -> String {
        format!("{self}:{}", tag.as_str())
    }

    /// The name of the image with this digest, `REPOSITORY@sha256:DIGEST`.
    #[must_use]
    pub fn pinned(&self, digest: &Digest) -> String {
        format!("{self}@{}", digest.as_str())
    }

    /// Whether an `image` of a task definition is in this repository, whatever its tag and digest, and by whichever of
    /// the repository's names.
    #[must_use]
    pub fn contains(&self, image: &str) -> bool {
        RepositoryKey::from_image(image) == self.key()
    }
}

/// The domains of AWS's partitions: `dnsSuffix` of `partitions.json`, which the SDKs share.
const DOMAINS: [&str; 7] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
];

/// The Amazon ECR registry of a host name; `None` for another registry.
///
/// Hosts are `ACCOUNT.dkr.ecr[-fips].REGION.DOMAIN` with the domain of the region's
/// partition and, for dual-stack, `ACCOUNT.dkr-ecr[-fips].REGION.on.aws` or
/// `….on.amazonwebservices.com.cn` (Amazon ECR's endpoints and quotas). The port of
/// HTTPS is part of no other registry.
pub(super) fn parse_ecr_host(host: &str) -> Option<EcrRegistry> {
    let (account, rest) = host.strip_suffix(":443").unwrap_or(host).split_once('.')?;
    let classic = rest.strip_prefix("dkr.ecr.").or_else(|| rest.strip_prefix("dkr.ecr-fips."));
    let dual = rest.strip_prefix("dkr-ecr.").or_else(|| rest.strip_prefix("dkr-ecr-fips."));
    let (region, domain) = classic.or(dual)?.split_once('.')?;
    let known = match classic {
        Some(_) => DOMAINS.contains(&domain),
        None => matches!(domain, "on.aws" | "on.amazonwebservices.com.cn"),
    };
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let region = Region::parse(region).ok()?;
    (known && is_account).then(|| EcrRegistry { account: account.to_owned(), region })
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl Serialize for Repository {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_needs_a_host_and_a_path() {
        for good in [
            "127.0.0.1:5000/a",
            "localhost/a",
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/app/web",
        ] {
            assert_eq!(Repository::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "web",
            "/web",
            "https://h.example/web",
            "h.example/web:1",
            "h.example/web@sha256:0",
            "h.example/Web",
            "h.example/",
            "h.example:x/web",
            "simple-todo/web",
            "-h.example/x",
            "h.example/a//b",
        ] {
            assert!(Repository::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_host_of_an_ecr_registry_has_account_and_region() {
        let ecr = |host: &str| Repository::parse(&format!("{host}/x")).unwrap().ecr_registry();
        for host in [
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "123456789012.dkr-ecr.eu-west-1.on.aws",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com:443",
            "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu",
            "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov",
        ] {
            assert_eq!(ecr(host).unwrap().account, "123456789012", "{host}");
        }
        assert_eq!(
            ecr("123456789012.dkr.ecr.eu-central-1.amazonaws.com").unwrap().region.as_str(),
            "eu-central-1"
        );
        for host in [
            "12345.dkr.ecr.eu-central-1.amazonaws.com",
            "123456789012.dkr.ecr.eu-central-1.evil.com",
            "public.ecr.aws",
        ] {
            assert_eq!(ecr(host), None, "{host}");
        }
    }

    #[test]
    fn a_repository_contains_no_image_of_a_repository_with_a_longer_name() {
        let repository = Repository::parse("h.example:5000/team/web").unwrap();
        let digest = format!("h.example:5000/team/web@sha256:{}", "0".repeat(64));
        for own in [
            "h.example:5000/team/web",
            "h.example:5000/team/web:master",
            "h.example:5000/team/web:1@sha256:0",
            &digest,
        ] {
            assert!(repository.contains(own), "{own}");
        }
        for other in [
            "h.example:5000/team/web-admin:1",
            "h.example:5000/team/web/x",
            "h.example/team/web",
            "team/web:1",
            "xh.example:5000/team/web",
        ] {
            assert!(!repository.contains(other), "{other}");
        }
    }
}
