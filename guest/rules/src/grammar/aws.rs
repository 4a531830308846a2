//! Names of resources in AWS, and their ARNs.

use alloc::vec::Vec;

use super::Grammar;

/// A region. AWS adds regions, so only the form is known.
pub(crate) const REGION: Grammar = Grammar {
    is_valid: |text| is_region(text) && text.ends_with(|c: char| c.is_ascii_digit()),
    expected: "a region such as `eu-central-1`",
};

/// A role to assume.
pub(crate) const ROLE: Grammar = Grammar {
    is_valid: |text| {
        let Some(Arn { service: "iam", region: "", account, resource, .. }) = Arn::parse(text) else {
            return false;
        };
        let name = resource.strip_prefix("role/").unwrap_or_default();
        text.len() <= 2048
            && account.len() == 12
            && is_digits(account)
            && name.chars().any(|c| c != '/')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c))
    },
    expected: "the ARN of a role, such as `arn:aws:iam::123456789012:role/deploy`",
};

/// A cluster.
pub(crate) const CLUSTER: Grammar = Grammar {
    is_valid: |text| match text.starts_with("arn:") {
        true => resource(text, "ecs", "cluster/").is_some_and(is_ecs_name),
        false => is_ecs_name(text),
    },
    expected: "a name of 1 to 255 letters, digits, _ and -, or the ARN of a cluster",
};

/// A service. An ARN from before November 2018 contains no cluster.
pub(crate) const SERVICE: Grammar = Grammar {
    is_valid: |text| match text.starts_with("arn:") {
        true => resource(text, "ecs", "service/").is_some_and(|path| match path.split_once('/') {
            Some((cluster, name)) => is_ecs_name(cluster) && is_ecs_name(name),
            None => is_ecs_name(path),
        }),
        false => is_ecs_name(text),
    },
    expected: "a name of 1 to 255 letters, digits, _ and -, or the ARN of a service",
};

/// A task definition family, or a container.
pub(crate) const NAME: Grammar =
    Grammar { is_valid: is_ecs_name, expected: "a name of 1 to 255 letters, digits, _ and -" };

/// A schedule of EventBridge Scheduler.
pub(crate) const SCHEDULE: Grammar = Grammar {
    is_valid: |text| is_event_bridge_name(text, "scheduler", "schedule/", |group| is_short_name(group, 64)),
    expected: "NAME, GROUP/NAME, or the ARN of a schedule",
};

/// A rule of EventBridge. The buses of partners contain `/`.
pub(crate) const EVENT_RULE: Grammar = Grammar {
    is_valid: |text| {
        is_event_bridge_name(text, "events", "rule/", |bus| {
            bus.len() <= 256 && bus.split('/').all(|part| is_short_name(part, 256))
        })
    },
    expected: "NAME, BUS/NAME, or the ARN of a rule of EventBridge",
};

/// What ECS reads a variable from.
pub(crate) const SECRET_ARN: Grammar = Grammar {
    is_valid: |text| {
        let is_name = |text: &str, other: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || other.contains(c))
        };
        if text.len() > 2048 || !text.chars().all(super::is_visible) {
            return false;
        }
        if let Some(path) = resource(text, "secretsmanager", "secret:") {
            let mut parts = path.split(':');
            return is_name(parts.next().unwrap_or_default(), "/_+=.@-") && matches!(parts.count(), 0 | 3);
        }
        resource(text, "ssm", "parameter/").is_some_and(|path| {
            let (name, version) = path.split_once(':').unwrap_or((path, "1"));
            is_name(name, "/_.-") && is_name(version, "/_.-")
        })
    },
    expected: "the ARN of a secret in Secrets Manager, with nothing or `:JSON-KEY:VERSION-STAGE:VERSION-ID` after its \
               name, or the ARN of a parameter in the Parameter Store",
};

/// The parts of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'t> {
    pub(crate) partition: &'t str,
    pub(crate) service: &'t str,
    pub(crate) region: &'t str,
    pub(crate) account: &'t str,
    pub(crate) resource: &'t str,
}

impl<'t> Arn<'t> {
    /// Splits an ARN, of which only the partition is checked.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts.as_slice() else { return None };
        let is_partition =
            partition.starts_with("aws") && partition.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        is_partition.then_some(Self { partition, service, region, account, resource })
    }
}

/// What follows the prefix in the ARN of a resource with a region and an account.
fn resource<'t>(text: &'t str, service: &str, prefix: &str) -> Option<&'t str> {
    let arn = Arn::parse(text)?;
    let is_scoped = arn.service == service && is_region(arn.region) && is_digits(arn.account);
    arn.resource.strip_prefix(prefix).filter(|_| is_scoped)
}

fn is_region(text: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.len() <= 32 && text.contains('-') && text.split('-').all(is_word)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_ecs_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn is_event_bridge_name(text: &str, service: &str, prefix: &str, is_parent: fn(&str) -> bool) -> bool {
    let path = if text.starts_with("arn:") { resource(text, service, prefix) } else { Some(text) };
    path.is_some_and(|path| match path.rsplit_once('/') {
        Some((parent, name)) => is_parent(parent) && is_short_name(name, 64),
        None => is_short_name(path, 64),
    })
}

fn is_short_name(text: &str, length: usize) -> bool {
    (1..=length).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_one_of_its_service_with_region_and_account() {
        let arn = |rest: &str| ["arn:aws:", rest].concat();
        for (grammar, valid, invalid) in [
            (&CLUSTER, "ecs:eu-west-1:1:cluster/c", "ecs:eu-west-1:1:service/c"),
            (&SERVICE, "ecs:eu-west-1:1:service/c/web", "ecs:eu-west-1:1:service/c/web/x"),
            (&SERVICE, "ecs:eu-west-1:1:service/web", "ecs::1:service/web"),
            (&SCHEDULE, "scheduler:eu-west-1:1:schedule/a/b", "scheduler:eu-west-1::schedule/a/b"),
            (&EVENT_RULE, "events:eu-west-1:1:rule/b", "events:eu-west-1:1:rule/"),
            (&ROLE, "iam::123456789012:role/ci/x", "iam:eu-west-1:123456789012:role/ci/x"),
            (&SECRET_ARN, "secretsmanager:eu-west-1:1:secret:a:k::", "secretsmanager:eu-west-1:1:secret:a:k"),
            (&SECRET_ARN, "ssm:eu-west-1:1:parameter/a/b:3", "ssm:eu-west-1:1:document/a"),
        ] {
            assert_eq!(grammar.problem(&arn(valid)), None);
            assert!(grammar.problem(&arn(invalid)).is_some(), "{invalid}");
        }
        assert!(CLUSTER.problem("arn:AWS:ecs:eu-west-1:1:cluster/c").is_some());
    }

    #[test]
    fn a_schedule_and_an_event_rule_may_have_a_parent() {
        assert_eq!(SCHEDULE.problem("nightly").or(SCHEDULE.problem("reports/nightly")), None);
        assert_eq!(EVENT_RULE.problem("aws.partner/x.com/a/rule"), None);
        for invalid in ["", "/a", "a/", "a/b/c", "a b"] {
            assert!(SCHEDULE.problem(invalid).is_some(), "{invalid}");
        }
    }
}
