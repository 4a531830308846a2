//! Why a registry gave or took no policy.

use std::path::PathBuf;

use serde_json::Value;
use thiserror::Error;

use aws::AwsError;
use model::text::printable;

/// Why there is no policy from a registry, or none in it.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// No answer.
    #[error(
        "{what}: the registry can't be reached, or broke off: {why}; a policy that is pinned by its \
         digest is had from the cache of earlier runs, and needs no registry"
    )]
    Unreachable {
        /// What was asked.
        what: String,
        /// What the network said.
        why: String,
    },
    /// No answer in time.
    #[error("{what}: the registry takes too long")]
    Slow {
        /// What was asked.
        what: String,
    },
    /// An answer that is a refusal.
    #[error("{what}: the registry answers {status}{}{}", spoken(said), hint(*status))]
    Refused {
        /// What was asked.
        what: String,
        /// The status of HTTP.
        status: u16,
        /// Its own words, where it had some.
        said: String,
    },
    /// The registry wants a login, and there is none that it takes.
    #[error("{what}: {why}; `docker login {host}` writes a login that ecs-host takes")]
    Login {
        /// What was asked.
        what: String,
        /// What is missing.
        why: String,
        /// The registry.
        host: String,
    },
    /// The docker configuration, or its helper, gives no login.
    #[error("no login to {host} can be had from `{}`: {why}", path.display())]
    DockerConfig {
        /// The registry.
        host: String,
        /// The configuration.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// ECR gives no token.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// An answer that makes no sense.
    #[error("{what} can't be used: {found}")]
    InvalidAnswer {
        /// What was read.
        what: String,
        /// What it is instead.
        found: String,
    },
    /// An artifact that is no WebAssembly component.
    #[error(
        "{artifact} is no policy: {found}; a policy is published by `ecs-host push`, or as \
         a WebAssembly component by other tools of that artifact format"
    )]
    Foreign {
        /// The artifact.
        artifact: String,
        /// What it is instead.
        found: String,
    },
    /// A tag that stands for something else than a policy.
    #[error("{artifact} is taken: {found}; nothing was pushed: choose another tag or repository")]
    Taken {
        /// The artifact.
        artifact: String,
        /// What is there.
        found: String,
    },
    /// More bytes than a policy has.
    #[error("{what} is too large: it has more than {most} bytes")]
    TooLarge {
        /// What was read.
        what: String,
        /// The bound.
        most: u64,
    },
    /// Other bytes than those that the digest is of.
    #[error("{what} is not what it should be: the registry sent {found}, and {expected} was asked for")]
    OtherBytes {
        /// What was read.
        what: String,
        /// The digest that was asked for.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// A redirection to where nothing may lead.
    #[error("{from} leads to {to}, which is not followed: it is not protected by TLS")]
    Redirect {
        /// Where the registry was asked.
        from: String,
        /// Where it leads.
        to: String,
    },
    /// More redirections than a registry needs.
    #[error("{what}: the registry leads on and on, and was followed {times} times")]
    Redirects {
        /// What was asked first.
        what: String,
        /// How often it was followed.
        times: usize,
    },
    /// All of it took too long.
    #[error("{doing} {artifact} was given up after {seconds} s")]
    TimedOut {
        /// What was done.
        doing: &'static str,
        /// The artifact.
        artifact: String,
        /// The bound.
        seconds: u64,
    },
    /// This process can't do it.
    #[error("the registry can't be asked: {0}")]
    Process(#[from] std::io::Error),
}

/// What to do about a status.
fn hint(status: u16) -> &'static str {
    match status {
        401 | 403 => "; the login is missing or wrong, or may not do that",
        404 => "; there is no such policy, or the login may not see it",
        429 => "; it is asked too often",
        _ => "",
    }
}

fn spoken(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(" (`{said}`)") }
}

/// A registry's own words in the body of an error, where it has the form of the
/// distribution specification; what is none, such as a page for browsers, by its beginning.
pub(crate) fn said(body: &[u8]) -> String {
    let told: Option<Value> = serde_json::from_slice(body).ok();
    let first = told.as_ref().and_then(|told| told.get("errors")?.get(0));
    let part = |name: &str| first.and_then(|error| error.get(name)?.as_str()).unwrap_or_default();
    match (part("code"), part("message")) {
        ("", "") => super::excerpt(body),
        (code, "") | ("", code) => super::excerpt(code.as_bytes()),
        (code, message) => super::excerpt(format!("{code}: {message}").as_bytes()),
    }
}

/// The beginning of something that others wrote, fit for a log.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 160;
    let text = String::from_utf8_lossy(bytes);
    let cut: String = text.trim().chars().take(SHOWN).collect();
    let more = if cut.len() < text.trim().len() { " …" } else { "" };
    printable(&cut) + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrys_words_are_told_and_can_not_forge_a_line() {
        let body = br#"{"errors":[{"code":"DENIED","message":"no\nerror: x","detail":{}}]}"#;
        assert_eq!(said(body), "DENIED: no\\nerror: x");
        assert_eq!(said(b"<html>\x1b[2J"), "<html>\\u{1b}[2J");
        assert!(said(&[b'a'; 10_000]).chars().count() < 200);
        let refused = RegistryError::Refused { what: "GET x".into(), status: 404, said: String::new() };
        assert_eq!(
            refused.to_string(),
            "GET x: the registry answers 404; there is no such policy, or the login may not see it"
        );
    }
}
