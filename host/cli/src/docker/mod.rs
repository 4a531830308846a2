//! Docker: builds, pushes and tags images.

pub(crate) mod arguments;
mod causes;
mod client;
mod context;
pub mod guard;
pub mod login;
mod private_folder;
mod process;
mod publish;
mod requirements;
pub mod rules;
mod version;

pub use client::{Docker, DockerError};
pub use process::DockerProcess;
pub use publish::{ImageError, Publisher};
pub use version::VERSION_TIMEOUT;
