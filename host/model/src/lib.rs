//! The values that pass between the stages of a deployment. This crate has no effects: it calls
//! nothing, reads nothing but the clock, and prints nothing.
//!
//! A deployment has five stages: build, decision, plan, rollout, verdict. Each takes the value of the
//! one before; the rollout emits events.
//!
//! ```text
//! environment → Build → Decision → Plan → rollout (events) → Verdict → exit code
//! ```
//!
//! | stage | module | main types |
//! |---|---|---|
//! | 1. build | [`build`], [`Environment`] | [`build::Build`] |
//! | 2. decision | [`decision`], [`confinement`], [`source`], [`lookup`], [`secret`] | [`decision::Decision`], [`decision::Deployment`], [`source::ComponentSource`] |
//! | 3. plan | [`plan`], [`check`], [`review`], [`saved_plan`] | [`plan::PlanFacts`], [`plan::Plan`], [`plan::TargetPlan`], [`plan::Stamp`] |
//! | 4. rollout | [`event`], [`progress`], [`one_off`], [`rollback`], [`diagnosis`] | [`event::Event`], [`event::EventSink`] |
//! | 5. verdict | [`verdict`], [`exit`] | [`verdict::Verdict`], [`exit::Exit`] |
//! | `status` | [`status`] | [`status::ServiceStatus`] |
//! | all | [`names`], [`text`], [`time`], [`serde_error`] | [`names::Region`], [`names::TaskDefinitionArn`], … |
//!
//! # JSON
//!
//! The types that events contain serialize to JSON in one style: names of fields have `_`, so that
//! `jq .exit_code` needs no quotes, and names of alternatives, which are values, have `-` as in
//! WIT: `{"event": "verdict-reached", "verdict": "rolled-back", "task_definition": …}`.

pub mod build;
pub mod check;
pub mod confinement;
pub mod decision;
pub mod diagnosis;
mod environment;
pub mod event;
pub mod exit;
pub mod lifecycle;
pub mod lookup;
pub mod names;
pub mod one_off;
pub mod plan;
pub mod progress;
pub mod review;
pub mod rollback;
pub mod saved_plan;
#[cfg(test)]
mod schema;
pub mod secret;
pub mod serde_error;
pub mod source;
pub mod status;
pub mod text;
pub mod time;
pub mod verdict;

pub use environment::Environment;
