//! The store of one instance: its quotas, its output streams and its lookups.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, ResourceLimiter, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::limits::{Limit, LimitExceeded, Limits};
use crate::lookup::{LookupSession, LookupSource};
use crate::{epoch, wasi};
use model::lookup::PolicyLookup;

/// The data of a store.
pub(crate) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    quota: Quota,
    lookups: LookupSession,
    stdout: MemoryOutputPipe,
    stderr: MemoryOutputPipe,
}

impl State {
    /// The bytes that the policy printed to stdout.
    pub(crate) fn stdout(&self) -> Vec<u8> {
        self.stdout.contents().to_vec()
    }

    /// The bytes that the policy printed to stderr.
    pub(crate) fn stderr(&self) -> Vec<u8> {
        self.stderr.contents().to_vec()
    }

    /// The lookups, which the imports of the contract resolve.
    pub(crate) fn lookups(&mut self) -> &mut LookupSession {
        &mut self.lookups
    }

    /// Removes and returns the lookups, in the order in which the policy made them.
    pub(crate) fn take_lookups(&mut self) -> Vec<PolicyLookup> {
        self.lookups.take_lookups()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Limits all memories and all tables of a store together. Wasmtime's own limiter counts each one separately, so a
/// policy with many memories would exceed the limit.
struct Quota {
    memory: usize,
    table_elements: usize,
    limits: Limits,
}

impl ResourceLimiter for Quota {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.memory = self.memory.saturating_add(desired.saturating_sub(current));
        if self.memory > self.limits.memory {
            return Err(LimitExceeded(Limit::Memory(self.limits.memory)).into());
        }
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.table_elements = self.table_elements.saturating_add(desired.saturating_sub(current));
        if self.table_elements > self.limits.table_elements {
            return Err(LimitExceeded(Limit::TableElements(self.limits.table_elements)).into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.instances
    }

    fn memories(&self) -> usize {
        self.limits.instances
    }
}

/// A store for one instance. The engine needs an [`EpochTimer`](epoch::EpochTimer) for the wall-clock limit.
pub(crate) fn new_store(
    engine: &Engine,
    limits: &Limits,
    lookup: Arc<dyn LookupSource>,
) -> wasmtime::Result<Store<State>> {
    let stdout = MemoryOutputPipe::new(limits.output);
    let stderr = MemoryOutputPipe::new(limits.output);
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits.handles);
    let state = State {
        // The policy keeps its random bytes in its memory.
        wasi: wasi::context(&stdout, &stderr, limits.memory),
        table,
        quota: Quota { memory: 0, table_elements: 0, limits: limits.clone() },
        lookups: LookupSession::new(lookup, limits),
        stdout,
        stderr,
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.quota);
    store.set_fuel(limits.fuel)?;
    store.set_hostcall_fuel(limits.answer);
    store.set_max_component_handles(limits.handles);
    store.set_epoch_deadline(epoch::ticks(limits.time));
    Ok(store)
}
