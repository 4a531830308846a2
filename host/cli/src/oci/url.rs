//! The subset of URLs that registries use.

use std::fmt;
use std::net::Ipv4Addr;

use super::RegistryError;

/// An absolute URL with the scheme `http` or `https`. `Display` omits the query, which can contain a signature.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url {
    is_secure: bool,
    /// The host, with an optional port.
    authority: String,
    /// The path and the query.
    path: String,
}

impl Url {
    /// The URL of a path in a registry. A registry on this machine is used without TLS, as docker does.
    pub(crate) fn in_registry(host: &str, path: String) -> Self {
        // Docker Hub's API has another host name than its images.
        let host = if host == "docker.io" { "registry-1.docker.io" } else { host };
        Self { is_secure: !is_loopback(host), authority: host.to_owned(), path }
    }

    /// Parses an absolute URL without credentials. `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if !is_plain(text) {
            return None;
        }
        // A fragment is not sent to a server.
        let text = text.split('#').next().unwrap_or_default();
        let (is_secure, rest) = match text.split_once("://")? {
            ("https", rest) => (true, rest),
            ("http", rest) => (false, rest),
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.is_empty() || authority.contains('@') {
            return None;
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(Self { is_secure, authority: authority.to_owned(), path: format!("{slash}{path}") })
    }

    /// Resolves the header `location` of a response: an absolute URL, or a path on the same host.
    pub(crate) fn join(&self, location: &str) -> Result<Self, RegistryError> {
        let invalid = || RegistryError::InvalidResponse {
            subject: format!("the location returned by {self}"),
            found: format!("`{}`", super::excerpt(location.as_bytes())),
        };
        if is_path(location) {
            // A fragment is not sent to a server.
            let path = location.split('#').next().unwrap_or_default();
            return Ok(Self { path: path.to_owned(), ..self.clone() });
        }
        let url = Self::parse(location).ok_or_else(invalid)?;
        // A remote registry must not redirect to a service without TLS on this machine or in its network.
        if !url.is_secure && (self.is_secure || !is_loopback(&url.authority)) {
            return Err(RegistryError::InsecureRedirect { from: self.to_string(), to: url.to_string() });
        }
        Ok(url)
    }

    /// Adds a parameter to the query.
    pub(super) fn with_parameter(&self, name: &str, value: &str) -> Self {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        let path = format!("{}{sign}{name}={}", self.path, percent_encode(value));
        Self { path, ..self.clone() }
    }

    /// Whether both URLs have the same scheme, host and port, so that the same credentials can be sent.
    pub(super) fn has_same_origin(&self, other: &Self) -> bool {
        self.is_secure == other.is_secure && self.authority.eq_ignore_ascii_case(&other.authority)
    }

    /// Whether the host is this machine.
    pub(crate) fn is_local(&self) -> bool {
        is_loopback(&self.authority)
    }

    /// Whether it is used with TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The host, with the port if the URL has one.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The path and the query. They can contain a secret.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The URL with its query, which can contain a signature. For requests only.
    pub(crate) fn to_full_string(&self) -> String {
        format!("{}://{}{}", self.scheme(), self.authority, self.path)
    }

    fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        write!(f, "{}://{}{path}", self.scheme(), self.authority)
    }
}

/// Whether a text has only characters that can be in a URL.
fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || c.is_whitespace() || !c.is_ascii())
}

/// Whether a location is a path on the same host.
fn is_path(location: &str) -> bool {
    is_plain(location) && location.starts_with('/') && !location.starts_with("//")
}

/// Whether a host is `localhost` or in 127.0.0.0/8.
fn is_loopback(authority: &str) -> bool {
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Encodes a string as the value of a query's parameter.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(host: &str) -> Url {
        Url::in_registry(host, "/v2/p/manifests/1".into())
    }

    #[test]
    fn only_this_machine_is_used_without_tls() {
        for (host, scheme) in [
            ("localhost:5000", "http"),
            ("127.1.2.3", "http"),
            ("registry.example.com:80", "https"),
            ("127.0.0.1.example.com", "https"),
            ("128.0.0.1:5000", "https"),
        ] {
            assert_eq!(url(host).to_full_string(), format!("{scheme}://{host}/v2/p/manifests/1"));
        }
    }

    #[test]
    fn a_location_is_a_url_or_a_path() {
        let registry = url("r.example");
        let joined = |location: &str| registry.join(location).map(|url| url.to_full_string()).ok();
        assert_eq!(joined("/a?b=c#d").as_deref(), Some("https://r.example/a?b=c"));
        assert_eq!(joined("https://s.example:8443?x#y").as_deref(), Some("https://s.example:8443/?x"));
        for bad in [
            "",
            "a",
            "//s.example/a",
            "ftp://s.example/",
            "https://",
            "https://u:p@s.example/",
            "https://s.example/a b",
            "http://s.example/a",
            "http://127.0.0.1/a",
            "http://169.254.169.254/latest",
        ] {
            assert_eq!(joined(bad), None, "{bad}");
        }
        assert!(url("127.0.0.1:1").join("http://localhost:2/").is_ok());
        assert!(url("127.0.0.1:1").join("http://s.example/").is_err());
    }

    #[test]
    fn a_query_is_sent_but_not_displayed() {
        let url =
            url("r.example").with_parameter("scope", "repository:a/b:pull").with_parameter("digest", "1");
        assert_eq!(
            url.to_full_string(),
            "https://r.example/v2/p/manifests/1?scope=repository%3Aa%2Fb%3Apull&digest=1"
        );
        assert_eq!(url.to_string(), "https://r.example/v2/p/manifests/1");
    }
}
