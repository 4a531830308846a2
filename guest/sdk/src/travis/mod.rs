//! The convention that a policy has by default: what the npm package
//! `travis-ecs-deploy` did, without its traps.
//!
//! One git branch is one environment. The build of a branch that is a word of
//! `DEPLOY_BRANCHES` pushes one image, tagged with the branch's name, alone and
//! with the commit's hash after it, and rolls it out to the services that are set
//! for that branch:
//!
//! | Setting | Example |
//! | --- | --- |
//! | `IMAGE_NAME` | `simple-todo` |
//! | `REMOTE_IMAGE_URL` | `123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo` |
//! | `DEPLOY_BRANCHES` | `master production` |
//! | `ECS_CLUSTER_MASTER` | `simple-todo-master` |
//! | `ECS_SERVICE_MASTER` | `simple-todo`, or several: `web worker` |
//!
//! The functions here are the defaults of [`Policy`](crate::Policy), for a
//! policy that overrides a method and still wants part of what it did. They take
//! the build and the name of its environment, which is its branch unless
//! [`Policy::environment`](crate::Policy::environment) says otherwise:
//!
//! ```
//! use ecs_host_policy::{Build, Policy, Target, travis};
//!
//! /// Everything as usual, but the service `worker` after all others.
//! struct WorkerLast;
//!
//! impl Policy for WorkerLast {
//!     fn targets(&self, build: &Build) -> Result<Vec<Target>, String> {
//!         let mut targets = travis::targets(build, &build.branch)?;
//!         let worker = Target::service("todo", "worker");
//!         for target in &mut targets {
//!             target.wave = u32::from(*target == worker);
//!         }
//!         Ok(targets)
//!     }
//! }
//! # let build = Build::on_branch("master")
//! #     .with("ECS_CLUSTER_MASTER", "todo")
//! #     .with("ECS_SERVICE_MASTER", "worker web");
//! # let waves = WorkerLast.targets(&build).map(|all| all.iter().map(|t| t.wave).collect());
//! # assert_eq!(waves, Ok(vec![1, 0]));
//! ```
//!
//! (The host of version 0.1 refuses waves in its plan, by name.)

mod collisions;
mod images;
mod manifest;
mod names;
mod selection;
mod sentences;
mod targets;

pub use images::images;
pub use manifest::manifest;
pub use names::{commit_tag, tag, variable_suffix};
pub use selection::select;
pub use targets::targets;

const DEPLOY_BRANCHES: &str = "DEPLOY_BRANCHES";
const IMAGE_NAME: &str = "IMAGE_NAME";
const REMOTE_IMAGE_URL: &str = "REMOTE_IMAGE_URL";
const ECS_CLUSTER: &str = "ECS_CLUSTER_";
const ECS_SERVICE: &str = "ECS_SERVICE_";

// Sentences are made with `concat`: a `format!` would bring in core's formatting,
// which weighs more in a component than the rest of this module's texts.
