//! All regions together: time, the gates that calls pass, and what follows from calls.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::Value;

use crate::call::Call;
use crate::clock::{Clock, Moment};
use crate::error::{ApiError, ApiResult};
use crate::gate::denial::denial;
use crate::gate::faults::Faults;
use crate::gate::throttle::Buckets;
use crate::json::fits;
use crate::model::names::Site;
use crate::region::{Due, Region};
use crate::scenario::{Change, FaultKind, Scenario, ScheduledChange, Time, Trigger};
use crate::sts::Sessions;

/// A call as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub(crate) action: String,
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) body: Result<Value, String>,
}

/// A call that has arrived, and not been done yet.
pub(crate) struct Arrived {
    pub(crate) place: usize,
    pub(crate) fault: Option<FaultKind>,
    site: Site,
    caller: String,
    incoming: Incoming,
}

/// The simulation.
pub(crate) struct Core {
    rules: Arc<Scenario>,
    clock: Clock,
    epoch: f64,
    regions: BTreeMap<Site, Region>,
    /// What each region was a while ago, where answers may be stale.
    past: BTreeMap<Site, VecDeque<Region>>,
    faults: Faults,
    buckets: Buckets,
    /// Acts that wait for calls, and how many each has seen.
    waiting: Vec<(ScheduledChange, usize)>,
    sessions: Sessions,
    calls: Vec<Call>,
    rng: fastrand::Rng,
}

