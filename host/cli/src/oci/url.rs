//! As much of URLs as registries use.

use std::fmt;
use std::net::Ipv4Addr;

use super::RegistryError;

/// An absolute address, of `http` or `https`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url {
    secure: bool,
    /// The host, with its port where one is named.
    authority: String,
    /// The path, with its query.
    path: String,
}

impl Url {
    /// A path of a registry. What is on this machine is spoken to without TLS,
    /// as docker does.
    pub(crate) fn of_registry(host: &str, path: String) -> Self {
        // The registry behind this name has another one for its API.
        let host = if host == "docker.io" { "registry-1.docker.io" } else { host };
        Self { secure: !is_loopback(host), authority: host.to_owned(), path }
    }

    /// Where a response sends its client: an address, or a path of the same host.
    pub(crate) fn join(&self, location: &str) -> Result<Self, RegistryError> {
        let nonsense = || RegistryError::InvalidAnswer {
            what: format!("the address that {self} names"),
            found: format!("`{}`", super::excerpt(location.as_bytes())),
        };
        if location.contains(|c: char| c.is_control() || c.is_whitespace() || !c.is_ascii()) {
            return Err(nonsense());
        }
        // No server is told a fragment.
        let location = location.split('#').next().unwrap_or_default();
        let (secure, rest) = match location.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ if location.starts_with('/') && !location.starts_with("//") => {
                return Ok(Self { path: location.to_owned(), ..self.clone() });
            }
            _ => return Err(nonsense()),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.is_empty() || authority.contains('@') {
            return Err(nonsense());
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        let url = Self { secure, authority: authority.to_owned(), path: format!("{slash}{path}") };
        // From a registry out there nothing may lead to a service on this
        // machine or in its network that speaks without TLS.
        if !url.secure && (self.secure || !is_loopback(&url.authority)) {
            return Err(RegistryError::Redirect { from: self.to_string(), to: url.to_string() });
        }
        Ok(url)
    }

    /// The same address with one more parameter.
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        let path = format!("{}{sign}{name}={}", self.path, encoded(value));
        Self { path, ..self.clone() }
    }

    /// Whether it is of the same server, which may see the same secrets.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.secure == other.secure && self.authority.eq_ignore_ascii_case(&other.authority)
    }

    /// Whether it is on this machine.
    pub(super) fn is_local(&self) -> bool {
        is_loopback(&self.authority)
    }

    /// All of it, for a request and for nothing else: queries hold signatures.
    pub(crate) fn whole(&self) -> String {
        format!("{}://{}{}", self.scheme(), self.authority, self.path)
    }

    fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        write!(f, "{}://{}{path}", self.scheme(), self.authority)
    }
}

/// Whether a host is this machine: `localhost`, or 127.0.0.0/8.
fn is_loopback(authority: &str) -> bool {
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// A text as a query's value.
fn encoded(text: &str) -> String {
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
        Url::of_registry(host, "/v2/p/manifests/1".into())
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        for (host, scheme) in [
            ("localhost:5000", "http"),
            ("127.1.2.3", "http"),
            ("registry.example.com:80", "https"),
            ("127.0.0.1.example.com", "https"),
            ("128.0.0.1:5000", "https"),
        ] {
            assert_eq!(url(host).whole(), format!("{scheme}://{host}/v2/p/manifests/1"));
        }
    }

    #[test]
    fn a_location_is_an_address_or_a_path() {
        let registry = url("r.example");
        let whole = |location: &str| registry.join(location).map(|url| url.whole()).ok();
        assert_eq!(whole("/a?b=c#d").as_deref(), Some("https://r.example/a?b=c"));
        assert_eq!(whole("https://s.example:8443?x#y").as_deref(), Some("https://s.example:8443/?x"));
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
            assert_eq!(whole(bad), None, "{bad}");
        }
        assert!(url("127.0.0.1:1").join("http://localhost:2/").is_ok());
        assert!(url("127.0.0.1:1").join("http://s.example/").is_err());
    }

    #[test]
    fn a_query_is_sent_and_not_shown() {
        let url = url("r.example").with("scope", "repository:a/b:pull").with("digest", "1");
        assert_eq!(
            url.whole(),
            "https://r.example/v2/p/manifests/1?scope=repository%3Aa%2Fb%3Apull&digest=1"
        );
        assert_eq!(url.to_string(), "https://r.example/v2/p/manifests/1");
    }
}
