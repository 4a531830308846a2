//! The interface for Rust tests.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::call::Call;
use crate::error::ApiError;
use crate::model::RegionId;
use crate::scenario::{Change, Fault, Scenario};
use crate::server::Server;
use crate::simulation::Simulation;
use crate::snapshot::ServiceSnapshot;

/// A running simulation, and its HTTP server on a port of 127.0.0.1. On drop, the server's threads are joined
/// and its socket is closed.
pub struct Simulator {
    simulation: Arc<Mutex<Simulation>>,
    server: Server,
}

impl Simulator {
    /// Starts a simulation.
    ///
    /// # Errors
    /// If no port is available, or ECS would reject one of the scenario's resources.
    pub fn start(scenario: &Scenario) -> io::Result<Self> {
        let simulation =
            Simulation::new(scenario).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let simulation = Arc::new(Mutex::new(simulation));
        let server = Server::start(Arc::clone(&simulation), &scenario.region)?;
        Ok(Self { simulation, server })
    }

    /// Checks a scenario without starting a server.
    ///
    /// # Errors
    /// If ECS would reject one of the scenario's resources.
    pub fn check(scenario: &Scenario) -> Result<(), ApiError> {
        Simulation::new(scenario).map(drop)
    }

    /// The server's address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The server's URL, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    // A thread that panicked with the lock has failed its own test already.
    fn simulation(&self) -> MutexGuard<'_, Simulation> {
        self.simulation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The calls that the server has received, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.calls_from(0)
    }

    /// The calls after the first `count` ones.
    #[must_use]
    pub fn calls_from(&self, count: usize) -> Vec<Call> {
        self.simulation().calls().get(count..).unwrap_or_default().to_vec()
    }

    /// The number of calls that the server has received.
    #[must_use]
    pub fn call_count(&self) -> usize {
        self.simulation().calls().len()
    }

    /// The number of calls with an access key after the first `skipped` ones of all.
    #[must_use]
    pub fn call_count_of(&self, access_key: &str, skipped: usize) -> usize {
        let simulation = self.simulation();
        let calls = simulation.calls().iter().skip(skipped);
        calls.filter(|call| call.access_key == access_key).count()
    }

    /// Replaces the policies of principals, which decide about the calls from now on.
    pub fn set_identity_policies(&self, policies: BTreeMap<String, Value>) {
        self.simulation().set_identity_policies(policies);
    }

    /// Replaces the faults of the scenario, also those that have not affected all of their calls.
    pub fn set_faults(&self, faults: &[Fault]) {
        self.simulation().set_faults(faults);
    }

    /// Makes a call in the scenario's account and region, without HTTP. It is not recorded, throttled or
    /// denied, faults and stale reads do not affect it, and no simulated time passes.
    ///
    /// # Errors
    /// If the service rejects the call.
    pub fn call(&self, action: &str, body: &Value) -> Result<Value, ApiError> {
        let mut simulation = self.simulation();
        let region = simulation.default_region();
        simulation.call(&region, action, body)
    }

    /// The same as [`Simulator::call`], in another account and region.
    ///
    /// # Errors
    /// If the service rejects the call.
    pub fn call_in(
        &self,
        account: &str,
        region: &str,
        action: &str,
        body: &Value,
    ) -> Result<Value, ApiError> {
        self.simulation().call(&RegionId::new(account, region), action, body)
    }

    /// Advances simulated time by this many seconds.
    pub fn advance(&self, seconds: f64) {
        self.simulation().advance(seconds);
    }

    /// The simulated seconds since the start.
    #[must_use]
    pub fn now(&self) -> f64 {
        self.simulation().now()
    }

    /// Makes a change as another party, in the scenario's account and region.
    ///
    /// # Errors
    /// If the service rejects the change.
    pub fn apply(&self, change: &Change) -> Result<Value, ApiError> {
        let mut simulation = self.simulation();
        let region = simulation.default_region();
        simulation.apply(&region, change)
    }

    /// The actual state of a service in the scenario's account and region.
    #[must_use]
    pub fn snapshot(&self, cluster: &str, service: &str) -> ServiceSnapshot {
        let region = self.simulation().default_region();
        self.snapshot_in(&region.account, &region.region, cluster, service)
    }

    /// The same as [`Simulator::snapshot`], in another account and region.
    #[must_use]
    pub fn snapshot_in(&self, account: &str, region: &str, cluster: &str, service: &str) -> ServiceSnapshot {
        let mut simulation = self.simulation();
        simulation.now();
        simulation.region(&RegionId::new(account, region)).service_snapshot(cluster, service)
    }

    /// The number of calls that were throttled by their rate.
    #[must_use]
    pub fn throttled_calls(&self) -> usize {
        self.simulation().throttled_calls()
    }
}
