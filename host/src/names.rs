//! The grammars of the names that a deployment is made of.
//!
//! A value of one of these types has been checked once, where it came in, and
//! is valid from there on. The stages share them, so they belong to none.

use std::fmt;

use serde::Serialize;
use thiserror::Error;

/// A text that is no valid name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{}` is no valid {kind}: {rule}", text.escape_debug())]
pub struct InvalidName {
    /// What the text should have been, such as `image tag`.
    pub kind: &'static str,
    /// The text as it came.
    pub text: String,
    /// The rule it breaks.
    pub rule: &'static str,
}

impl InvalidName {
    fn new(kind: &'static str, text: &str, rule: &'static str) -> Self {
        Self { kind, text: text.to_owned(), rule }
    }
}

/// The tag of an image: at most 128 of `A-Z a-z 0-9 _ . -`, not starting with
/// `.` or `-` (the OCI distribution specification, "Pulling manifests").
///
/// ```
/// use ecs_host::names::Tag;
/// assert!(Tag::parse("feature-x-1").is_ok());
/// assert!(Tag::parse("feature/x-1").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Tag(String);

impl Tag {
    /// Checks a tag.
    ///
    /// # Errors
    /// [`InvalidName`] where the text breaks the grammar.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let rule = "1 to 128 of A-Z a-z 0-9 _ . -, and neither `.` nor `-` first";
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let valid = text.len() <= 128
            && text.starts_with(word)
            && text.chars().all(|c| word(c) || c == '.' || c == '-');
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidName::new("image tag", text, rule)) }
    }

    /// The tag's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A content digest, `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Digest(String);

impl Digest {
    /// Checks a digest.
    ///
    /// # Errors
    /// [`InvalidName`] where the text is no SHA-256 digest.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        match text.strip_prefix("sha256:") {
            Some(rest) if rest.len() == 64 && rest.chars().all(hex) => Ok(Self(text.to_owned())),
            _ => Err(InvalidName::new("digest", text, "`sha256:` and 64 of 0-9 a-f")),
        }
    }

    /// The digest's text, with its `sha256:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where an image lives, without tag or digest: a registry's host and a path,
/// such as `123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/web`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    host: String,
    path: String,
}

/// The account, region and partition that the host name of an Amazon ECR
/// registry tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EcrRegistry {
    /// The account's twelve digits.
    pub account: String,
    /// The registry's region.
    pub region: Region,
}

impl Repository {
    /// Checks a repository's name.
    ///
    /// # Errors
    /// [`InvalidName`] for a scheme, a tag, a digest, a missing host or a
    /// character that repositories don't have.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let invalid = |rule| InvalidName::new("image repository", text, rule);
        if text.contains("://") {
            return Err(invalid("it has no scheme; it begins with the registry's host"));
        }
        if text.contains('@') {
            return Err(invalid("it has no digest; the host adds it"));
        }
        let Some((host, path)) = text.split_once('/') else {
            return Err(invalid("the registry's host, `/`, and the repository's name"));
        };
        if path.contains(':') {
            return Err(invalid("it has no tag; tags are named beside it"));
        }
        let (name, port) = host.split_once(':').map_or((host, None), |(n, p)| (n, Some(p)));
        let is_host = !name.is_empty()
            && !name.starts_with(['.', '-'])
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
            && (name.contains('.') || port.is_some() || name == "localhost")
            && port.is_none_or(|p| p.parse::<u16>().is_ok());
        if !is_host {
            return Err(invalid("it begins with the registry's host, as in `registry.example.com/name`"));
        }
        let is_part = |part: &str| {
            let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            part.starts_with(letter)
                && part.ends_with(letter)
                && part.chars().all(|c| letter(c) || "._-".contains(c))
        };
        if path.len() > 256 || !path.split('/').all(is_part) {
            return Err(invalid(
                "its name is of a-z 0-9 . _ - /, each part beginning and ending with a letter or digit",
            ));
        }
        Ok(Self { host: host.to_owned(), path: path.to_owned() })
    }

    /// The registry's host, with its port where one is named.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository's name within its registry.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The Amazon ECR registry it lives in; none for another registry.
    ///
    /// Hosts are `ACCOUNT.dkr.ecr[-fips].REGION.amazonaws.com[.cn]` and, for
    /// dual-stack, `ACCOUNT.dkr-ecr[-fips].REGION.on.aws` or
    /// `….on.amazonwebservices.com.cn` (Amazon ECR's endpoints and quotas).
    #[must_use]
    pub fn ecr(&self) -> Option<EcrRegistry> {
        let (account, rest) = self.host.split_once('.')?;
        let classic = rest.strip_prefix("dkr.ecr.").or_else(|| rest.strip_prefix("dkr.ecr-fips."));
        let dual = rest.strip_prefix("dkr-ecr.").or_else(|| rest.strip_prefix("dkr-ecr-fips."));
        let (region, domain) = classic.or(dual)?.split_once('.')?;
        let known = match classic {
            Some(_) => matches!(domain, "amazonaws.com" | "amazonaws.com.cn"),
            None => matches!(domain, "on.aws" | "on.amazonwebservices.com.cn"),
        };
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let region = Region::parse(region).ok()?;
        (known && is_account).then(|| EcrRegistry { account: account.to_owned(), region })
    }

    /// The image of this repository under a tag.
    #[must_use]
    pub fn tagged(&self, tag: &Tag) -> String {
        format!("{self}:{}", tag.as_str())
    }

    /// The image of this repository with a digest.
    #[must_use]
    pub fn pinned(&self, digest: &Digest) -> String {
        format!("{self}@{}", digest.as_str())
    }

    /// Whether a task definition's `image` is of this very repository. A
    /// repository whose name only begins alike is another one.
    #[must_use]
    pub fn holds(&self, image: &str) -> bool {
        let unpinned = image.split_once('@').map_or(image, |(name, _)| name);
        let name = match unpinned.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => name,
            _ => unpinned,
        };
        name.strip_prefix(&self.host).and_then(|rest| rest.strip_prefix('/')) == Some(&self.path)
    }
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

