//! A policy's bytes, and where they come from.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::PolicyError;
use super::limits::{Limit, Limits};

/// The default policy: the Travis convention, built from `guest/travis`.
const TRAVIS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/travis.wasm"));

/// Where a policy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The default policy, which is part of this host.
    BuiltIn,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// What a person names: a path, or `built-in`.
    #[must_use]
    pub fn named(path: &Path) -> Self {
        if path == Path::new("built-in") { Self::BuiltIn } else { Self::File(path.to_owned()) }
    }
}

impl Source {
    /// What a sentence about it begins with.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::BuiltIn => "the built-in policy".to_owned(),
            Self::File(path) => format!("`{}`", path.display()),
        }
    }

    /// What it is called before it has said its name.
    #[must_use]
    pub fn provisional_name(&self) -> String {
        match self {
            Self::BuiltIn => "built-in".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// A component as it is stored.
#[derive(Debug, Clone)]
pub struct Binary {
    /// Where it came from.
    pub source: Source,
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// `sha256:` and the digest of its bytes.
    pub digest: String,
}

impl Binary {
    /// Reads a policy's file, or takes the default one.
    ///
    /// # Errors
    /// [`PolicyError`] where the file can't be read, or is no component.
    pub fn read(source: Source, limits: &Limits) -> Result<Self, PolicyError> {
        let bytes = match &source {
            Source::BuiltIn => Cow::Borrowed(TRAVIS),
            Source::File(path) => {
                let read = read_at_most(path, limits.size.saturating_add(1));
                Cow::Owned(read.map_err(|source| PolicyError::Unreadable { path: path.clone(), source })?)
            }
        };
        if bytes.len() > limits.size {
            let (policy, limit) = (source.subject(), Limit::Size(limits.size));
            let found = format!("it is larger than the limit of {limit}; {} raises it", limit.flag());
            return Err(PolicyError::NoComponent { policy, found });
        }
        check_kind(&source.subject(), &bytes)?;
        let digest = sha256(&bytes);
        Ok(Self { source, bytes, digest })
    }
}

/// The beginning of a file: some, such as `/dev/zero`, have no end.
fn read_at_most(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// `sha256:` and the digest in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    let mut digest = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        // Writing to a string does not fail.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// Tells a component from what people pass by mistake.
fn check_kind(policy: &str, bytes: &[u8]) -> Result<(), PolicyError> {
    // Magic number, then version and layer:
    // https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
    const CORE: &[u8] = b"\0asm\x01\0\0\0";
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    let found = if bytes.starts_with(COMPONENT) {
        return Ok(());
    } else if bytes.starts_with(CORE) {
        "it is a core module, not a component; build it with `cargo build --target wasm32-wasip2`"
    } else if bytes.starts_with(b"\0asm") {
        "it is a component of a version that this host does not know"
    } else if bytes.is_empty() {
        "the file is empty"
    } else {
        "the file is no WebAssembly at all; a policy is built with `cargo build --target wasm32-wasip2`"
    };
    Err(PolicyError::NoComponent { policy: policy.to_owned(), found: found.to_owned() })
}
