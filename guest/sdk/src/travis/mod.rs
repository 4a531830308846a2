//! The default convention: the behaviour of the npm package `travis-ecs-deploy`,
//! without its defects.
//!
//! Each git branch is an environment. If the branch of a build is a word of
//! `DEPLOY_BRANCHES`, the build deploys one image to the services that are set for
//! the branch. The image has two tags: the name of the branch, and the name of the
//! branch with the hash of the commit.
//!
//! | Setting | Example |
//! | --- | --- |
//! | `IMAGE_NAME` | `simple-todo` |
//! | `REMOTE_IMAGE_URL` | `123456789012.dkr.ecr.eu-central-1.amazonaws.com/simple-todo` |
//! | `DEPLOY_BRANCHES` | `master production` |
//! | `DEPLOY_TAGS` | `v1`; optional, for builds of git tags |
//! | `ECS_CLUSTER_MASTER` | `simple-todo-master` |
//! | `ECS_SERVICE_MASTER` | `simple-todo`, or several: `web worker` |
//!
//! The functions of this module are the defaults of [`Policy`](crate::Policy), for
//! a policy that overrides a method and reuses part of its default. Their arguments
//! are the build and the name of its environment, which is the branch unless the
//! policy overrides [`Policy::environment`](crate::Policy::environment):
//!
//! ```
//! use ecs_host_policy::{Build, Policy, Target, travis};
//!
//! /// The convention, except that the service `worker` is updated after all others.
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
//! #     .with_setting("ECS_CLUSTER_MASTER", "todo")
//! #     .with_setting("ECS_SERVICE_MASTER", "worker web");
//! # let waves = WorkerLast.targets(&build).map(|all| all.iter().map(|t| t.wave).collect());
//! # assert_eq!(waves, Ok(vec![1, 0]));
//! ```

mod collisions;
mod images;
mod manifest;
mod messages;
mod names;
mod selection;
mod targets;

pub use images::images;
pub use manifest::manifest;
pub use names::{commit_tag, environment_tag, variable_suffix};
pub use selection::select;
pub use targets::targets;

const DEPLOY_BRANCHES: &str = "DEPLOY_BRANCHES";
const DEPLOY_TAGS: &str = "DEPLOY_TAGS";
const IMAGE_NAME: &str = "IMAGE_NAME";
const REMOTE_IMAGE_URL: &str = "REMOTE_IMAGE_URL";
const ECS_CLUSTER: &str = "ECS_CLUSTER_";
const ECS_SERVICE: &str = "ECS_SERVICE_";