/// An AWS region, such as `eu-central-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Region(String);

impl Region {
    /// Checks a region's shape; whether it exists only AWS knows.
    ///
    /// # Errors
    /// [`InvalidName`] where no region has that shape.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let valid = text.len() <= 32
            && text.contains('-')
            && text
                .split('-')
                .all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidName::new("AWS region", text, "a name such as `eu-central-1`"))
        }
    }

    /// The region's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks the name of a cluster, a service, a container or a task definition
/// family: letters, digits, `_` and `-`, 255 at most (the ECS API reference,
/// `CreateCluster`, `CreateService`, `RegisterTaskDefinition`).
///
/// # Errors
/// [`InvalidName`] where the text breaks that rule.
pub fn ecs_name(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let valid = !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if valid { Ok(text.to_owned()) } else { Err(InvalidName::new(kind, text, "1 to 255 of A-Z a-z 0-9 _ -")) }
}

/// Checks the name or the ARN of a cluster or a service, and gives the short
/// name: the ARN's last part.
///
/// # Errors
/// [`InvalidName`] where the text is neither.
pub fn ecs_name_or_arn(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let short = if text.starts_with("arn:") { text.rsplit('/').next().unwrap_or(text) } else { text };
    ecs_name(kind, short).map_err(|e| InvalidName { text: text.to_owned(), ..e })
}

/// Checks a path of a build: relative, inside the working directory, and no
/// text that a command line could take for an option.
///
/// # Errors
/// [`InvalidName`] where the path leaves the working directory.
pub fn build_path(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let valid = !text.is_empty()
        && !text.starts_with(['/', '-', '~'])
        && !text.contains("://")
        && !text.contains(|c: char| c.is_control() || c == '\\')
        && text.split('/').all(|part| part != "..");
    if valid {
        Ok(text.to_owned())
    } else {
        Err(InvalidName::new(kind, text, "a relative path inside the working directory"))
    }
}

/// Checks an environment variable's name as a container or a build takes it.
///
/// # Errors
/// [`InvalidName`] where the text is no variable's name.
pub fn variable(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let valid = !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if valid {
        Ok(text.to_owned())
    } else {
        Err(InvalidName::new(kind, text, "letters, digits and _, no digit first"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_the_grammar_of_the_registry() {
        for good in ["master", "_x", "1.0-rc.1", "A", &"a".repeat(128)] {
            assert!(Tag::parse(good).is_ok(), "{good}");
        }
        for bad in ["", ".x", "-x", "a/b", "a b", "--privileged", "é", "a\n", &"a".repeat(129)] {
            assert!(Tag::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_repository_is_a_host_and_a_path() {
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
    fn an_ecr_host_tells_account_and_region() {
        let ecr = |host: &str| Repository::parse(&format!("{host}/x")).unwrap().ecr();
        for host in [
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "123456789012.dkr-ecr.eu-west-1.on.aws",
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
    fn a_repository_holds_its_own_images_and_no_others() {
        let repository = Repository::parse("h.example:5000/team/web").unwrap();
        let digest = format!("h.example:5000/team/web@sha256:{}", "0".repeat(64));
        for own in [
            "h.example:5000/team/web",
            "h.example:5000/team/web:master",
            "h.example:5000/team/web:1@sha256:0",
            &digest,
        ] {
            assert!(repository.holds(own), "{own}");
        }
        for other in [
            "h.example:5000/team/web-admin:1",
            "h.example:5000/team/web/x",
            "h.example/team/web",
            "team/web:1",
            "xh.example:5000/team/web",
        ] {
            assert!(!repository.holds(other), "{other}");
        }
    }

    #[test]
    fn a_path_stays_in_the_working_directory() {
        for good in [".", "web", "./web/api"] {
            assert!(build_path("build context", good).is_ok(), "{good}");
        }
        for bad in ["", "/", "..", "web/../..", "-", "--privileged", "https://h.example/x.git", "~", "a\nb"] {
            assert!(build_path("build context", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_arn_gives_its_short_name() {
        let arn = "arn:aws:ecs:eu-central-1:123456789012:service/simple-todo-master/simple-todo";
        assert_eq!(ecs_name_or_arn("service", arn).unwrap(), "simple-todo");
        assert!(ecs_name_or_arn("service", "a b").is_err());
    }
}
