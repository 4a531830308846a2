//! Docker: builds, pushes and tags images.

pub(crate) mod arguments;
mod causes;
mod client;
pub mod context;
pub mod login;
mod process;
mod publish;
mod version;

pub use client::{Docker, DockerError};
pub use process::DockerProcess;
pub use publish::{ImageError, Publisher};
