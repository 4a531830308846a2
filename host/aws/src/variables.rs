//! Checks of the variables and profiles that the AWS SDK would panic at, or blame the network for.

use std::path::PathBuf;

use crate::error::{AwsError, ErrorKind};
use crate::sdk_environment::profiles::{profile_files, sections, set};
use model::Environment;

/// The variables of an access key.
const KEY_VARIABLES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// Checks the variables that the SDK reads: it sends some of them in HTTP headers, and panics or blames the network if
/// a header cannot carry the value.
///
/// # Errors
/// [`AwsError`] for a variable that is not UTF-8, for half an access key, for a variable that no header can carry, and
/// for an empty endpoint of a profile that gets its credentials from AWS.
pub(crate) fn check(environment: &Environment) -> Result<(), AwsError> {
    // The SDK reads them as unset.
    if let Some((name, _)) = environment.undecodable().find(|(name, _)| name.starts_with("AWS_")) {
        let message = format!("{name} is not UTF-8, so what it is set to is not known");
        return Err(error(ErrorKind::Variable, message, "correct it where it is set, or unset it"));
    }
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| (name, environment.get(name)));
    if let [(set, Some(_)), (unset, None)] | [(unset, None), (set, Some(_))] = keys {
        let message = format!("incomplete AWS credentials: {set} is set and {unset} is not");
        return Err(error(ErrorKind::Credentials, message, "set both, or neither for a role or a profile"));
    }
    for name in KEY_VARIABLES {
        if let Some(problem) = environment.get(name).and_then(credential_problem) {
            let hint = "set it to the value alone, without quotation marks, spaces and line breaks";
            return Err(error(ErrorKind::Credentials, format!("{name} contains {problem}"), hint));
        }
    }
    // Keys in the environment come before a profile, which is not read then.
    if environment.get("AWS_ACCESS_KEY_ID").is_none()
        && let Some(problem) = empty_endpoint_of_role(&profile_files())
    {
        return Err(error(ErrorKind::Variable, problem, "remove that line from the profile"));
    }
    let has_control =
        |(name, value): &(&str, &str)| name.starts_with("AWS_") && value.contains(char::is_control);
    match environment.iter().find(has_control) {
        Some((name, _)) => {
            let message = format!("{name} contains a line break or another control character");
            Err(error(ErrorKind::Variable, message, "remove the character from its value"))
        }
        None => Ok(()),
    }
}

/// The profile that gets its credentials from AWS and sets `endpoint_url` to an empty value: the SDK panics at it
/// before it can be unset.
fn empty_endpoint_of_role(files: &[(PathBuf, String)]) -> Option<String> {
    let keys = ["role_arn", "sso_session", "sso_start_url"];
    let (mut empty, mut gets_credentials) = (None, set("AWS_WEB_IDENTITY_TOKEN_FILE").is_some());
    for (path, text) in files {
        for (name, lines) in sections(text) {
            for (key, value) in lines.filter_map(|line| line.split_once('=')) {
                gets_credentials |= keys.contains(&key.trim());
                if key.trim() == "endpoint_url" && value.trim().is_empty() {
                    empty = Some(format!(
                        "profile `{name}` in `{}` sets endpoint_url to nothing",
                        path.display()
                    ));
                }
            }
        }
    }
    empty.filter(|_| gets_credentials)
}

/// What a part of a credential contains that no part of a credential has: keys and tokens are printable ASCII without
/// spaces and quotation marks (the IAM API reference, "AccessKey"; the STS API reference, "Credentials").
pub(crate) fn credential_problem(value: &str) -> Option<&'static str> {
    let first = value.chars().find(|c| !c.is_ascii_graphic() || matches!(c, '"' | '\''))?;
    Some(match first {
        '\n' | '\r' => "a line break",
        '"' | '\'' => "a quotation mark",
        first if first.is_whitespace() => "a space",
        _ => "a character that is not printable ASCII",
    })
}

fn error(kind: ErrorKind, message: String, hint: &str) -> AwsError {
    AwsError {
        operation: if kind == ErrorKind::Credentials { "credentials" } else { "environment" },
        on: "this run".to_owned(),
        kind,
        code: None,
        message,
        hint: Some(hint.to_owned()),
    }
}
