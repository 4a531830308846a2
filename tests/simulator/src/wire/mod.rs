//! The wire: HTTP in and out.

mod control;
mod http;
mod listen;
mod request;
mod response;

pub(crate) use listen::Server;
