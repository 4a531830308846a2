//! SIGINT and SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

use crate::report::Exit;

/// Waits for the first of the two, and gives its exit code.
///
/// # Errors
/// Where the process can't listen to signals.
pub(super) async fn first() -> std::io::Result<Exit> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => Ok(Exit::Interrupted),
        _ = terminate.recv() => Ok(Exit::Terminated),
    }
}
