//! The signals that end a run: SIGINT, SIGTERM, SIGQUIT, and SIGHUP of a closed terminal.

use tokio::signal::unix::{SignalKind, signal};

use model::exit::Exit;

/// Waits for the first of them and returns its exit code.
///
/// # Errors
/// The process cannot install signal handlers.
pub(super) async fn first() -> std::io::Result<Exit> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut quit = signal(SignalKind::quit())?;
    let kind = tokio::select! {
        _ = interrupt.recv() => SignalKind::interrupt(),
        _ = terminate.recv() => SignalKind::terminate(),
        _ = hangup.recv() => SignalKind::hangup(),
        _ = quit.recv() => SignalKind::quit(),
    };
    Ok(Exit::Signal(u8::try_from(kind.as_raw_value()).unwrap_or_default()))
}

/// Waits for a further signal while the run ends.
pub(super) async fn second() {
    if first().await.is_err() {
        std::future::pending().await
    }
}
