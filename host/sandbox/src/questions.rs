//! Asking a policy: what it is, whether this build deploys, which images, which targets.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use wasmtime::{Store, Trap, WasmBacktrace};

use super::component::other_types;
use super::limits::{Limit, Limits, breaking, last_words};
use super::lookup::Lookup;
use super::sandbox::{self, State};
use super::settings::{self, Declaration, Settings};
use super::{Policy, PolicyError, contract};
use crate::contract::bindings::{DeployPolicy, types};
use model::Environment;
use model::build::{Build, BuildEvent};
use model::decision::Decision;
use model::lookup::PolicyLookup;
use model::source::PolicySource;
use model::text::{printable, printable_lines};

/// What a policy says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// A short name for logs.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// One sentence on what it deploys where.
    pub description: String,
    /// The settings it reads.
    pub settings: Vec<Declaration>,
}

/// What came of asking a policy.
#[derive(Debug)]
pub struct Answer {
    /// Its name, or where it came from before it said its name.
    pub policy: String,
    /// What it is, if it came to say so.
    pub manifest: Option<Manifest>,
    /// The settings that it was given.
    pub settings: Settings,
    /// The lines that it printed.
    pub output: Vec<String>,
    /// What it looked up, in that order.
    pub lookups: Vec<PolicyLookup>,
    /// The fuel that it used.
    pub fuel: u64,
    /// What it decided, or why there is no decision.
    pub decision: Result<Decision, PolicyError>,
}

/// The terms on which a policy is asked.
#[derive(Clone)]
pub struct Terms {
    /// How much it may use.
    pub limits: Limits,
    /// Variables that look like secrets, and that it may have all the same.
    pub allowed_secrets: BTreeSet<String>,
    /// Who answers its lookups.
    pub lookup: Arc<dyn Lookup>,
}

/// Asks a policy about a build, in a fresh instance and a thread with the room
/// for it.
pub(super) fn decide(
    policy: &Policy,
    build: &Build,
    environment: &Environment,
    terms: &Terms,
) -> Result<Answer, PolicyError> {
    let mut asking = Asking::begin(policy, terms)?;
    let decision = asking.ask(build, environment, &terms.allowed_secrets);
    let lookups = std::mem::take(&mut asking.store.data_mut().lookups.asked);
    let state = asking.store.data();
    let mut output = printable_lines(&state.stdout.contents());
    // Where the policy broke, the error tells what it said of it.
    if !matches!(decision, Err(PolicyError::Trapped { .. })) {
        output.extend(printable_lines(&state.stderr.contents()));
    }
    let fuel = terms.limits.fuel.saturating_sub(asking.store.get_fuel().unwrap_or_default());
    let Asking { name, manifest, settings, .. } = asking;
    Ok(Answer { policy: name, manifest, settings, output, lookups, fuel, decision })
}

/// Asks a policy what it is, in a thread with the room for it.
pub(super) fn describe(policy: &Policy, terms: &Terms) -> Result<Manifest, PolicyError> {
    let mut asking = Asking::begin(policy, terms)?;
    asking.introduced(&Environment::default(), &terms.allowed_secrets)?;
    Ok(asking.manifest.unwrap_or_default())
}

/// A policy that is being asked, and what it has said so far.
struct Asking<'a> {
    policy: &'a Policy,
    limits: Limits,
    store: Store<State>,
    name: String,
    manifest: Option<Manifest>,
    settings: Settings,
}

impl<'a> Asking<'a> {
    fn begin(policy: &'a Policy, terms: &'a Terms) -> Result<Self, PolicyError> {
        let name = policy.source.provisional_name();
        // The stack is a matter of the engine that the policy was compiled for.
        let limits = Limits { stack: policy.stack, ..terms.limits.clone() };
        let store = sandbox::store(policy.pre.engine(), &limits, Arc::clone(&terms.lookup))
            .map_err(|source| PolicyError::Sandbox { policy: name.clone(), source })?;
        Ok(Self { policy, limits, store, name, manifest: None, settings: Settings::default() })
    }

    /// An instance that has said what it is.
    fn introduced(
        &mut self,
        environment: &Environment,
        allowed_secrets: &BTreeSet<String>,
    ) -> Result<DeployPolicy, PolicyError> {
        let instance = self.policy.pre.instantiate(&mut self.store);
        let instance = instance.map_err(|error| self.not_begun(&error))?;
        let manifest = instance.ecs_host_policy_policy().call_describe(&mut self.store);
        let manifest = manifest.map_err(|error| self.broke("describe", &error))?;
        self.introduce(manifest, environment, allowed_secrets)?;
        Ok(instance)
    }

    fn ask(
        &mut self,
        build: &Build,
        environment: &Environment,
        allowed_secrets: &BTreeSet<String>,
    ) -> Result<Decision, PolicyError> {
        let instance = self.introduced(environment, allowed_secrets)?;
        let exports = instance.ecs_host_policy_policy();
        let build = to_contract(build, &self.settings);

        let selection = exports.call_select(&mut self.store, &build).map_err(|e| self.broke("select", &e))?;
        if let types::Selection::Skip(reason) = selection.map_err(|sentence| self.said_no(&sentence))? {
            return Ok(Decision::Skip { reason: printable(&reason) });
        }
        let images = exports.call_images(&mut self.store, &build).map_err(|e| self.broke("images", &e))?;
        let images = images.map_err(|sentence| self.said_no(&sentence))?;
        let targets = exports.call_targets(&mut self.store, &build).map_err(|e| self.broke("targets", &e))?;
        let targets = targets.map_err(|sentence| self.said_no(&sentence))?;
        contract::check(images, targets).map(Decision::Deploy).map_err(|problems| self.nonsense(problems))
    }

