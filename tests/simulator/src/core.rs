//! All regions together: time, the gates that calls pass, and what follows from calls.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::Value;

use crate::call::Call;
use crate::clock::{Clock, Moment};
use crate::error::{ApiError, ApiResult};
use crate::gate::denial::check_permissions;
use crate::gate::faults::FaultInjector;
use crate::gate::throttle::TokenBuckets;
use crate::json::matches_pattern;
use crate::model::names::RegionId;
use crate::region::{Region, Timer};
use crate::scenario::{Change, FaultKind, Scenario, ScheduledChange, Time, Trigger};
use crate::sts::Sessions;

/// A call as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct IncomingCall {
    pub(crate) action: String,
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) body: Result<Value, String>,
}

/// A call that has arrived, and not been done yet.
pub(crate) struct PendingCall {
    pub(crate) index: usize,
    pub(crate) fault: Option<FaultKind>,
    region: RegionId,
    caller: String,
    incoming: IncomingCall,
}

/// The simulation.
pub(crate) struct Simulation {
    scenario: Arc<Scenario>,
    clock: Clock,
    epoch: f64,
    regions: BTreeMap<RegionId, Region>,
    /// What each region was a while ago, where answers may be stale.
    history: BTreeMap<RegionId, VecDeque<Region>>,
    faults: FaultInjector,
    buckets: TokenBuckets,
    /// Acts that wait for calls, and how many each has seen.
    waiting: Vec<(ScheduledChange, usize)>,
    sessions: Sessions,
    calls: Vec<Call>,
    rng: fastrand::Rng,
}

impl Simulation {
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, ApiError> {
        let rules = Arc::new(scenario.clone());
        let wall = || {
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
        };
        let epoch = rules.epoch.unwrap_or_else(|| match rules.time {
            Time::Speed(_) => wall(),
            Time::Step(_) => 1_767_225_600.0,
        });
        let mut core = Self {
            clock: Clock::new(rules.time),
            epoch,
            regions: BTreeMap::new(),
            history: BTreeMap::new(),
            faults: FaultInjector::new(&rules.faults, rules.seed),
            buckets: TokenBuckets::new(&rules.throttle),
            waiting: rules
                .scheduled_changes
                .iter()
                .filter(|act| matches!(act.trigger, Trigger::AfterCall(_)))
                .map(|a| (a.clone(), 0))
                .collect(),
            sessions: Sessions::new(&rules),
            calls: Vec::new(),
            rng: fastrand::Rng::with_seed(rules.seed ^ 0x57),
            scenario: Arc::clone(&rules),
        };
        let home = core.default_region();
        core.region(&home).create_resources(&rules.resources)?;
        for place in &rules.other_regions {
            let site = core.region_id(place.account.as_deref(), place.region.as_deref());
            core.region(&site).create_resources(&place.resources)?;
        }
        for act in &rules.scheduled_changes {
            if let Trigger::At(seconds) = act.trigger {
                let site = core.region_id(act.account.as_deref(), act.region.as_deref());
                let due = Timer::ApplyChange(Box::new(act.change.clone()));
                core.region(&site).timers.push(Moment::from_seconds(seconds), due);
            }
        }
        core.record_history();
        Ok(core)
    }

    pub(crate) fn default_region(&self) -> RegionId {
        self.region_id(None, None)
    }

    fn region_id(&self, account: Option<&str>, region: Option<&str>) -> RegionId {
        RegionId::new(account.unwrap_or(&self.scenario.account), region.unwrap_or(&self.scenario.region))
    }

    pub(crate) fn region(&mut self, site: &RegionId) -> &mut Region {
        let now = self.clock.now();
        let fresh = || {
            let mut region = Region::new(site.clone(), Arc::clone(&self.scenario), self.epoch);
            region.now = now;
            region
        };
        self.regions.entry(site.clone()).or_insert_with(fresh)
    }

    /// Lets everything happen that is due by now.
    pub(crate) fn run_until(&mut self, now: Moment) {
        let keeps = self.scenario.consistency.stale_reads.is_some();
        for (site, region) in &mut self.regions {
            let past = self.history.entry(site.clone()).or_default();
            let mut seen = region.version;
            region.run_until(now, &mut |region| {
                if keeps && region.version != seen {
                    seen = region.version;
                    past.push_back(region.clone());
                }
            });
        }
        self.record_history();
    }

    pub(crate) fn now(&mut self) -> f64 {
        let now = self.clock.now();
        self.run_until(now);
        now.seconds()
    }

    pub(crate) fn advance(&mut self, seconds: f64) {
        let now = self.clock.advance(seconds);
        self.run_until(now);
    }

    /// Keeps what the regions are now, for as long as an answer may be of it.
    fn record_history(&mut self) {
        let Some(stale) = &self.scenario.consistency.stale_reads else { return };
        for (site, region) in &self.regions {
            let past = self.history.entry(site.clone()).or_default();
            if past.back().is_none_or(|last| last.version != region.version) {
                past.push_back(region.clone());
            }
            let horizon = region.now.plus(-stale.max_age);
            while past.get(1).is_some_and(|second| second.changed_at <= horizon) {
                past.pop_front();
            }
        }
    }