impl Core {
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
            past: BTreeMap::new(),
            faults: Faults::new(&rules.faults, rules.seed),
            buckets: Buckets::new(&rules.throttle),
            waiting: rules
                .scheduled_changes
                .iter()
                .filter(|act| matches!(act.trigger, Trigger::AfterCall(_)))
                .map(|a| (a.clone(), 0))
                .collect(),
            sessions: Sessions::new(&rules),
            calls: Vec::new(),
            rng: fastrand::Rng::with_seed(rules.seed ^ 0x57),
            rules: Arc::clone(&rules),
        };
        let home = core.home();
        core.region(&home).furnish(&rules.resources)?;
        for place in &rules.other_regions {
            let site = core.site(place.account.as_deref(), place.region.as_deref());
            core.region(&site).furnish(&place.resources)?;
        }
        for act in &rules.scheduled_changes {
            if let Trigger::At(seconds) = act.trigger {
                let site = core.site(act.account.as_deref(), act.region.as_deref());
                let due = Due::Change(Box::new(act.change.clone()));
                core.region(&site).queue.put(Moment::of(seconds), due);
            }
        }
        core.remember();
        Ok(core)
    }

    pub(crate) fn home(&self) -> Site {
        self.site(None, None)
    }

    fn site(&self, account: Option<&str>, region: Option<&str>) -> Site {
        Site::new(account.unwrap_or(&self.rules.account), region.unwrap_or(&self.rules.region))
    }

    pub(crate) fn region(&mut self, site: &Site) -> &mut Region {
        let now = self.clock.now();
        let fresh = || {
            let mut region = Region::new(site.clone(), Arc::clone(&self.rules), self.epoch);
            region.now = now;
            region
        };
        self.regions.entry(site.clone()).or_insert_with(fresh)
    }

    /// Lets everything happen that is due by now.
    pub(crate) fn catch_up(&mut self, now: Moment) {
        let keeps = self.rules.consistency.stale_reads.is_some();
        for (site, region) in &mut self.regions {
            let past = self.past.entry(site.clone()).or_default();
            let mut seen = region.version;
            region.run(now, &mut |region| {
                if keeps && region.version != seen {
                    seen = region.version;
                    past.push_back(region.clone());
                }
            });
        }
        self.remember();
    }

    pub(crate) fn now(&mut self) -> f64 {
        let now = self.clock.now();
        self.catch_up(now);
        now.seconds()
    }

    pub(crate) fn advance(&mut self, seconds: f64) {
        let now = self.clock.advance(seconds);
        self.catch_up(now);
    }

    /// Keeps what the regions are now, for as long as an answer may be of it.
    fn remember(&mut self) {
        let Some(stale) = &self.rules.consistency.stale_reads else { return };
        for (site, region) in &self.regions {
            let past = self.past.entry(site.clone()).or_default();
            if past.back().is_none_or(|last| last.version != region.version) {
                past.push_back(region.clone());
            }
            let horizon = region.now.plus(-stale.max_age);
            while past.get(1).is_some_and(|second| second.changed <= horizon) {
                past.pop_front();
            }
        }
    }

    /// A call comes over the wire: time passes, and a fault may strike.
    pub(crate) fn arrive(&mut self, incoming: Incoming) -> Arrived {
        let now = self.clock.arrival();
        self.catch_up(now);
        let (account, caller) = self.sessions.who(&incoming.access_key);
        let fault = self.faults.strike(&incoming.action);
        let site = Site::new(&account, &incoming.region);
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
        Arrived { place: self.calls.len() - 1, fault, site, caller, incoming }
    }

    /// The call is done, if the gates let it pass.
    pub(crate) fn perform(&mut self, arrived: &Arrived) -> ApiResult {
        let now = self.clock.now();
        self.catch_up(now);
        let action = arrived.incoming.action.as_str();
        if self.rules.unsupported_actions.iter().any(|pattern| fits(pattern, action)) {
            return Err(ApiError::new("UnknownOperationException", ""));
        }
        if !self.buckets.allow(&arrived.site, action, now) {
            return Err(ApiError::throttling());
        }
        let body = match &arrived.incoming.body {
            Ok(body) => body,
            Err(error) => return Err(ApiError::new("SerializationException", error.clone())),
        };
        if let Some(denied) = denial(&self.rules.denied_actions, &arrived.site, &arrived.caller, action, body)
        {
            return Err(denied);
        }
        let answer = self.done(arrived, body)?;
        self.follow(action, now);
        self.remember();
        Ok(answer)
    }

    fn done(&mut self, arrived: &Arrived, body: &Value) -> ApiResult {
        let action = arrived.incoming.action.as_str();
        if action.starts_with("sts:") {
            let until = self.epoch + self.clock.now().seconds() + 3600.0;
            return self.sessions.answer(action, body, &arrived.site.account, &arrived.caller, until);
        }
        if let Some(answer) = self.stale(&arrived.site, action, body) {
            return answer;
        }
        self.region(&arrived.site).answer(action, body)
    }

    /// An answer out of the past, if this call is to have one.
    fn stale(&mut self, site: &Site, action: &str, body: &Value) -> Option<ApiResult> {
        let stale = self.rules.consistency.stale_reads.clone()?;
        let region = self.regions.get(site)?;
        let fresh = region.now.seconds() - region.changed.seconds() > stale.window;
        if fresh
            || !stale.actions.iter().any(|pattern| fits(pattern, action))
            || self.rng.f64() >= stale.probability
        {
            return None;
        }
        let then = region.now.plus(-stale.max_age * self.rng.f64());
        let past = self.past.get(site)?;
        past.iter().rev().find(|region| region.now <= then).or_else(|| past.front())?.read(action, body)
    }

    /// Others act after calls that succeeded.
    fn follow(&mut self, action: &str, now: Moment) {
        let mut due = Vec::new();
        for (act, seen) in &mut self.waiting {
            let Trigger::AfterCall(after) = &act.trigger else { continue };
            if !fits(&after.action, action) {
                continue;
            }
            *seen += 1;
            if *seen == after.count {
                due.push((act.clone(), after.delay));
            }
        }
        for (act, delay) in due {
            let site = self.site(act.account.as_deref(), act.region.as_deref());
            self.region(&site).queue.put(now.plus(delay), Due::Change(Box::new(act.change)));
        }
        self.catch_up(now);
    }

    /// Notes what was answered.
    pub(crate) fn answered(&mut self, place: usize, status: u16, error: Option<&str>) {
        if let Some(call) = self.calls.get_mut(place) {
            call.status = status;
            call.error = error.map(str::to_owned);
        }
    }

    /// A call in nobody's name, past all gates.
    pub(crate) fn call(&mut self, site: &Site, action: &str, body: &Value) -> ApiResult {
        let now = self.clock.now();
        self.catch_up(now);
        let answer = self.region(site).answer(action, body);
        self.remember();
        answer
    }

    pub(crate) fn apply(&mut self, site: &Site, change: &Change) -> ApiResult {
        let now = self.clock.now();
        self.catch_up(now);
        let answer = self.region(site).apply(change);
        self.remember();
        answer
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.clone()
    }

    pub(crate) fn throttled(&self) -> usize {
        self.buckets.refused
    }
}
