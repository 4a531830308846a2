//! Notifies addresses of the end of a run.
//!
//! An address is a secret: that of a webhook contains its token. No message names more of it than its host. It receives
//! one `POST` request, which is repeated if the connection fails or the server is busy, within a time limit. Redirects
//! are not followed: they would send what a run has done to another host.

mod address;
mod post;

pub use address::{InvalidNotifyUrl, NotifyUrl};
pub use post::{NotifyError, Patience, post};