    /// A call comes over the wire: time passes, and a fault may strike.
    pub(crate) fn receive(&mut self, incoming: IncomingCall) -> PendingCall {
        let now = self.clock.tick();
        self.run_until(now);
        let (account, caller) = self.sessions.identify(&incoming.access_key);
        let fault = self.faults.next_fault(&incoming.action);
        let site = RegionId::new(&account, &incoming.region);
        self.calls.push(Call {
            action: incoming.action.clone(),
            account,
            region: incoming.region.clone(),
            body: incoming.body.clone().unwrap_or_else(Value::String),
            at: now.seconds(),
            status: 0,
            error: None,
            fault: fault.clone(),
            instant: Instant::now(),
        });
        PendingCall { index: self.calls.len() - 1, fault, region: site, caller, incoming }
    }

    /// The call is done, if the gates let it pass.
    pub(crate) fn execute(&mut self, arrived: &PendingCall) -> ApiResult {
        let now = self.clock.now();
        self.run_until(now);
        let action = arrived.incoming.action.as_str();
        if self.scenario.unsupported_actions.iter().any(|pattern| matches_pattern(pattern, action)) {
            return Err(ApiError::new("UnknownOperationException", ""));
        }
        if !self.buckets.take_token(&arrived.region, action, now) {
            return Err(ApiError::throttling());
        }
        let body = match &arrived.incoming.body {
            Ok(body) => body,
            Err(error) => return Err(ApiError::new("SerializationException", error.clone())),
        };
        if let Some(denied) =
            check_permissions(&self.scenario.denied_actions, &arrived.region, &arrived.caller, action, body)
        {
            return Err(denied);
        }
        let answer = self.done(arrived, body)?;
        self.trigger_changes(action, now);
        self.record_history();
        Ok(answer)
    }

    fn done(&mut self, arrived: &PendingCall, body: &Value) -> ApiResult {
        let action = arrived.incoming.action.as_str();
        if action.starts_with("sts:") {
            let until = self.epoch + self.clock.now().seconds() + 3600.0;
            return self.sessions.execute(action, body, &arrived.region.account, &arrived.caller, until);
        }
        if let Some(answer) = self.execute_stale(&arrived.region, action, body) {
            return answer;
        }
        self.region(&arrived.region).execute(action, body)
    }

    /// An answer out of the past, if this call is to have one.
    fn execute_stale(&mut self, site: &RegionId, action: &str, body: &Value) -> Option<ApiResult> {
        let stale = self.scenario.consistency.stale_reads.clone()?;
        let region = self.regions.get(site)?;
        let fresh = region.now.seconds() - region.changed_at.seconds() > stale.window;
        if fresh
            || !stale.actions.iter().any(|pattern| matches_pattern(pattern, action))
            || self.rng.f64() >= stale.probability
        {
            return None;
        }
        let then = region.now.plus(-stale.max_age * self.rng.f64());
        let past = self.history.get(site)?;
        past.iter()
            .rev()
            .find(|region| region.now <= then)
            .or_else(|| past.front())?
            .execute_read(action, body)
    }

    /// Others act after calls that succeeded.
    fn trigger_changes(&mut self, action: &str, now: Moment) {
        let mut due = Vec::new();
        for (act, seen) in &mut self.waiting {
            let Trigger::AfterCall(after) = &act.trigger else { continue };
            if !matches_pattern(&after.action, action) {
                continue;
            }
            *seen += 1;
            if *seen == after.count {
                due.push((act.clone(), after.delay));
            }
        }
        for (act, delay) in due {
            let site = self.region_id(act.account.as_deref(), act.region.as_deref());
            self.region(&site).timers.push(now.plus(delay), Timer::ApplyChange(Box::new(act.change)));
        }
        self.run_until(now);
    }

    /// Notes what was answered.
    pub(crate) fn record_response(&mut self, place: usize, status: u16, error: Option<&str>) {
        if let Some(call) = self.calls.get_mut(place) {
            call.status = status;
            call.error = error.map(str::to_owned);
        }
    }

    /// A call in nobody's name, past all gates.
    pub(crate) fn call(&mut self, site: &RegionId, action: &str, body: &Value) -> ApiResult {
        let now = self.clock.now();
        self.run_until(now);
        let answer = self.region(site).execute(action, body);
        self.record_history();
        answer
    }

    pub(crate) fn apply(&mut self, site: &RegionId, change: &Change) -> ApiResult {
        let now = self.clock.now();
        self.run_until(now);
        let answer = self.region(site).apply_change(change);
        self.record_history();
        answer
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.clone()
    }

    pub(crate) fn throttled_calls(&self) -> usize {
        self.buckets.throttled_calls
    }
}
