//! The address that is notified.

use std::fmt;

use thiserror::Error;

use crate::oci::url::Url;
use model::secret::MASK;

/// The hosts of Slack's webhooks ("Sending messages using incoming webhooks", and GovSlack).
const SLACK_HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// An absolute URL with TLS, or without on this machine. Neither `Debug` nor `Display` contains more than its host.
#[derive(Clone, PartialEq, Eq)]
pub struct NotifyUrl {
    text: String,
    url: Url,
}

/// A text that is not the address of a webhook. The text itself is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidNotifyUrl {
    /// It is no URL with one of the two schemes, or contains credentials.
    #[error("expected a URL such as `https://ci.example.com/deployments`, without a user and a password")]
    NoUrl,
    /// It would send what it contains without TLS.
    #[error(
        "expected `https://`; `http://` is accepted only for this machine, such as `http://127.0.0.1:8080/`"
    )]
    NoTls,
}

impl NotifyUrl {
    /// Parses an address.
    ///
    /// # Errors
    /// [`InvalidNotifyUrl`].
    pub fn parse(text: &str) -> Result<Self, InvalidNotifyUrl> {
        let is_of_host = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
        let is_of_path = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
        let url = Url::parse(text).filter(|url| url.authority().chars().all(is_of_host));
        let url = url.filter(|url| url.path().chars().all(is_of_path)).ok_or(InvalidNotifyUrl::NoUrl)?;
        if !url.is_secure() && !url.is_local() {
            return Err(InvalidNotifyUrl::NoTls);
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// The address. It is a secret.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL of requests.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it is a webhook of Slack, which accepts a message and nothing else.
    #[must_use]
    pub fn is_slack(&self) -> bool {
        let host = self.url.authority().to_ascii_lowercase();
        let host = host.strip_suffix(":443").unwrap_or(&host);
        self.url.is_secure() && SLACK_HOSTS.contains(&host)
    }

    /// A text of the server or of the connection without the parts of the address that follow its host. A server repeats
    /// the path that it does not know, which is a token, also if it is short.
    pub(super) fn redact(&self, text: &str) -> String {
        /// Shorter parts, such as `v1`, are no token.
        const MIN_PART_LEN: usize = 3;
        let path = self.url.path();
        let mut parts: Vec<&str> = path.split(['/', '?', '&', '=', ';']).collect();
        parts.retain(|part| part.len() >= MIN_PART_LEN);
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        let whole = Some(path).filter(|path| path.len() > 1);
        whole.into_iter().chain(parts).fold(text.to_owned(), |text, part| text.replace(part, MASK))
    }

    /// What no output contains of a text that is meant as an address: the whole, and what follows its host if that is
    /// long enough for a token. A short path such as `/deployments` occurs elsewhere.
    #[must_use]
    pub fn secret_parts(text: &str) -> Vec<String> {
        const MIN_TOKEN_LEN: usize = 16;
        let rest = text.split_once("://").and_then(|(_, rest)| rest.get(rest.find(['/', '?'])?..));
        let rest = rest.filter(|rest| rest.len() >= MIN_TOKEN_LEN);
        [Some(text), rest].into_iter().flatten().map(str::to_owned).collect()
    }
}

impl fmt::Display for NotifyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.authority())
    }
}

impl fmt::Debug for NotifyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NotifyUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_uses_tls_but_on_this_machine() {
        for text in
            ["https://a.example", "https://a.example:8443/b?c=d", "http://127.0.0.1:1/x", "http://localhost/"]
        {
            NotifyUrl::parse(text).unwrap();
        }
        for (text, error) in [
            ("http://a.example/token", InvalidNotifyUrl::NoTls),
            ("http://169.254.169.254/latest", InvalidNotifyUrl::NoTls),
            ("http://127.0.0.1.example.com/", InvalidNotifyUrl::NoTls),
            ("a.example/token", InvalidNotifyUrl::NoUrl),
            ("", InvalidNotifyUrl::NoUrl),
            ("/token", InvalidNotifyUrl::NoUrl),
            ("file:///etc/passwd", InvalidNotifyUrl::NoUrl),
            ("https://me:secret@a.example/", InvalidNotifyUrl::NoUrl),
            ("https://a.example/a b", InvalidNotifyUrl::NoUrl),
            ("https://a.example/\nx", InvalidNotifyUrl::NoUrl),
            ("https:///x", InvalidNotifyUrl::NoUrl),
            ("https://a<b/x", InvalidNotifyUrl::NoUrl),
        ] {
            let found = NotifyUrl::parse(text).unwrap_err();
            assert_eq!(found, error, "{text}");
            assert!(!found.to_string().contains("token"));
        }
    }

    #[test]
    fn slack_is_recognized_by_its_host_alone() {
        let is_slack = |text: &str| NotifyUrl::parse(text).unwrap().is_slack();
        assert!(
            is_slack("https://hooks.slack.com/services/T/B/x") && is_slack("https://HOOKS.slack.com:443/x")
        );
        assert!(is_slack("https://hooks.slack-gov.com/services/T/B/x"));
        for text in
            ["https://hooks.slack.com.example/x", "https://a.example/hooks.slack.com", "http://127.0.0.1/x"]
        {
            assert!(!is_slack(text), "{text}");
        }
    }

    #[test]
    fn what_a_server_repeats_of_the_address_is_hidden_however_short_it_is() {
        let redact = |url: &str, text: &str| NotifyUrl::parse(url).unwrap().redact(text);
        assert_eq!(redact("https://a.example/k7x", "no hook /k7x, k7x"), "no hook ***, ***");
        assert_eq!(redact("https://a.example/v1/q9?t=z8z", "GET /v1/q9?t=z8z: z8z?"), "GET ***: ***?");
        assert_eq!(redact("https://a.example/T0/B0/tok", r"\/T0\/B0\/tok"), r"\/T0\/B0\/***");
        assert_eq!(redact("https://a.example/", "a / b"), "a / b");
        assert_eq!(redact("https://a.example", "a / b"), "a / b");
    }

    #[test]
    fn no_text_contains_more_than_the_host() {
        let url = NotifyUrl::parse("https://hooks.slack.com/services/T0/B0/x").unwrap();
        assert_eq!(
            (url.to_string().as_str(), format!("{url:?}").as_str()),
            ("hooks.slack.com", "NotifyUrl(hooks.slack.com)")
        );
        assert_eq!(NotifyUrl::secret_parts(url.as_str()), [url.as_str(), "/services/T0/B0/x"]);
        assert_eq!(NotifyUrl::secret_parts("https://a.example/"), ["https://a.example/"]);
        assert_eq!(
            NotifyUrl::secret_parts("https://a.example/deployments"),
            ["https://a.example/deployments"]
        );
    }
}
