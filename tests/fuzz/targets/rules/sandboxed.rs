//! The component of the policy, run by the host.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use model::Environment;
use model::build::Build;
use model::decision;
use model::lookup::{Grant, LookupQuery, LookupReply};
use model::source::BuiltIn;
use model::text::{printable, printable_text};
use sandbox::limits::Limit;
use sandbox::lookup::LookupError;
use sandbox::{Binary, Compiler, ComponentError, Limits, LookupSource, Policy, SandboxOptions};

use crate::decide::Decision;

fn limits() -> Limits {
    Limits { fuel: 100_000_000, time: Duration::from_secs(60), ..Limits::default() }
}

/// Asserts that the component decides the same, and that the host accepts its answer.
pub fn assert_same(
    file: &str,
    build: &Build,
    settings: &[(&str, String)],
    changed: Result<Vec<String>, String>,
    expected: &Result<Decision, String>,
) {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    let policy = POLICY.get_or_init(|| {
        let binary = Binary::built_in(BuiltIn::Rules).expect("a component");
        Policy::compile(&binary, &Compiler::default(), &Grant::ALL.into(), &limits()).expect("a policy")
    });
    let facts = Facts { file: file.to_owned(), changed };
    let options = SandboxOptions { limits: limits(), lookup: Arc::new(facts), ..SandboxOptions::default() };
    let environment = Environment::from_iter(settings.iter().map(|(name, value)| (*name, value.as_str())));
    let evaluation = policy.evaluate(build, &environment, &options).expect("the sandbox works");
    match (&evaluation.decision, expected) {
        (Ok(decision::Decision::Deploy(deployment)), Ok(Decision::Deploy(images, targets))) => {
            assert_eq!((deployment.images.len(), deployment.targets.len()), (images.len(), targets.len()));
        }
        (Ok(decision::Decision::Skip { reason }), Ok(Decision::Skip(expected))) => {
            assert_eq!(*reason, printable(expected));
        }
        (Err(ComponentError::Rejected { reason, .. }), Err(expected)) => {
            assert_eq!(*reason, printable_text(expected));
        }
        // An input may be as hard as it likes, since each of these limits has a message of its own.
        (Err(ComponentError::LimitExceeded { limit, .. }), _) => {
            assert!(matches!(limit, Limit::Fuel(_) | Limit::Memory(_) | Limit::Answer(_)), "{limit:?}");
        }
        (Err(error), _) => panic!("the host: {error}\nthe policy: {expected:?}"),
        (Ok(decision), _) => panic!("the host: {decision:?}\nthe policy: {expected:?}"),
    }
}

/// The commit of a build.
struct Facts {
    file: String,
    changed: Result<Vec<String>, String>,
}

impl LookupSource for Facts {
    fn look_up(&self, query: &LookupQuery, _: Instant) -> Result<LookupReply, LookupError> {
        match query {
            LookupQuery::ReadFile { .. } => Ok(LookupReply::File(Some(self.file.clone()))),
            LookupQuery::ChangedFiles { .. } => {
                self.changed.clone().map(LookupReply::ChangedFiles).map_err(LookupError::Failed)
            }
            other => Err(LookupError::Failed(format!("no facts about {other:?}"))),
        }
    }
}
