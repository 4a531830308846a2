//! All regions and their shared clock, and the way of a call from its arrival to its response.

mod call_triggers;
mod history;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::Value;

use crate::admission::faults::FaultInjector;
use crate::admission::permissions::Permissions;
use crate::admission::throttling::TokenBuckets;
use crate::call::Call;
use crate::clock::{Clock, Moment};
use crate::error::{ApiError, ApiResult};
use crate::model::{RegionId, Timer};
use crate::pattern::matches_pattern;
use crate::region::Region;
use crate::scenario::{Change, Fault, FaultKind, Scenario, ScheduledChange, Time, Trigger};
use crate::sts::{Caller, Sessions};

use call_triggers::CallTriggers;
use history::History;

/// 2026-01-01T00:00:00Z.
const DEFAULT_EPOCH: f64 = 1_767_225_600.0;

/// A call as the server parsed it.
#[derive(Debug, Clone)]
pub(crate) struct IncomingCall {
    pub(crate) action: String,
    pub(crate) access_key: String,
    pub(crate) region: String,
    /// The body, or why it is not a JSON object.
    pub(crate) body: Result<Value, String>,
}

/// A call that has been recorded but not executed.
pub(crate) struct PendingCall {
    /// The call's index in the record of calls.
    pub(crate) index: usize,
    pub(crate) fault: Option<FaultKind>,
    region: RegionId,
    caller: Caller,
    incoming: IncomingCall,
}

pub(crate) struct Simulation {
    scenario: Arc<Scenario>,
    clock: Clock,
    /// The Unix time at the start.
    epoch: f64,
    regions: BTreeMap<RegionId, Region>,
    history: History,
    faults: FaultInjector,
    buckets: TokenBuckets,
    triggers: CallTriggers,
    sessions: Sessions,
    calls: Vec<Call>,
}

impl Simulation {
    /// # Errors
    /// If ECS would reject one of the scenario's resources.
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, ApiError> {
        let scenario = Arc::new(scenario.clone());
        let epoch = scenario.epoch.unwrap_or_else(|| match scenario.time {
            Time::Speed(_) => {
                let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                elapsed.map_or(0.0, |elapsed| elapsed.as_secs_f64())
            }
            Time::Step(_) => DEFAULT_EPOCH,
        });
        let mut simulation = Self {
            clock: Clock::new(scenario.time),
            epoch,
            regions: BTreeMap::new(),
            history: History::new(scenario.consistency.stale_reads.clone(), scenario.seed),
            faults: FaultInjector::new(&scenario.faults, scenario.seed),
            buckets: TokenBuckets::new(&scenario.throttle),
            triggers: CallTriggers::new(&scenario.scheduled_changes),
            sessions: Sessions::new(&scenario),
            calls: Vec::new(),
            scenario: Arc::clone(&scenario),
        };
        let id = simulation.default_region();
        simulation.region(&id).create_resources(&scenario.resources)?;
        for setup in &scenario.other_regions {
            let id = simulation.region_id(setup.account.as_deref(), setup.region.as_deref());
            simulation.region(&id).create_resources(&setup.resources)?;
        }
        for change in &scenario.scheduled_changes {
            if let Trigger::At(seconds) = change.trigger {
                simulation.schedule(change, Moment::from_seconds(seconds));
            }
        }
        simulation.record_history();
        Ok(simulation)
    }

    /// The scenario's account and region.
    pub(crate) fn default_region(&self) -> RegionId {
        self.region_id(None, None)
    }

    fn region_id(&self, account: Option<&str>, region: Option<&str>) -> RegionId {
        RegionId::new(account.unwrap_or(&self.scenario.account), region.unwrap_or(&self.scenario.region))
    }

    /// The region, which is empty if no resources have been created in it.
    pub(crate) fn region(&mut self, id: &RegionId) -> &mut Region {
        let now = self.clock.now();
        let new_region = || {
            let mut region = Region::new(id.clone(), Arc::clone(&self.scenario), self.epoch);
            region.now = now;
            region
        };
        self.regions.entry(id.clone()).or_insert_with(new_region)
    }

    fn schedule(&mut self, change: &ScheduledChange, due: Moment) {
        let id = self.region_id(change.account.as_deref(), change.region.as_deref());
        self.region(&id).timers.push(due, Timer::ApplyChange(Box::new(change.change.clone())));
    }

    fn run_until(&mut self, now: Moment) {
        for region in self.regions.values_mut() {
            region.run_until(now, &mut |region| self.history.record(region));
        }
        self.record_history();
    }

    fn record_history(&mut self) {
        for region in self.regions.values() {
            self.history.record(region);
        }
    }

