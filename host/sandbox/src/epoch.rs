//! The wall-clock limit: an engine's epoch advances with time, and a store's deadline is a number of epochs.

use std::sync::mpsc;
use std::time::Duration;

use wasmtime::Engine;

/// Time between two epochs. A policy ends at most this much too late.
const TICK: Duration = Duration::from_millis(20);

/// The epochs after which a store's time is over.
pub(crate) fn ticks(time: Duration) -> u64 {
    // The first epoch may end immediately.
    let ticks = time.as_millis().div_ceil(TICK.as_millis()).saturating_add(1);
    // 32 bits are more than two years, and no sum with them overflows.
    u64::from(u32::try_from(ticks).unwrap_or(u32::MAX))
}

/// A thread that advances the epoch of an engine until this value is dropped.
pub(crate) struct EpochTimer {
    _stop: mpsc::Sender<()>,
}

impl EpochTimer {
    pub(crate) fn start(engine: &Engine) -> Self {
        let (stop, stopped) = mpsc::channel();
        let engine = engine.weak();
        std::thread::spawn(move || {
            while matches!(stopped.recv_timeout(TICK), Err(mpsc::RecvTimeoutError::Timeout)) {
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        });
        Self { _stop: stop }
    }
}
