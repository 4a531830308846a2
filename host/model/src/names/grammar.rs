//! Names that are checked and stay plain strings.

use super::InvalidName;
use super::arn::{EcsScope, split_scoped};
use crate::text::is_invisible;

/// Checks the name of a cluster, a service, a container or a task definition family: 1 to 255
/// letters, digits, `_` and `-` (the ECS API reference, `CreateCluster`, `CreateService`,
/// `RegisterTaskDefinition`). `kind` is what the text should be, for the error.
///
/// # Errors
/// [`InvalidName`] if the text breaks that rule.
pub fn parse_ecs_name(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let is_valid = !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let invalid = || InvalidName::new(kind, text, "expected 1 to 255 letters, digits, _ or -");
    if is_valid { Ok(text.to_owned()) } else { Err(invalid()) }
}

/// Checks a path of a build: relative, inside the working folder, and not a string that a
/// command line reads as an option. `kind` is what the path is for, for the error.
///
/// # Errors
/// [`InvalidName`] if the text breaks that rule.
pub fn parse_build_path(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let is_valid = is_relative_path(text) && text.split('/').all(|part| part != "..");
    let invalid = || InvalidName::new(kind, text, "expected a relative path inside the working folder");
    if is_valid { Ok(text.to_owned()) } else { Err(invalid()) }
}

fn is_relative_path(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(['/', '-', '~'])
        && !text.contains("://")
        && !text.contains(|c: char| is_invisible(c) || c == '\\')
}

/// Checks the name of an environment variable of a container or of a build argument. `kind` is
/// what the text should be, for the error.
///
/// # Errors
/// [`InvalidName`] if the text breaks that rule.
pub fn parse_variable_name(kind: &'static str, text: &str) -> Result<String, InvalidName> {
    let is_valid = !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let invalid = || InvalidName::new(kind, text, "expected letters, digits and _, and no digit first");
    if is_valid { Ok(text.to_owned()) } else { Err(invalid()) }
}

/// The region and the account of the ARN of a secret in Secrets Manager, or of a parameter in the Parameter Store (the
/// ECS developer guide, "Pass sensitive data to an Amazon ECS container"). After the name of a secret may be a JSON key,
/// a version stage and a version; each may be empty, and no fourth part follows. A JSON key may have any character
/// but `:`. The name of a parameter has letters, digits and `.-_` between its slashes (the reference of `PutParameter`),
/// and after it may be `:` and a version or a label (the reference of `GetParameters`).
///
/// # Errors
/// [`InvalidName`] if the text breaks that rule.
pub fn parse_secret_arn(text: &str) -> Result<EcsScope, InvalidName> {
    let rule = "expected the ARN of a secret in Secrets Manager, or of a parameter in the Parameter Store";
    let invalid = |rule| InvalidName::new("secret", text, rule);
    let of = |service, prefix| {
        let (scope, resource) = split_scoped(text, service)?;
        Some((scope, resource.strip_prefix(prefix).filter(|name| !name.is_empty())?))
    };
    if text.len() > 2048 || text.contains(is_invisible) {
        return Err(invalid(rule));
    }
    if let Some((scope, resource)) = of("secretsmanager", "secret:") {
        let mut parts = resource.split(':');
        let name = parts.next().unwrap_or_default();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c)) {
            return Err(invalid("expected letters, digits and /_+=.@- in the name of the secret"));
        }
        return match parts.count() {
            0 | 3 => Ok(scope),
            _ => Err(invalid(
                "expected nothing after the name of the secret, or three parts: `:JSON-KEY:VERSION-STAGE:VERSION-ID`, \
                 each of which may be empty",
            )),
        };
    }
    let (scope, name) = of("ssm", "parameter/").ok_or_else(|| invalid(rule))?;
    let (name, version) = name.split_once(':').unwrap_or((name, "1"));
    let is_word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "/_.-".contains(c))
    };
    match is_word(name) && is_word(version) {
        true => Ok(scope),
        false => Err(invalid("expected letters, digits and /_.- in the name of the parameter")),
    }
}

/// Checks the name of a log group: 1 to 512 letters, digits and `_ - / . #` (the CloudWatch Logs API reference,
/// `CreateLogGroup`).
///
/// # Errors
/// [`InvalidName`] if the text breaks that rule.
pub fn parse_log_group(text: &str) -> Result<String, InvalidName> {
    let is_valid = (1..=512).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-/.#".contains(c));
    let invalid = || InvalidName::new("log group", text, "expected 1 to 512 letters, digits, _ - / . or #");
    if is_valid { Ok(text.to_owned()) } else { Err(invalid()) }
}

/// Checks the ARN of a key of KMS, or of an alias (the API reference of EventBridge Scheduler, `KmsKeyArn`).
///
/// # Errors
/// [`InvalidName`] for any other text.
pub fn parse_key_arn(text: &str) -> Result<String, InvalidName> {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-/".contains(c));
    let is_key = split_scoped(text, "kms").is_some_and(|(_, resource)| {
        ["key/", "alias/"].iter().any(|kind| resource.strip_prefix(kind).is_some_and(is_name))
    });
    let invalid = || InvalidName::new("KMS key", text, "expected the ARN of a key or of an alias");
    if is_key && text.len() <= 2048 { Ok(text.to_owned()) } else { Err(invalid()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_path_stays_in_the_working_folder() {
        for good in [".", "web", "./web/api"] {
            assert!(parse_build_path("build context", good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/",
            "..",
            "web/../..",
            "-",
            "--privileged",
            "https://h.example/x.git",
            "~",
            "a\nb",
            "a\u{2028}b",
        ] {
            assert!(parse_build_path("build context", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_secret_is_one_of_secrets_manager_or_of_the_parameter_store() {
        for good in [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/db-AbCdEf:password::",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:the password:AWSCURRENT:1",
            "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/team/db.password",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/db:3",
        ] {
            let scope = parse_secret_arn(good).unwrap();
            assert_eq!(scope.account, "123456789012");
        }
        for bad in [
            "",
            "db",
            "/team/db",
            "arn:aws:iam::123456789012:role/db",
            "arn:aws:ssm:eu-west-1:123456789012:document/db",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db\n",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db:a",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db:a:b:c:d",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret::a:b:c",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:d b",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/team/db password",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/db:",
        ] {
            assert!(parse_secret_arn(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_name_of_a_log_group_and_the_arn_of_a_key_are_no_patterns() {
        for good in ["/ecs/web", "a.b#c_d-1"] {
            assert!(parse_log_group(good).is_ok(), "{good}");
        }
        for bad in ["", "*", "/ecs/*", "a?", "a:b", "a b", &"x".repeat(513)] {
            assert!(parse_log_group(bad).is_err(), "{bad}");
        }
        for good in ["key/1234abcd-12ab-34cd-56ef-1234567890ab", "key/mrk-1234", "alias/team/schedules"] {
            assert!(parse_key_arn(&format!("arn:aws:kms:eu-west-1:123456789012:{good}")).is_ok(), "{good}");
        }
        for bad in ["key/*", "key/", "*", "alias/a?", "key/a\"b"] {
            assert!(parse_key_arn(&format!("arn:aws:kms:eu-west-1:123456789012:{bad}")).is_err(), "{bad}");
        }
        assert!(parse_key_arn("arn:aws:kms:*:123456789012:key/1").is_err());
        assert!(parse_key_arn("arn:aws:s3:eu-west-1:123456789012:key/1").is_err());
    }
}
