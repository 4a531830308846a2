//! Images: finds them in ECR, builds, pushes and tags them.

pub(crate) mod arguments;
mod client;
pub mod context;
pub mod login;
mod process;
mod publish;
mod version;

pub use client::{Docker, DockerError};
pub use process::DockerProcess;
pub use publish::{ImageError, Publisher};
