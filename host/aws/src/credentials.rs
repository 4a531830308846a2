//! Checks credentials before the SDK signs with them.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result, future};

use crate::variables::credential_problem;

/// A provider whose credentials an HTTP header can carry. The SDK panics at others, whichever file, process or server
/// they come from.
#[derive(Debug)]
pub(super) struct CheckedCredentials<P>(pub(super) P);

impl<P: ProvideCredentials> ProvideCredentials for CheckedCredentials<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { check(self.0.provide_credentials().await?) })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt().and_then(|credentials| check(credentials).ok())
    }
}

fn check(credentials: Credentials) -> Result {
    let parts = [
        ("the access key ID", Some(credentials.access_key_id())),
        ("the secret access key", Some(credentials.secret_access_key())),
        ("the session token", credentials.session_token()),
    ];
    let invalid = parts.into_iter().find_map(|(part, value)| Some((part, credential_problem(value?)?)));
    match invalid {
        Some((part, problem)) => Err(CredentialsError::invalid_configuration(format!(
            "{part} that a profile, a process or a server returned contains {problem}"
        ))),
        None => Ok(credentials),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_that_no_header_can_carry_are_rejected_by_their_part() {
        let check_parts = |id: &str, secret: &str, token: Option<&str>| {
            let checked = check(Credentials::new(id, secret, token.map(str::to_owned), None, "test"));
            checked
                .err()
                .map(|error| std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default())
        };
        assert_eq!(check_parts("AKIA", "a/b+c=", Some("t==")), None);
        for (error, part, problem) in [
            (check_parts("AK\nIA", "s", None), "the access key ID", "a line break"),
            (check_parts("AKIA", "s ", None), "the secret access key", "a space"),
            (check_parts("AKIA", "s", Some("t\u{7f}")), "the session token", "not printable ASCII"),
            (check_parts("AKIA", "s", Some("\"t\"")), "the session token", "a quotation mark"),
        ] {
            let error = error.unwrap();
            assert!(error.contains(part) && error.contains(problem), "{error}");
        }
    }
}
