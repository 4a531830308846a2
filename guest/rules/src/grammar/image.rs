//! Images, their repositories and tags, and caches of a build.

use alloc::{borrow::Cow, format, string::String, vec::Vec};

use super::Grammar;

/// The tag of an image.
pub(crate) const TAG: Grammar =
    Grammar { is_valid: is_tag, expected: "1 to 128 letters, digits, _ . or -, and neither . nor - first" };

/// What an image that is not built is found by.
pub(crate) const REFERENCE: Grammar = Grammar {
    is_valid: |text| is_digest(text) || is_tag(text),
    expected: "a tag, or a digest: `sha256:` and 64 digits",
};

/// An image by its whole name.
pub(crate) const IMAGE: Grammar =
    Grammar { is_valid: is_image, expected: "REPOSITORY:TAG or REPOSITORY@sha256:DIGEST" };

/// What a build reads a cache from.
pub(crate) const CACHE_SOURCE: Grammar = Grammar {
    is_valid: |text| cached_image(text, &["registry", "gha"]).is_some(),
    expected: "REPOSITORY:TAG, or type=registry,ref=REPOSITORY:TAG or type=gha with options",
};

/// What a build writes a cache to. The digest of what is written is not known before.
pub(crate) const CACHE_DESTINATION: Grammar = Grammar {
    is_valid: |text| {
        let image = cached_image(text, &["registry", "gha", "inline"]);
        image.is_some_and(|image| image.is_none_or(|image| !image.contains('@')))
    },
    expected: "REPOSITORY:TAG, or type=registry,ref=REPOSITORY:TAG, type=gha or type=inline with options",
};

/// What is wrong with the name of a repository, with a word for each of the mistakes that people make.
pub(crate) fn repository_problem(text: &str) -> Option<&'static str> {
    let (host, path) = text.split_once('/').unwrap_or(("", text));
    if text.contains("://") {
        Some("remove the scheme")
    } else if text.contains('@') || path.contains(':') {
        Some("remove the tag or digest; `tags` sets the tags")
    } else if !is_registry(host) {
        Some("begin with the host of the registry")
    } else if path.len() > 256 || !path.split('/').all(is_repository_part) {
        Some("use lower-case letters, digits and . _ - /, and begin and end each part with a letter or digit")
    } else {
        None
    }
}

/// Whether two names are those of one repository. The registry of an account and a region in ECR, and that of Docker Hub,
/// have several hosts.
pub(crate) fn is_same_repository(a: &str, b: &str) -> bool {
    repository_key(a) == repository_key(b)
}

fn repository_key(text: &str) -> (String, Cow<'_, str>) {
    let (host, path) = text.split_once('/').unwrap_or(("", text));
    let host = host.to_ascii_lowercase();
    if matches!(
        host.as_str(),
        "docker.io" | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com"
    ) {
        let path = if path.contains('/') { path.into() } else { ["library/", path].concat().into() };
        return ("docker.io".into(), path);
    }
    let labels: Vec<&str> = host.strip_suffix(":443").unwrap_or(&host).split('.').collect();
    let registry = match labels.as_slice() {
        [account, "dkr", "ecr" | "ecr-fips", region, _, ..]
        | [account, "dkr-ecr" | "dkr-ecr-fips", region, _, ..] => Some(format!("{account} {region}")),
        _ => None,
    };
    (registry.unwrap_or(host), path.into())
}

fn is_registry(host: &str) -> bool {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
        && (name.contains('.') || port.is_some() || name == "localhost")
        && port.is_none_or(|port| {
            port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse::<u16>().is_ok()
        })
}

fn is_repository_part(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(is_word)
        && part.ends_with(is_word)
        && part.chars().all(|c| is_word(c) || "._-".contains(c))
}

fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(is_word) && text.chars().all(|c| is_word(c) || c == '.' || c == '-')
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn is_image(text: &str) -> bool {
    let parts = match text.split_once('@') {
        Some((repository, digest)) => Some(repository).filter(|_| is_digest(digest)),
        None => text.rsplit_once(':').filter(|(_, tag)| is_tag(tag)).map(|(repository, _)| repository),
    };
    parts.is_some_and(|repository| repository_problem(repository).is_none())
}

/// The image of a valid cache, which has one unless its type is another one than `registry`.
fn cached_image<'t>(text: &'t str, types: &[&str]) -> Option<Option<&'t str>> {
    if !text.starts_with("type=") {
        return is_image(text).then_some(Some(text));
    }
    let options: Vec<(&str, &str)> =
        text.split(',').map(|option| option.split_once('=')).collect::<Option<_>>()?;
    let find = |name: &str| options.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
    let is_valid = |(place, (name, value)): (usize, &(&str, &str))| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
            && value.chars().all(|c| c.is_ascii_graphic() && c != '"')
            // Buildx reads these from the job.
            && !matches!(*name, "url" | "url_v2" | "token" | "ghtoken")
            && options.iter().take(place).all(|(other, _)| other != name)
    };
    let (kind, image) = (find("type")?, find("ref"));
    let is_cache = text.len() <= 1024
        && options.iter().enumerate().all(is_valid)
        && types.contains(&kind)
        && (kind == "registry") == image.is_some()
        && image.is_none_or(is_image);
    is_cache.then_some(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_an_image_or_options_of_buildx() {
        let pinned = ["h.example/a@sha256:", &"0".repeat(64)].concat();
        for valid in ["h.example/a:b", "type=gha,scope=x", "type=registry,ref=h.example/a:b,mode=max"] {
            assert_eq!(CACHE_SOURCE.problem(valid).or(CACHE_DESTINATION.problem(valid)), None);
        }
        assert!(CACHE_SOURCE.problem(&pinned).is_none() && CACHE_DESTINATION.problem(&pinned).is_some());
        assert!(CACHE_SOURCE.problem("type=inline").is_some());
        assert!(CACHE_DESTINATION.problem("type=inline").is_none());
        for invalid in [
            "",
            "a:b",
            "h.example/a",
            "type=local,src=/etc",
            "type=registry",
            "type=gha,ref=h.example/a:b",
            "type=gha,token=x",
            "type=gha,scope",
            "type=gha,type=gha",
            "type=gha,scope=a b",
        ] {
            assert!(CACHE_SOURCE.problem(invalid).is_some(), "{invalid}");
        }
    }

    #[test]
    fn one_repository_may_have_several_names() {
        for (a, b) in [
            ("Registry.example/web", "registry.example/web"),
            ("docker.io/nginx", "index.docker.io/library/nginx"),
            ("1.dkr.ecr.eu-west-1.amazonaws.com/web", "1.dkr-ecr.eu-west-1.on.aws:443/web"),
        ] {
            assert!(is_same_repository(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("registry.example/web", "registry.example/api"),
            ("docker.io/nginx", "docker.io/acme/nginx"),
            ("1.dkr.ecr.eu-west-1.amazonaws.com/web", "1.dkr.ecr.eu-west-2.amazonaws.com/web"),
            ("1.dkr.ecr.eu-west-1.amazonaws.com/web", "2.dkr.ecr.eu-west-1.amazonaws.com/web"),
        ] {
            assert!(!is_same_repository(a, b), "{a} {b}");
        }
    }
}
