//! The simulator as tests use it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::call::Call;
use crate::core::Core;
use crate::model::names::Site;
use crate::refusal::Refusal;
use crate::scenario::{Change, Scenario};
use crate::truth::Truth;
use crate::wire::Listener;

/// A running simulation, on a port of 127.0.0.1. Dropped, it ends its threads and closes its
/// socket.
pub struct Simulator {
    core: Arc<Mutex<Core>>,
    listener: Listener,
}

impl Simulator {
    /// Starts a simulation.
    ///
    /// # Errors
    /// Where no port can be had, or the scenario furnishes what ECS would refuse.
    pub fn start(scenario: &Scenario) -> io::Result<Self> {
        let core =
            Core::new(scenario).map_err(|refusal| io::Error::new(io::ErrorKind::InvalidInput, refusal))?;
        let core = Arc::new(Mutex::new(core));
        let listener = Listener::start(Arc::clone(&core), &scenario.region)?;
        Ok(Self { core, listener })
    }

    /// Checks what [`Simulator::start`] would refuse, and starts nothing.
    ///
    /// # Errors
    /// Where the scenario furnishes what ECS would refuse.
    pub fn check(scenario: &Scenario) -> Result<(), Refusal> {
        Core::new(scenario).map(drop)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// The same as a URL, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    // A test that panics while it holds the lock has failed already.
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every call that came over the wire, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.core().calls()
    }

    /// Makes a call in the test's own name, in the scenario's account and region. It is not
    /// recorded, throttled or denied, no fault befalls it, and no time passes.
    ///
    /// # Errors
    /// [`Refusal`] where the operation is refused.
    pub fn call(&self, action: &str, body: &Value) -> Result<Value, Refusal> {
        let mut core = self.core();
        let home = core.home();
        core.call(&home, action, body)
    }

    /// The same in another account and region.
    ///
    /// # Errors
    /// [`Refusal`] where the operation is refused.
    pub fn call_in(&self, account: &str, region: &str, action: &str, body: &Value) -> Result<Value, Refusal> {
        self.core().call(&Site::new(account, region), action, body)
    }

    /// Lets simulated seconds pass, and everything happen that is due in them.
    pub fn advance(&self, seconds: f64) {
        self.core().advance(seconds);
    }

    /// The simulated seconds that have passed.
    #[must_use]
    pub fn now(&self) -> f64 {
        self.core().now()
    }

    /// Makes a change in somebody else's name, in the scenario's account and region.
    ///
    /// # Errors
    /// [`Refusal`] where it is refused.
    pub fn apply(&self, change: &Change) -> Result<Value, Refusal> {
        let mut core = self.core();
        let home = core.home();
        core.apply(&home, change)
    }

    /// What a service really is, in the scenario's account and region.
    #[must_use]
    pub fn truth(&self, cluster: &str, service: &str) -> Truth {
        let home = self.core().home();
        self.truth_in(&home.account, &home.region, cluster, service)
    }

    /// The same in another account and region.
    #[must_use]
    pub fn truth_in(&self, account: &str, region: &str, cluster: &str, service: &str) -> Truth {
        let mut core = self.core();
        core.now();
        core.region(&Site::new(account, region)).truth(cluster, service)
    }

    /// How many calls were throttled for want of tokens.
    #[must_use]
    pub fn throttled(&self) -> usize {
        self.core().throttled()
    }
}