    /// The simulated seconds since the start.
    pub(crate) fn now(&mut self) -> f64 {
        let now = self.clock.now();
        self.run_until(now);
        now.seconds()
    }

    pub(crate) fn advance(&mut self, seconds: f64) {
        let now = self.clock.advance(seconds);
        self.run_until(now);
    }

    /// Records a call that the server received, and determines whether a fault affects it. With
    /// [`Time::Step`], this advances the time.
    pub(crate) fn receive(&mut self, incoming: IncomingCall) -> PendingCall {
        let now = self.clock.tick();
        self.run_until(now);
        let caller = self.sessions.identify(&incoming.access_key);
        let fault = self.faults.next_fault(&incoming.action);
        let region = RegionId::new(&caller.account, &incoming.region);
        self.calls.push(Call {
            action: incoming.action.clone(),
            access_key: incoming.access_key.clone(),
            account: caller.account.clone(),
            region: incoming.region.clone(),
            body: incoming.body.clone().unwrap_or_else(Value::String),
            at: now.seconds(),
            status: 0,
            error: None,
            authorized: Vec::new(),
            fault: fault.clone(),
            instant: Instant::now(),
        });
        PendingCall { index: self.calls.len() - 1, fault, region, caller, incoming }
    }

    /// Executes a call that the server received, if it is supported, within its rate and permitted.
    pub(crate) fn execute(&mut self, call: &PendingCall) -> ApiResult {
        let now = self.clock.now();
        self.run_until(now);
        let action = call.incoming.action.as_str();
        if self.scenario.unsupported_actions.iter().any(|pattern| matches_pattern(pattern, action)) {
            return Err(ApiError::new("UnknownOperationException", ""));
        }
        if !self.buckets.take_token(&call.region, action, now) {
            return Err(ApiError::throttling());
        }
        let body = match &call.incoming.body {
            Ok(body) => body,
            Err(error) => return Err(ApiError::new("SerializationException", error.clone())),
        };
        let key = self.regions.get(&call.region).and_then(|region| region.schedule_key(action, body));
        let permissions = Permissions {
            denied_actions: &self.scenario.denied_actions,
            policy: self.scenario.identity_policies.get(&call.caller.principal),
            schedule_key: key.as_deref(),
        };
        let authorized = permissions.check(&call.region, &call.caller, action, body)?;
        if let Some(call) = self.calls.get_mut(call.index) {
            call.authorized = authorized;
        }
        let response = self.dispatch(call, body)?;
        for (change, delay) in self.triggers.record_call(action) {
            self.schedule(&change, now.plus(delay));
        }
        self.run_until(now);
        Ok(response)
    }

    fn dispatch(&mut self, call: &PendingCall, body: &Value) -> ApiResult {
        let action = call.incoming.action.as_str();
        if action.starts_with("sts:") {
            let unix_time = self.epoch + self.clock.now().seconds();
            return self.sessions.execute(action, body, &call.caller, unix_time);
        }
        self.execute_stale(&call.region, action, body)
            .unwrap_or_else(|| self.region(&call.region).execute(action, body))
    }

    /// Executes an action on an earlier state, if the scenario has a stale read for it.
    fn execute_stale(&mut self, id: &RegionId, action: &str, body: &Value) -> Option<ApiResult> {
        let region = self.regions.get(id)?;
        self.history.stale_state(region, action)?.execute_read(action, body)
    }

    pub(crate) fn record_response(&mut self, index: usize, status: u16, error: Option<&str>) {
        if let Some(call) = self.calls.get_mut(index) {
            call.status = status;
            call.error = error.map(str::to_owned);
        }
    }

    /// Makes a call without a server: it is not recorded, and faults, throttling, permissions and stale reads
    /// do not affect it.
    pub(crate) fn call(&mut self, id: &RegionId, action: &str, body: &Value) -> ApiResult {
        self.now();
        let response = self.region(id).execute(action, body);
        self.record_history();
        response
    }

    pub(crate) fn apply(&mut self, id: &RegionId, change: &Change) -> ApiResult {
        self.now();
        let response = self.region(id).apply_change(change);
        self.record_history();
        response
    }

    pub(crate) fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// Replaces the policies of principals.
    pub(crate) fn set_identity_policies(&mut self, policies: BTreeMap<String, Value>) {
        Arc::make_mut(&mut self.scenario).identity_policies = policies;
    }

    /// Replaces the faults. Those that are left have no effect any more.
    pub(crate) fn set_faults(&mut self, faults: &[Fault]) {
        self.faults.set(faults);
    }

    pub(crate) fn throttled_calls(&self) -> usize {
        self.buckets.throttled_calls
    }
}
