//! Stage 4, the part of images: what the registry has, the build, the push.

pub(crate) mod arguments;
mod client;
pub mod context;
pub mod login;
mod publish;
mod running;
mod version;

pub use client::{Docker, DockerError};
pub use publish::{ImageError, Publisher};
pub use running::Running;
