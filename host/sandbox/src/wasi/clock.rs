//! Stopped clocks: no answer depends on the time, and no policy waits.

use std::time::Duration;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::{HostWallClock, async_trait};

/// A wall clock that always returns the start of 1970.
pub(crate) struct StoppedWallClock;

impl HostWallClock for StoppedWallClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// The interface `monotonic-clock` with a clock that always returns 0 and timers that expire at once. A real timer
/// would block the host, outside of the fuel limit and the wall-clock limit.
pub(super) struct StoppedMonotonicClock<'a>(pub(super) &'a mut ResourceTable);

/// The data of [`StoppedMonotonicClock`] for the linker.
pub(super) struct HasStoppedMonotonicClock;

impl HasData for HasStoppedMonotonicClock {
    type Data<'a> = StoppedMonotonicClock<'a>;
}

/// A pollable that is always ready.
struct Ready;

#[async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

impl StoppedMonotonicClock<'_> {
    fn expired_timer(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let ready = self.0.push(Ready)?;
        subscribe(self.0, ready)
    }
}

impl monotonic_clock::Host for StoppedMonotonicClock<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(0)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.expired_timer()
    }

    fn subscribe_duration(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.expired_timer()
    }
}
