//! A policy's bytes, and where they come from.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::PolicyError;
use super::limits::{Limit, Limits};
use model::names::Digest;
use model::source::PolicySource;

/// The default policy: the Travis convention, built from `guest/travis`.
const TRAVIS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/travis.wasm"));

/// A component as it is stored.
#[derive(Debug, Clone)]
pub struct Binary {
    /// Where it came from.
    pub source: PolicySource,
    /// Its bytes: a language's engine is tens of megabytes, so nothing copies them.
    pub bytes: Arc<Cow<'static, [u8]>>,
    digest: OnceLock<Digest>,
}

impl Binary {
    /// The default policy.
    ///
    /// # Errors
    /// None: it is a component.
    pub fn built_in() -> Result<Self, PolicyError> {
        Self::of(PolicySource::BuiltIn, Cow::Borrowed(TRAVIS), &Limits::default())
    }

    /// Reads a policy's file.
    ///
    /// # Errors
    /// [`PolicyError`] where the file can't be read, or is no component.
    pub fn read(path: &Path, limits: &Limits) -> Result<Self, PolicyError> {
        let read = read_at_most(path, limits.size.saturating_add(1));
        let bytes = read.map_err(|source| PolicyError::Unreadable { path: path.to_owned(), source })?;
        Self::of(PolicySource::File(path.to_owned()), Cow::Owned(bytes), limits)
    }

    /// A policy's bytes, wherever they were got from.
    ///
    /// # Errors
    /// [`PolicyError`] where they are no component, or more than the limit.
    pub fn of(source: PolicySource, bytes: Cow<'static, [u8]>, limits: &Limits) -> Result<Self, PolicyError> {
        if bytes.len() > limits.size {
            let (policy, limit) = (source.subject(), Limit::Size(limits.size));
            let found = format!("it is larger than the limit of {limit}; {} raises it", limit.flag());
            return Err(PolicyError::NotComponent { policy, found });
        }
        check_kind(&source.subject(), &bytes)?;
        Ok(Self { source, bytes: Arc::new(bytes), digest: OnceLock::new() })
    }

    /// The digest of its bytes. Who asks first waits for it, some milliseconds
    /// where they are many; see where a policy is compiled.
    pub fn digest(&self) -> &Digest {
        self.digest.get_or_init(|| Digest::sha256(&self.bytes))
    }
}

/// The beginning of a file: some, such as `/dev/zero`, have no end.
fn read_at_most(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    let file = std::fs::File::open(path)?;
    // A buffer that grows would be moved with every doubling.
    let size = file.metadata()?.len().min(most);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
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
        "it is a core module, not a component; Rust builds one with `--target wasm32-wasip2`, JavaScript with \
         componentize-js, Python with componentize-py, and `ecs-host new` writes a project that does"
    } else if bytes.starts_with(b"\0asm") {
        "it is a component of a version that this host does not know"
    } else if bytes.is_empty() {
        "the file is empty"
    } else {
        "the file is no WebAssembly at all; `ecs-host new` writes a project that builds a policy"
    };
    Err(PolicyError::NotComponent { policy: policy.to_owned(), found: found.to_owned() })
}
