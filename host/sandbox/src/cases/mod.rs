//! Cases: tests of a policy or a guard. A case has a build, the facts that the policy may look up, and the expected answer.
//!
//! A case of a guard has a recorded plan instead: `plan = "plans/production.json"`.
//!
//! A file of cases is TOML:
//!
//! ```
//! let file = r#"
//! [settings]
//! DEPLOY_BRANCHES = "master production"
//!
//! [[case]]
//! name = "a branch that does not deploy is skipped"
//! build.branch = "develop"
//! expect.skip = "Branch `develop` is not one of DEPLOY_BRANCHES (`master production`)."
//! "#;
//! let cases = ecs_host_sandbox::cases::parse("skips.toml", file).unwrap();
//! assert_eq!((cases.len(), cases[0].line), (1, 5));
//! ```
//!
//! | function | input → output |
//! |---|---|
//! | [`parse`] | the text of a file → [`Case`]s |
//! | [`run`] | a policy and cases → a [`CaseResult`] each |
//! | [`update`] | results → the text with the actual answers as expectations |
//! | [`record`] | the evaluation of a real build → the text of a case |
//!
//! Nothing here reads files or calls AWS; [`parse_with_files`] reads those that cases name through its caller.

mod answer;
mod error;
mod expansion;
mod expect;
mod facts;
mod file;
mod fixture;
mod matcher;
mod matrix;
mod outcomes;
mod plans;
mod position;
mod record;
mod run;
mod shape;
mod to_toml;
mod unused;
mod update;
mod values;

pub use answer::{Answer, Outcome};
pub use error::{CaseError, Problem};
pub use expect::{Difference, Expectation};
pub use facts::{Facts, ReadFile};
pub use file::{Case, parse, parse_with_files};
pub use outcomes::{OutcomeClass, Outcomes, ReachableOutcome};
pub use record::{decision_text, record};
pub use run::{CaseResult, run};
pub use unused::{UnusedFact, unused_facts};
pub use update::{Update, update};
