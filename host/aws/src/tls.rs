//! The certificates that connections trust: those of the machine, and those of `AWS_CA_BUNDLE` or a profile's `ca_bundle`
//! (the AWS SDKs and tools reference guide, "ca_bundle"), which the SDK for Rust does not read. On a machine without any,
//! such as a container without the package ca-certificates, those of Mozilla, which are in the program.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use thiserror::Error;

use crate::sdk_environment::profiles::{profile_files, sections, set};

const VARIABLE: &str = "AWS_CA_BUNDLE";

/// The variables of OpenSSL that replace the machine's certificates; rustls-native-certs reads them.
const MACHINE_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// A bundle of certificates that cannot be used.
#[derive(Debug, Clone, Error)]
#[error("{setting} names `{}`, which {reason}; name a file of CA certificates in PEM form, or unset it", path.display())]
pub struct CaBundleError {
    /// The setting that names the file.
    setting: String,
    path: PathBuf,
    /// What is wrong with the file.
    reason: String,
}

/// The setting that names a bundle of certificates, and the file.
fn bundle() -> Option<(String, PathBuf)> {
    if let Some(path) = set(VARIABLE) {
        return Some((VARIABLE.to_owned(), path.into()));
    }
    let profile = set("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    for (file, text) in profile_files() {
        for (name, mut lines) in sections(&text) {
            let value = lines.find_map(|line| {
                let (key, value) = line.split_once('=')?;
                (key.trim() == "ca_bundle").then(|| value.trim().to_owned()).filter(|value| !value.is_empty())
            });
            if let Some(value) = value.filter(|_| name == profile) {
                return Some((
                    format!("ca_bundle of profile `{profile}` in `{}`", file.display()),
                    in_home(&value),
                ));
            }
        }
    }
    None
}

/// A path whose `~` is the home folder.
fn in_home(path: &str) -> PathBuf {
    match path.strip_prefix("~/").zip(set("HOME")) {
        Some((rest, home)) => PathBuf::from(home).join(rest),
        None => path.into(),
    }
}

/// The name of the setting that adds certificates, for advice about one that is not trusted.
pub(crate) fn bundle_setting() -> Option<String> {
    bundle().map(|(setting, path)| format!("{setting} (`{}`)", path.display()))
}

/// Whether the machine has a certificate that can be a root of trust, or its variables name one.
pub(crate) fn has_machine_roots() -> bool {
    static HAS_ROOTS: LazyLock<bool> =
        LazyLock::new(|| rustls_native_certs::load_native_certs().certs.iter().any(is_root));
    *HAS_ROOTS
}

/// Whether rustls accepts a certificate as a root of trust.
fn is_root(certificate: &CertificateDer<'static>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

/// The certificates of the machine, or Mozilla's if it has none.
fn machine_store() -> Result<TrustStore, CaBundleError> {
    if has_machine_roots() {
        return Ok(TrustStore::default());
    }
    // Whoever sets a variable decides what is trusted, so nothing replaces a file that cannot be read.
    if let Some((setting, path)) = MACHINE_VARIABLES.iter().find_map(|name| Some((*name, set(name)?))) {
        let reason = "contains no certificate that can be read".to_owned();
        return Err(CaBundleError { setting: setting.to_owned(), path: path.into(), reason });
    }
    Ok(TrustStore::empty().with_pem_certificate(to_pem(webpki_root_certs::TLS_SERVER_ROOT_CERTS)))
}

/// What connections trust.
///
/// # Errors
/// [`CaBundleError`] if a bundle is set and contains no certificate, or if a variable that replaces the machine's
/// certificates names none.
pub(crate) fn context() -> Result<TlsContext, CaBundleError> {
    let store = machine_store()?;
    let store = match bundle() {
        Some((setting, path)) => store.with_pem_certificate(read_bundle(setting, path)?),
        None => store,
    };
    // The builder fails for no store. Without one, the default trusts the machine's.
    Ok(TlsContext::builder().with_trust_store(store).build().unwrap_or_default())
}

/// The certificates of a bundle, as PEM.
fn read_bundle(setting: String, path: PathBuf) -> Result<String, CaBundleError> {
    let error = |reason: String| CaBundleError { setting: setting.clone(), path: path.clone(), reason };
    let unreadable = |problem: std::io::Error| error(format!("cannot be read: {problem}"));
    if !std::fs::metadata(&path).map_err(unreadable)?.is_file() {
        return Err(error("is not a regular file".to_owned()));
    }
    let bytes = std::fs::read(&path).map_err(unreadable)?;
    let pem = valid_certificates(&bytes);
    if pem.is_empty() {
        return Err(error("contains no certificate".to_owned()));
    }
    Ok(pem)
}

/// The certificates of a file that can be a root of trust, as PEM. The SDK panics at others. Bundles of whole systems
/// contain some.
fn valid_certificates(bytes: &[u8]) -> String {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(bytes).flatten().filter(is_root).collect();
    to_pem(&certificates)
}

/// The SDK accepts PEM only.
fn to_pem(certificates: &[CertificateDer<'static>]) -> String {
    let mut pem = String::new();
    for certificate in certificates {
        let body = STANDARD.encode(certificate);
        // Writing to a string does not fail.
        let _ = writeln!(pem, "-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----");
    }
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certificates_are_trusted() {
        let ca = include_bytes!("../../../tests/support/tls/ca.pem");
        let key = include_bytes!("../../../tests/support/tls/server.key");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(valid_certificates(broken.as_bytes()), "");
        assert_eq!(valid_certificates(key), "");
        let mixed = [broken.as_bytes(), key, ca].concat();
        assert_eq!(valid_certificates(&mixed).matches("BEGIN").count(), 1);
        // What is passed on can be read again.
        assert_eq!(valid_certificates(valid_certificates(&mixed).as_bytes()).matches("BEGIN").count(), 1);
    }

    #[test]
    fn every_certificate_of_mozilla_is_a_root_of_trust() {
        let certificates = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        // The SDK panics at one that is not.
        assert!(certificates.iter().all(is_root));
        let pem = to_pem(certificates);
        assert_eq!(valid_certificates(pem.as_bytes()), pem);
        assert!(certificates.len() > 100);
    }
}
