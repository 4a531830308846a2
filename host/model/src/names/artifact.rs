//! A policy in an OCI registry.

use std::fmt;

use super::{Digest, InvalidName, Repository, Tag};

/// An artifact in an OCI registry: `oci://REGISTRY/REPOSITORY:TAG`,
/// `oci://REGISTRY/REPOSITORY@sha256:DIGEST`, or with both. With both, the artifact is resolved
/// by the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The registry and the name within it.
    pub repository: Repository,
    /// The tag.
    pub tag: Option<Tag>,
    /// The digest of the manifest; `None` for an artifact that is not pinned.
    pub manifest: Option<Digest>,
}

impl Artifact {
    /// Whether a string begins with `oci://`, in any case.
    #[must_use]
    pub fn has_scheme(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// Parses the name of an artifact.
    ///
    /// # Errors
    /// [`InvalidName`] if the text breaks the grammar, or if it has neither tag nor
    /// digest: registries would resolve it as `latest`.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let invalid = |rule| InvalidName::new("policy reference", text, rule);
        let rest =
            text.strip_prefix(SCHEME).ok_or_else(|| invalid("expected `oci://REGISTRY/REPOSITORY:TAG`"))?;
        let (name, manifest) = match rest.split_once('@') {
            Some((name, digest)) => (name, Some(Digest::parse(digest)?)),
            None => (rest, None),
        };
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(Tag::parse(tag)?)),
            _ => (name, None),
        };
        if tag.is_none() && manifest.is_none() {
            return Err(invalid("expected a tag or a digest, as in `oci://registry.example.com/policy:1.0`"));
        }
        Ok(Self { repository: Repository::parse(repository)?, tag, manifest })
    }

    /// This artifact with the digest of its manifest, which stays when the tag moves.
    #[must_use]
    pub fn pinned(&self, manifest: &Digest) -> Self {
        Self { manifest: Some(manifest.clone()), ..self.clone() }
    }
}

const SCHEME: &str = "oci://";

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{}", tag.as_str())?;
        }
        if let Some(manifest) = &self.manifest {
            write!(f, "@{}", manifest.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artifact_needs_a_tag_or_a_digest() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for good in [
            "oci://127.0.0.1:5000/policy:1".to_owned(),
            "oci://123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/policy:v1.2".to_owned(),
            format!("oci://registry.example.com/policy@{digest}"),
            format!("oci://registry.example.com/policy:1@{digest}"),
        ] {
            assert_eq!(Artifact::parse(&good).unwrap().to_string(), good);
        }
        for bad in [
            "registry.example.com/policy:1",
            "oci://registry.example.com/policy",
            "oci://registry.example.com:5000/policy",
            "oci://policy:1",
            "oci://registry.example.com/policy:1@sha256:0",
            "oci://user:password@registry.example.com/policy:1",
            "oci://registry.example.com/policy:-x",
            "oci://registry.example.com/../policy:1",
        ] {
            assert!(Artifact::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_scheme_is_recognized_in_any_case() {
        assert!(Artifact::has_scheme("OCI://x") && Artifact::has_scheme("oci://"));
        assert!(
            !Artifact::has_scheme("oci:/x")
                && !Artifact::has_scheme("é")
                && !Artifact::has_scheme("policy.wasm")
        );
    }
}
