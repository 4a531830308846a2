//! What a version of the contract implements, so that the host can run the components of several versions.

use semver::Version;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

use crate::kind::ComponentKind;
use crate::manifest::{GuardManifest, Manifest};
use crate::problem::Problem;
use crate::settings::Settings;
use crate::store::State;
use crate::wasi;
use model::build::Build;
use model::decision::{Decision, Deployment};
use model::lookup::Grant;
use model::review::{Finding, ReviewedPlan};

/// A version of the contract.
pub(crate) trait Contract: Sync {
    /// The version of the package.
    fn version(&self) -> Version;

    /// The interfaces of a kind of component that the host calls, without their versions. That of the kind is one of
    /// them. Empty if this version has no components of the kind.
    fn exports(&self, kind: ComponentKind) -> &'static [&'static str];

    /// The grants of the interfaces that the host provides.
    fn grants(&self) -> &'static [Grant];

    /// Checks a deployment that was saved as a policy's answer is checked.
    ///
    /// # Errors
    /// Every problem.
    fn check_deployment(&self, deployment: &Deployment) -> Result<(), Vec<Problem>>;

    /// Adds these interfaces to a linker.
    ///
    /// # Errors
    /// The error of wasmtime, if one is there already.
    fn add_to_linker(&self, linker: &mut Linker<State>) -> wasmtime::Result<()>;

    /// Resolves the imports of a policy, and checks the types of its imports and exports.
    ///
    /// # Errors
    /// The error of wasmtime, if they differ from those of this version.
    fn link_policy(&self, linker: &Linker<State>, component: &Component) -> wasmtime::Result<LinkedPolicy>;

    /// The same for a guard.
    ///
    /// # Errors
    /// The error of wasmtime, if its types differ from those of this version.
    fn link_guard(&self, linker: &Linker<State>, component: &Component) -> wasmtime::Result<LinkedGuard>;
}

impl dyn Contract + '_ {
    /// The interface that components of a kind export, with the version.
    pub(crate) fn interface(&self, kind: ComponentKind) -> String {
        format!("{}@{}", kind.interface(), self.version())
    }

    /// A linker with the imports of a component of this version. The lookups are always among them: `world::check` has
    /// rejected a component whose lookups are not granted.
    ///
    /// # Errors
    /// The error of wasmtime.
    pub(crate) fn linker(&self, engine: &Engine) -> wasmtime::Result<Linker<State>> {
        let mut linker = Linker::new(engine);
        wasi::add_to_linker(&mut linker)?;
        self.add_to_linker(&mut linker)?;
        Ok(linker)
    }

    /// Whether an interface of this version has the types of this contract: the rule of semantic versions, by which
    /// wasmtime also resolves names. A pre-release is compatible with nothing.
    pub(crate) fn accepts(&self, version: &Version) -> bool {
        let own = self.version();
        let is_same_line = match own.major {
            0 => version.major == 0 && version.minor == own.minor,
            major => version.major == major,
        };
        is_same_line && version.pre.is_empty()
    }
}

/// A compiled component that exports a version of the contract, with its imports resolved.
pub(crate) trait Linked<I: ?Sized>: Send + Sync {
    /// Creates an instance.
    ///
    /// # Errors
    /// The error of wasmtime.
    fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Box<I>>;
}

/// A linked policy.
pub(crate) type LinkedPolicy = Box<dyn Linked<dyn PolicyInstance>>;

/// A linked guard.
pub(crate) type LinkedGuard = Box<dyn Linked<dyn GuardInstance>>;

/// An instance of a policy.
pub(crate) trait PolicyInstance {
    /// Reads the manifest.
    ///
    /// # Errors
    /// [`CallError`].
    fn describe(&self, store: &mut Store<State>) -> Result<Manifest, CallError>;

    /// Makes the decision for a build.
    ///
    /// # Errors
    /// [`CallError`].
    fn decide(
        &self,
        store: &mut Store<State>,
        build: &Build,
        settings: &Settings,
    ) -> Result<Decision, CallError>;
}

/// An instance of a guard.
pub(crate) trait GuardInstance {
    /// Reads the manifest.
    ///
    /// # Errors
    /// [`CallError`].
    fn describe(&self, store: &mut Store<State>) -> Result<GuardManifest, CallError>;

    /// Reviews a plan.
    ///
    /// # Errors
    /// [`CallError`].
    fn review(
        &self,
        store: &mut Store<State>,
        plan: &ReviewedPlan,
        settings: &Settings,
    ) -> Result<Vec<Finding>, CallError>;
}

/// Why a call of an export returned no value.
pub(crate) enum CallError {
    /// The export trapped, or reached a limit.
    Failed {
        /// The export.
        export: &'static str,
        /// The error of wasmtime.
        error: wasmtime::Error,
    },
    /// The component returned an error of its own.
    Rejected(String),
    /// The value breaks the contract: every problem.
    Invalid(Vec<Problem>),
}
