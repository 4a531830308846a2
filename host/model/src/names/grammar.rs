//! Names that are checked and stay plain strings.

use super::InvalidName;
use super::arn::split_scoped;
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

/// Checks the ARN of a secret in Secrets Manager, with a JSON key, version stage and version after it, or of a parameter
/// in the Parameter Store (the ECS developer guide, "Pass sensitive data to an Amazon ECS container").
///
/// # Errors
/// [`InvalidName`] if the text breaks that rule.
pub fn parse_secret_arn(text: &str) -> Result<String, InvalidName> {
    let has_name = |service, prefix| {
        split_scoped(text, service).is_some_and(|(_, resource)| {
            resource.strip_prefix(prefix).is_some_and(|name| !name.is_empty() && !name.contains(is_invisible))
        })
    };
    let is_valid =
        text.len() <= 2048 && (has_name("secretsmanager", "secret:") || has_name("ssm", "parameter/"));
    let rule = "expected the ARN of a secret in Secrets Manager, or of a parameter in the Parameter Store";
    if is_valid { Ok(text.to_owned()) } else { Err(InvalidName::new("secret", text, rule)) }
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
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf:password::",
            "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/team/db password",
        ] {
            assert_eq!(parse_secret_arn(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "db",
            "/team/db",
            "arn:aws:iam::123456789012:role/db",
            "arn:aws:ssm:eu-west-1:123456789012:document/db",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db\n",
        ] {
            assert!(parse_secret_arn(bad).is_err(), "{bad}");
        }
    }
}
