//! The signals that end a run: SIGINT, SIGTERM, SIGQUIT, and SIGHUP of a closed terminal.

use std::time::{Duration, Instant};

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

/// For how long a signal again is the same one: what ends a job signals all of its processes, and npm and its like pass on
/// the signal that the host has received itself.
const REPETITIONS: Duration = Duration::from_secs(1);

/// Waits for a further signal while the run ends. `signal` is the exit code of the first one.
pub(super) async fn second(signal: Exit) {
    let start = Instant::now();
    loop {
        match first().await {
            Ok(exit) if exit == signal && start.elapsed() < REPETITIONS => {}
            Ok(_) => return,
            Err(_) => std::future::pending().await,
        }
    }
}
