//! Names as AWS writes them: ARNs, identifiers, image references.

use std::fmt::Write as _;

/// An account and region: the world that a call sees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RegionId {
    pub(crate) account: String,
    pub(crate) region: String,
}

impl RegionId {
    pub(crate) fn new(account: &str, region: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned() }
    }

    fn partition(&self) -> &'static str {
        match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// An ARN of ECS.
    pub(crate) fn ecs_arn(&self, kind: &str, name: &str) -> String {
        self.arn("ecs", &format!("{kind}/{name}"))
    }

    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region, self.account)
    }

    pub(crate) fn registry_host(&self) -> String {
        let suffix = if self.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("{}.dkr.ecr.{}.{suffix}", self.account, self.region)
    }
}

/// What follows the last slash: the name in an ARN, or the name itself.
pub(crate) fn short_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex_id(rng: &mut fastrand::Rng, length: usize) -> String {
    (0..length).map(|_| char::from_digit(rng.u32(0..16), 16).unwrap_or('0')).collect()
}

/// As the identifiers of `ecs-svc/…` and of service revisions are.
pub(crate) fn numeric_id(rng: &mut fastrand::Rng) -> String {
    rng.u64(1_000_000_000_000_000_000..9_000_000_000_000_000_000).to_string()
}

/// As the identifiers of service deployments are.
pub(crate) fn service_deployment_id(rng: &mut fastrand::Rng) -> String {
    (0..21).map(|_| if rng.u8(0..32) == 0 { '_' } else { rng.alphanumeric() }).collect()
}

pub(crate) fn uuid(rng: &mut fastrand::Rng) -> String {
    let parts: Vec<String> = [8, 4, 4, 4, 12].map(|length| hex_id(rng, length)).to_vec();
    parts.join("-")
}

/// A digest of an image that nobody has: 64 digits made out of its name, always the same.
pub(crate) fn synthetic_digest(of: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in of.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut rng = fastrand::Rng::with_seed(hash);
    let mut digest = String::from("sha256:");
    for _ in 0..4 {
        let _ = write!(digest, "{:016x}", rng.u64(..));
    }
    digest
}

/// An image reference in its parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ImageReference<'a> {
    pub(crate) host: Option<&'a str>,
    pub(crate) repository: &'a str,
    pub(crate) tag: Option<&'a str>,
    pub(crate) digest: Option<&'a str>,
}

impl<'a> ImageReference<'a> {
    pub(crate) fn parse(image: &'a str) -> Self {
        let (name, digest) =
            image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
        let (host, path) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
            _ => (None, name),
        };
        let (repository, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
        Self { host, repository, tag, digest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_reference_falls_into_its_parts() {
        let full = ImageReference::parse("127.0.0.1:5000/team/app:v1@sha256:ab");
        let parts = (full.host, full.repository, full.tag, full.digest);
        assert_eq!(parts, (Some("127.0.0.1:5000"), "team/app", Some("v1"), Some("sha256:ab")));
        let short = ImageReference::parse("nginx");
        assert_eq!((short.host, short.repository, short.tag, short.digest), (None, "nginx", None, None));
    }

    #[test]
    fn a_region_of_china_has_its_own_names() {
        let site = RegionId::new("1", "cn-north-1");
        assert_eq!(site.ecs_arn("cluster", "c"), "arn:aws-cn:ecs:cn-north-1:1:cluster/c");
        assert_eq!(site.registry_host(), "1.dkr.ecr.cn-north-1.amazonaws.com.cn");
    }
}
