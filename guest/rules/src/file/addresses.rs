//! What the contract requires of a text that names something elsewhere: an image, a cache, a secret, what starts tasks.

use alloc::vec::Vec;

use super::image::{is_registry, is_repository_part};
use super::names::{Grammar, is_ecs_name, is_tag};

/// A cluster.
pub(super) const CLUSTER: Grammar = Grammar {
    is_valid: |text| is_ecs_name(resource_or_name(text, "cluster/")),
    expected: "a name of 1 to 255 letters, digits, _ and -, or the ARN of a cluster",
};

/// A service. An ARN of before 2018 does not contain the cluster.
pub(super) const SERVICE: Grammar = Grammar {
    is_valid: |text| match text.starts_with("arn:") {
        true => {
            let parts: Vec<&str> = resource_or_name(text, "service/").split('/').collect();
            parts.len() <= 2 && parts.into_iter().all(is_ecs_name)
        }
        false => is_ecs_name(text),
    },
    expected: "a name of 1 to 255 letters, digits, _ and -, or the ARN of a service",
};

/// An image as a context of a build.
pub(super) const IMAGE: Grammar =
    Grammar { is_valid: is_image, expected: "an image, REPOSITORY:TAG or REPOSITORY@sha256:DIGEST" };

/// A cache that a build reads.
pub(super) const CACHE_FROM: Grammar = Grammar {
    is_valid: |text| is_cache(text, &["registry", "gha"]),
    expected: "REPOSITORY:TAG, or `type=registry,ref=REPOSITORY:TAG` or `type=gha` with options, and neither `url` nor \
               a token",
};

/// A cache that a build writes.
pub(super) const CACHE_TO: Grammar = Grammar {
    is_valid: |text| is_cache(text, &["registry", "gha", "inline"]) && !text.contains('@'),
    expected: "REPOSITORY:TAG and no digest, or `type=registry,ref=REPOSITORY:TAG`, `type=gha` or `type=inline` with \
               options, and neither `url` nor a token",
};

/// What ECS reads a variable from.
pub(super) const SECRET_ARN: Grammar = Grammar {
    is_valid: is_secret,
    expected: "the ARN of a secret in Secrets Manager, with nothing or `:JSON-KEY:VERSION-STAGE:VERSION-ID` after its \
               name, or of a parameter in the Parameter Store",
};

/// A schedule of EventBridge Scheduler.
pub(super) const SCHEDULE: Grammar = Grammar {
    is_valid: |text| is_event_resource(text, "scheduler", "schedule/", is_short_name),
    expected: "NAME, GROUP/NAME, each of 1 to 64 letters, digits and . - _, or the ARN of a schedule of EventBridge \
               Scheduler",
};

/// A rule of EventBridge. Buses of partners contain `/`.
pub(super) const EVENT_RULE: Grammar = Grammar {
    is_valid: |text| {
        let is_bus = |bus: &str| bus.len() <= 256 && bus.split('/').all(|part| is_name_of(part, 256));
        is_event_resource(text, "events", "rule/", is_bus)
    },
    expected: "NAME, BUS/NAME, each of letters, digits and . - _, or the ARN of a rule of EventBridge",
};

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_image(text: &str) -> bool {
    let is_repository = |text: &str| {
        let (host, path) = text.split_once('/').unwrap_or_default();
        is_registry(host) && path.len() <= 256 && path.split('/').all(is_repository_part)
    };
    match (text.split_once('@'), text.rsplit_once(':')) {
        (Some((repository, digest)), _) => is_digest(digest) && is_repository(repository),
        (None, Some((repository, tag))) => is_tag(tag) && is_repository(repository),
        (None, None) => false,
    }
}

fn is_cache(text: &str, types: &[&str]) -> bool {
    if !text.starts_with("type=") {
        return is_image(text);
    }
    let options: Option<Vec<(&str, &str)>> = text.split(',').map(|part| part.split_once('=')).collect();
    let Some(options) = options.filter(|options| text.len() <= 1024 && options.iter().all(is_option)) else {
        return false;
    };
    let count = |name: &str| options.iter().filter(|(own, _)| *own == name).count();
    let find = |name: &str| options.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
    let kind = find("type").unwrap_or_default();
    types.contains(&kind)
        && options.iter().all(|(name, _)| count(name) == 1)
        && (kind == "registry") == find("ref").is_some()
        && find("ref").is_none_or(is_image)
        && !["url", "url_v2", "token", "ghtoken"].into_iter().any(|name| count(name) > 0)
}

fn is_option((name, value): &(&str, &str)) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
        && value.chars().all(|c| c.is_ascii_graphic() && c != '"')
}

fn is_secret(text: &str) -> bool {
    if text.len() > 2048 || text.contains(char::is_control) {
        return false;
    }
    let is_name = |text: &str, signs: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
    };
    if let Some(secret) = resource_of(text, "secretsmanager").and_then(|text| text.strip_prefix("secret:")) {
        let mut parts = secret.split(':');
        return is_name(parts.next().unwrap_or_default(), "/_+=.@-") && matches!(parts.count(), 0 | 3);
    }
    let parameter = resource_of(text, "ssm").and_then(|text| text.strip_prefix("parameter/"));
    let (name, version) = parameter.map_or(("", ""), |text| text.split_once(':').unwrap_or((text, "1")));
    is_name(name, "/_.-") && is_name(version, "/_.-")
}

/// The resource of an ARN of a service, which has a region and an account.
fn resource_of<'t>(text: &'t str, service: &str) -> Option<&'t str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, own, region, account, resource] = parts.as_slice() else { return None };
    let is_place = partition.starts_with("aws")
        && region.contains('-')
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !account.is_empty()
        && account.bytes().all(|digit| digit.is_ascii_digit());
    (*own == service && is_place).then_some(*resource)
}

/// The resource of an ARN of ECS after its kind, or the text if it is no ARN. Another ARN is an empty text, which is no name.
fn resource_or_name<'t>(text: &'t str, kind: &str) -> &'t str {
    match text.starts_with("arn:") {
        true => resource_of(text, "ecs").and_then(|resource| resource.strip_prefix(kind)).unwrap_or_default(),
        false => text,
    }
}

fn is_event_resource(text: &str, service: &str, kind: &str, is_parent: fn(&str) -> bool) -> bool {
    let path = match text.starts_with("arn:") {
        true => resource_of(text, service).and_then(|resource| resource.strip_prefix(kind)),
        false => Some(text),
    };
    let (parent, name) = path.map_or(("", ""), |path| path.rsplit_once('/').unwrap_or(("default", path)));
    is_short_name(name) && is_parent(parent)
}

fn is_short_name(text: &str) -> bool {
    is_name_of(text, 64)
}

fn is_name_of(text: &str, length: usize) -> bool {
    (1..=length).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}
