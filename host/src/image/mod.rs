//! Stage 4, the part of images: what the registry has, the build, the push.

pub(crate) mod arguments;
pub mod context;
pub mod docker;
pub mod ecr;
pub mod login;
mod publish;
mod running;
mod version;

pub use docker::{Docker, DockerError};
pub use publish::{ImageError, Publisher};
pub use running::Running;
