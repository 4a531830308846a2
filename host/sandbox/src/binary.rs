//! The bytes of a component, and where they come from.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::error::ComponentError;
use crate::kind::ComponentKind;
use crate::limits::{Limit, Limits};
use model::names::Digest;
use model::source::{BuiltIn, ComponentSource};

/// The built-in policies, which `build.rs` compiles from `guest/travis` and `guest/rules`.
const TRAVIS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ecs_host_travis.wasm"));
const RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ecs_host_rules.wasm"));

/// A component before compilation.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The kind of component that it should be.
    pub kind: ComponentKind,
    /// Where the bytes come from.
    pub source: ComponentSource,
    /// The component. A component that contains a language runtime has tens of megabytes, so clones share it.
    pub bytes: Arc<Cow<'static, [u8]>>,
    digest: OnceLock<Digest>,
}

impl Binary {
    /// A built-in policy.
    ///
    /// # Errors
    /// None in practice: the bytes are a component.
    pub fn built_in(policy: BuiltIn) -> Result<Self, ComponentError> {
        let bytes = match policy {
            BuiltIn::Travis => TRAVIS,
            BuiltIn::Rules => RULES,
        };
        let source = ComponentSource::BuiltIn(policy);
        Self::new(ComponentKind::Policy, source, Cow::Borrowed(bytes), &Limits::default())
    }

    /// Reads a component from a file.
    ///
    /// # Errors
    /// [`ComponentError::Unreadable`] if reading fails; [`ComponentError::NotComponent`] as [`Binary::new`].
    pub fn read(kind: ComponentKind, path: &Path, limits: &Limits) -> Result<Self, ComponentError> {
        let bytes = read_at_most(path, limits.size.saturating_add(1))
            .map_err(|source| ComponentError::Unreadable { kind, path: path.to_owned(), source })?;
        Self::new(kind, ComponentSource::File(path.to_owned()), Cow::Owned(bytes), limits)
    }

    /// Checks the size and the header of a component's bytes.
    ///
    /// # Errors
    /// [`ComponentError::NotComponent`] if the bytes are not a component, or exceed the size limit.
    pub fn new(
        kind: ComponentKind,
        source: ComponentSource,
        bytes: Cow<'static, [u8]>,
        limits: &Limits,
    ) -> Result<Self, ComponentError> {
        if bytes.len() > limits.size {
            let (component, limit) = (source.subject(), Limit::Size(limits.size));
            let found = format!("it is larger than the limit of {limit}; {} raises it", limit.flag());
            return Err(ComponentError::NotComponent { component, kind, found });
        }
        if let Some(found) = find_header_problem(&bytes) {
            return Err(ComponentError::NotComponent {
                component: source.subject(),
                kind,
                found: found.to_owned(),
            });
        }
        Ok(Self { kind, source, bytes: Arc::new(bytes), digest: OnceLock::new() })
    }

    /// The same bytes as a component of another kind.
    #[must_use]
    pub(crate) fn of_kind(self, kind: ComponentKind) -> Self {
        Self { kind, ..self }
    }

    /// The digest of the bytes. The first call computes it, which takes milliseconds for a large component.
    pub fn digest(&self) -> &Digest {
        self.digest.get_or_init(|| Digest::sha256(&self.bytes))
    }
}

/// Reads the first bytes of a regular file.
fn read_at_most(path: &Path, max: usize) -> std::io::Result<Vec<u8>> {
    let max = u64::try_from(max).unwrap_or(u64::MAX);
    // Checked before the file is opened: opening a named pipe waits for a writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let file = std::fs::File::open(path)?;
    // A vector that grows is copied at every reallocation.
    let size = file.metadata()?.len().min(max);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What the bytes are instead of a component, and what to do.
fn find_header_problem(bytes: &[u8]) -> Option<&'static str> {
    // Magic number, then version and layer:
    // https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
    const CORE: &[u8] = b"\0asm\x01\0\0\0";
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    let problem = if bytes.starts_with(COMPONENT) {
        return None;
    } else if bytes.starts_with(CORE) {
        "it is a core module, not a component; Rust builds one with `--target wasm32-wasip2`, JavaScript with \
         componentize-qjs, Python with componentize-py, and `ecs-host new` writes a project that does"
    } else if bytes.starts_with(b"\0asm") {
        "it is a component of an unsupported binary version"
    } else if bytes.is_empty() {
        "the file is empty"
    } else {
        "the file is not WebAssembly; `ecs-host new` writes a project that builds one"
    };
    Some(problem)
}
