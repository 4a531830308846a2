//! Asking a policy: what it is, whether this build deploys, which images, which targets.

use std::collections::BTreeSet;

use serde::Serialize;
use wasmtime::{Store, Trap};

use super::bindings::{self, types};
use super::sandbox::{self, Limit, Limits, Reached, State};
use super::settings::{self, Declaration, Settings};
use super::{Decision, Deployment, Policy, PolicyError};
use crate::ci::{Build, Environment, Event};

/// What a policy says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// A decision and how it came about.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the policy is.
    pub manifest: Manifest,
    /// The settings it was given.
    pub settings: Settings,
    /// What it decided.
    pub decision: Decision,
    /// The lines it printed.
    pub output: Vec<String>,
    /// The fuel it used.
    pub fuel: u64,
}

/// A policy's error, and what the policy printed before it.
#[derive(Debug)]
pub struct Undecided {
    /// Why there is no decision.
    pub error: PolicyError,
    /// The lines it printed.
    pub output: Vec<String>,
}

/// Asks a policy about a build, in a fresh instance.
///
/// # Errors
/// [`Undecided`] where the policy says no, breaks, reaches a limit, declares a
/// secret, or answers what no deployment can be made of.
pub fn decide(
    policy: &Policy,
    build: &Build,
    environment: &Environment,
    allowed_secrets: &BTreeSet<String>,
    limits: &Limits,
) -> Result<Answer, Box<Undecided>> {
    let engine = policy.pre.engine();
    let mut name = policy.source.to_string();
    let setup = |source| PolicyError::Sandbox { policy: policy.source.to_string(), source };
    let store = sandbox::store(engine, limits).map_err(setup);
    let mut store = store.map_err(|error| Box::new(Undecided { error, output: Vec::new() }))?;
    let _watchdog = sandbox::Watchdog::start(engine, limits.time);
    let decided = ask(policy, &mut name, build, environment, allowed_secrets, limits, &mut store);
    let output = printed(store.data());
    match decided {
        Ok((manifest, settings, decision)) => {
            let fuel = limits.fuel.saturating_sub(store.get_fuel().unwrap_or_default());
            Ok(Answer { manifest, settings, decision, output, fuel })
        }
        Err(error) => Err(Box::new(Undecided { error, output })),
    }
}

fn ask(
    policy: &Policy,
    name: &mut String,
    build: &Build,
    environment: &Environment,
    allowed_secrets: &BTreeSet<String>,
    limits: &Limits,
    store: &mut Store<State>,
) -> Result<(Manifest, Settings, Decision), PolicyError> {
    let call = |store: &Store<State>, name: &str, question, error: wasmtime::Error| {
        broke(name, question, &error, limits, store.data())
    };
    let instance = policy.pre.instantiate(&mut *store).map_err(|e| call(store, name, "instantiate", e))?;
    let exports = instance.ecs_host_policy_policy();

    let manifest = exports.call_describe(&mut *store).map_err(|e| call(store, name, "describe", e))?;
    let manifest = Manifest::from(manifest);
    name.clone_from(&manifest.name);
    let settings = settings::select(name, &manifest.settings, allowed_secrets, environment)?;
    let build = to_contract(build, &settings);
    let said_no = |sentence: String| PolicyError::SaidNo {
        policy: manifest.name.clone(),
        sentence: printable(&sentence),
    };

    let selection = exports.call_select(&mut *store, &build).map_err(|e| call(store, name, "select", e))?;
    if let types::Selection::Skip(reason) = selection.map_err(said_no)? {
        return Ok((manifest, settings, Decision::Skip { reason: printable(&reason) }));
    }
    let images = exports.call_images(&mut *store, &build).map_err(|e| call(store, name, "images", e))?;
    let images = images.map_err(said_no)?;
    let targets = exports.call_targets(&mut *store, &build).map_err(|e| call(store, name, "targets", e))?;
    let targets = targets.map_err(said_no)?;
    let deployment = Deployment::check(images, targets)
        .map_err(|problems| PolicyError::Nonsense { policy: manifest.name.clone(), problems })?;
    Ok((manifest, settings, Decision::Deploy(deployment)))
}

/// Tells a limit from a panic from a trap.
fn broke(
    policy: &str,
    question: &'static str,
    error: &wasmtime::Error,
    limits: &Limits,
    state: &State,
) -> PolicyError {
    let policy = policy.to_owned();
    let limit = match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Some(Limit::Fuel(limits.fuel)),
        Some(Trap::Interrupt) => Some(Limit::Time(limits.time)),
        _ => error.downcast_ref::<Reached>().map(|reached| reached.0),
    };
    // The pipe that holds a policy's output knows no error type of its own.
    let overflow =
        || format!("{error:?}").contains("write beyond capacity").then_some(Limit::Output(limits.output));
    if let Some(limit) = limit.or_else(overflow) {
        return PolicyError::Limit { policy, question, limit };
    }
    let trap = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => "it panicked".to_owned(),
        Some(Trap::StackOverflow) => "its stack overflowed: a recursion without an end?".to_owned(),
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    let said = String::from_utf8_lossy(&state.stderr.contents()).trim().to_owned();
    let reason = if said.is_empty() { trap } else { format!("{trap}: {}", printable(&said)) };
    PolicyError::Broke { policy, question, reason }
}

/// The lines that a policy printed, its output first.
fn printed(state: &State) -> Vec<String> {
    let streams = [state.stdout.contents(), state.stderr.contents()];
    let text = |bytes: &_| String::from_utf8_lossy(bytes).into_owned();
    streams.iter().flat_map(|bytes| text(bytes.as_ref()).lines().map(printable).collect::<Vec<_>>()).collect()
}

/// Makes a policy's text safe for a log: control characters, with which a
/// policy could forge lines or move the cursor, are shown by their escapes.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
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

fn to_contract(build: &Build, settings: &Settings) -> bindings::types::Build {
    let event = match build.event {
        Event::Push => types::Event::Push,
        Event::PullRequest => types::Event::PullRequest,
        Event::Tag => types::Event::Tag,
        Event::Schedule => types::Event::Schedule,
        Event::Manual => types::Event::Manual,
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
