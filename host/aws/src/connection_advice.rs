//! Advice about a connection that failed, by the settings that it depends on: a proxy, and the certificates that are
//! trusted.

use crate::sdk_environment::{profiles::set, without_user};
use crate::tls::{bundle_setting, has_machine_roots};

/// What to check about a connection by `https` (or else `http`) that failed for `reason`. `None` if no setting of this
/// process is involved.
#[must_use]
pub fn connection_advice(reason: &str, is_https: bool) -> Option<String> {
    let proxy = proxy(is_https, set);
    if is_untrusted(reason) {
        let presents = match &proxy {
            Some(proxy) => format!("a proxy such as {proxy} may present it"),
            None => "a proxy may present it".to_owned(),
        };
        return Some(match (bundle_setting(), has_machine_roots()) {
            (Some(setting), true) => format!(
                "neither the CAs of this machine nor {setting} signed the certificate; {presents}: add its CA to that file"
            ),
            (Some(setting), false) => format!(
                "neither {setting} nor the built-in CAs signed the certificate; {presents}: add its CA to that file"
            ),
            (None, true) => format!(
                "no CA of this machine signed the certificate; {presents}: set AWS_CA_BUNDLE to a file with its CA"
            ),
            (None, false) => format!(
                "this machine has no CAs, and none of the built-in CAs signed the certificate; {presents}: \
                 install the package ca-certificates, or set AWS_CA_BUNDLE to a file with its CA"
            ),
        });
    }
    proxy.map(|proxy| {
        format!("the request goes through the proxy {proxy}: check it, or name the host in NO_PROXY")
    })
}

/// The proxy of requests, and its variable.
pub(crate) fn proxy(is_https: bool, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let own = if is_https { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let names = own.into_iter().chain(["ALL_PROXY", "all_proxy"]);
    names.into_iter().find_map(|name| variable(name).map(|url| format!("{} ({name})", without_user(&url))))
}

/// Whether rustls rejected the certificate of a server.
fn is_untrusted(reason: &str) -> bool {
    reason.contains("invalid peer certificate") || reason.contains("UnknownIssuer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_of_the_scheme_is_named_without_its_password() {
        let variables = |name: &str| match name {
            "https_proxy" => Some("http://me:secret@proxy.example:3128".to_owned()),
            "ALL_PROXY" => Some("http://all.example".to_owned()),
            _ => None,
        };
        assert_eq!(proxy(true, variables).as_deref(), Some("http://proxy.example:3128 (https_proxy)"));
        assert_eq!(proxy(false, variables).as_deref(), Some("http://all.example (ALL_PROXY)"));
        assert_eq!(proxy(true, |_| None), None);
    }
}