    /// Learns what the policy is, and picks the settings that it declares.
    fn introduce(
        &mut self,
        manifest: types::Manifest,
        environment: &Environment,
        allowed_secrets: &BTreeSet<String>,
    ) -> Result<(), PolicyError> {
        let manifest = Manifest::from(manifest);
        if !is_policy_name(&manifest.name) {
            let rule = "1 to 64 of a-z 0-9 -, no hyphen first";
            return Err(self.nonsense(vec![format!("its name `{}` is none: {rule}", manifest.name)]));
        }
        self.name.clone_from(&manifest.name);
        // The names of the built-in policy's variables end in branches of the
        // user's, such as `feature/reset-password`.
        let families_may_hold = match self.policy.source {
            PolicySource::BuiltIn => settings::Families::BranchNames,
            PolicySource::File(_) | PolicySource::Oci(_) => settings::Families::Anything,
        };
        self.settings = settings::select(
            &self.name,
            &manifest.settings,
            families_may_hold,
            allowed_secrets,
            environment,
        )?;
        self.manifest = Some(manifest);
        Ok(())
    }

    fn said_no(&self, sentence: &str) -> PolicyError {
        PolicyError::Rejected { policy: self.name.clone(), sentence: printable(sentence) }
    }

    fn nonsense(&self, problems: Vec<String>) -> PolicyError {
        PolicyError::InvalidAnswer { policy: self.name.clone(), problems }
    }

    /// Tells a policy of other types, which are looked at when it begins, from one that breaks there.
    fn not_begun(&self, error: &wasmtime::Error) -> PolicyError {
        let ran = error.is::<Trap>() || error.is::<WasmBacktrace>();
        if ran || Limit::behind(error, &self.limits).is_some() {
            return self.broke("instantiate", error);
        }
        // Such as no room for its memory, for which wasmtime reserves gigabytes of addresses.
        let is_system = |cause: &(dyn std::error::Error + 'static)| {
            cause.is::<rustix::io::Errno>() || cause.is::<std::io::Error>()
        };
        if error.chain().any(is_system) {
            let is_room = error.chain().any(|cause| {
                cause.downcast_ref() == Some(&rustix::io::Errno::NOMEM)
                    || cause.downcast_ref().map(std::io::Error::kind) == Some(std::io::ErrorKind::OutOfMemory)
            });
            let room = "; a policy takes 4 GiB of addresses, which `ulimit -v` may not grant";
            let source = wasmtime::Error::msg(format!("{error:#}{}", if is_room { room } else { "" }));
            return PolicyError::Sandbox { policy: self.policy.source.subject(), source };
        }
        other_types(self.policy.source.subject(), error)
    }

    /// Tells a limit from a panic from a trap.
    fn broke(&self, question: &'static str, error: &wasmtime::Error) -> PolicyError {
        let (policy, state) = (self.name.clone(), self.store.data());
        // A full stream is closed, and what the guest makes of that is its own: Rust's std panics.
        let is_full =
            [&state.stdout, &state.stderr].iter().any(|pipe| pipe.contents().len() >= self.limits.output);
        let limit = Limit::behind(error, &self.limits);
        let words = printable_lines(&state.stderr.contents());
        match limit {
            Some(limit) => PolicyError::Limit { policy, question, limit, said: String::new() },
            None if is_full => {
                let limit = Limit::Output(self.limits.output);
                PolicyError::Limit { policy, question, limit, said: last_words(&words) }
            }
            None => PolicyError::Trapped { policy, question, reason: breaking(error, &words) },
        }
    }
}

/// Whether a policy may call itself so.
pub fn is_policy_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 64 && name.starts_with(word) && name.chars().all(|c| word(c) || c == '-')
}

impl From<types::Manifest> for Manifest {
    fn from(manifest: types::Manifest) -> Self {
        let declaration = |setting: types::SettingDeclaration| Declaration {
            name: printable(&setting.name),
            description: printable(&setting.description),
            required: setting.required,
        };
        Self {
            name: printable(&manifest.name),
            version: printable(&manifest.version),
            description: printable(&manifest.description),
            settings: manifest.settings.into_iter().map(declaration).collect(),
        }
    }
}

fn to_contract(build: &Build, settings: &Settings) -> types::Build {
    let event = match build.event {
        BuildEvent::Push => types::Event::Push,
        BuildEvent::PullRequest => types::Event::PullRequest,
        BuildEvent::Tag => types::Event::Tag,
        BuildEvent::Schedule => types::Event::Schedule,
        BuildEvent::Manual => types::Event::Manual,
    };
    let setting =
        |(name, value): &(String, String)| types::Setting { name: name.clone(), value: value.clone() };
    types::Build {
        provider: build.provider.to_owned(),
        repository: build.repository.clone(),
        branch: build.branch.clone(),
        commit: build.commit.clone(),
        commit_message: build.commit_message.clone(),
        event,
        tag: build.tag.clone(),
        pull_request: build.pull_request.clone(),
        number: build.number,
        job: build.job,
        settings: settings.given.iter().map(setting).collect(),
    }
}
