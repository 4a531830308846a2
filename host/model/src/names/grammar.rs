//! Names that are checked and stay plain strings.

use super::InvalidName;
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

/// Checks the path of a Dockerfile, relative to the build context. It may lead out of the context, but not out of the
/// working folder.
///
/// # Errors
/// [`InvalidName`] if the text breaks that rule.
pub fn parse_dockerfile_path(context: &str, text: &str) -> Result<String, InvalidName> {
    let is_valid =
        is_relative_path(text) && join_build_paths(context, text).is_some_and(|path| !path.is_empty());
    let rule = "expected a path relative to the build context and inside the working folder";
    if is_valid { Ok(text.to_owned()) } else { Err(InvalidName::new("Dockerfile path", text, rule)) }
}

/// A path relative to the build context as a path relative to the working folder, without `.` and `..`. `None` if it
/// leads out of the working folder.
#[must_use]
pub fn join_build_paths(context: &str, path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in context.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
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
    fn a_dockerfile_may_be_outside_its_context_but_not_outside_the_working_folder() {
        for (context, path, joined) in [
            (".", "Dockerfile", "Dockerfile"),
            ("api", "../docker/Dockerfile.api", "docker/Dockerfile.api"),
            ("./services/api/", "./x/../Dockerfile", "services/api/Dockerfile"),
        ] {
            assert!(parse_dockerfile_path(context, path).is_ok(), "{path}");
            assert_eq!(join_build_paths(context, path).as_deref(), Some(joined));
        }
        for (context, path) in
            [(".", "../Dockerfile"), ("api", "../../x"), ("api", "/etc/x"), ("api", "x/../../../y")]
        {
            assert!(parse_dockerfile_path(context, path).is_err(), "{path}");
        }
    }
}
