//! The sandbox's clocks: they stand still, so that no answer depends on the
//! time, and nobody can wait for them.

use std::time::Duration;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::{HostWallClock, async_trait};

/// A wall clock that stands at 1970.
pub(super) struct Stopped;

impl HostWallClock for Stopped {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

/// The interface `monotonic-clock` with a clock that stands at 0. Whatever is
/// waited for is over at once: a real wait would run inside the host, where
/// neither fuel nor the wall-clock limit reaches it.
pub(super) struct NoWaiting<'a>(pub(super) &'a mut ResourceTable);

/// What the linker needs to know of [`NoWaiting`].
pub(super) struct HasNoWaiting;

impl HasData for HasNoWaiting {
    type Data<'a> = NoWaiting<'a>;
}

/// A pollable that is ready.
struct Ready;

#[async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

impl NoWaiting<'_> {
    fn ready(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let ready = self.0.push(Ready)?;
        subscribe(self.0, ready)
    }
}

impl monotonic_clock::Host for NoWaiting<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(0)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.ready()
    }

    fn subscribe_duration(&mut self, _: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.ready()
    }
}
