//! What differs between two readings of the same services.

use std::collections::{BTreeMap, BTreeSet};

use aws::ecs::status::StatusResult;
use model::event::Event;
use model::names::Place;
use model::plan::TargetName;
use model::status::{ServiceCounts, ServiceStatus, TriggerStatus};

/// What was read last of each service, schedule and rule.
#[derive(Default)]
pub(super) struct Readings {
    services: BTreeMap<TargetName, Box<ServiceStatus>>,
    triggers: BTreeMap<TargetName, Box<TriggerStatus>>,
    /// Why a cluster or a service could not be read.
    unread: BTreeMap<String, String>,
    /// What was not read of the services: sentences.
    incomplete: BTreeSet<String>,
    /// The clusters without services. Those that the command line names are reported.
    empty: BTreeSet<String>,
    names_clusters: bool,
    counts: Option<ServiceCounts>,
}

impl Readings {
    /// No reading yet. `names_clusters` is whether the command line names the clusters.
    pub(super) fn new(names_clusters: bool) -> Self {
        Self { names_clusters, ..Self::default() }
    }

    /// Whether the last reading has read everything.
    pub(super) fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }

    /// Replaces the last reading, and returns the events of what differs from it: at first, of everything.
    pub(super) fn update(&mut self, results: Vec<StatusResult>, place: &Place) -> Vec<Event> {
        let mut events = Vec::new();
        let last = std::mem::replace(self, Self::new(self.names_clusters));
        for result in results {
            match result {
                StatusResult::Service(status) => {
                    let is_known = last.services.get(&status.service) == Some(&status);
                    if !is_known || last.misses(&status.service) {
                        events.push(Event::ServiceDescribed(status.clone()));
                    }
                    self.services.insert(status.service.clone(), status);
                }
                StatusResult::Trigger(status) => {
                    if last.triggers.get(&status.trigger) != Some(&status) {
                        events.push(Event::TriggerDescribed(status.clone()));
                    }
                    self.triggers.insert(status.trigger.clone(), status);
                }
                StatusResult::EmptyCluster(cluster) => {
                    if self.names_clusters && !last.empty.contains(&cluster) {
                        let message = format!("cluster `{cluster}` in {} has no services", place.region);
                        events.push(Event::Warning { message });
                    }
                    self.empty.insert(cluster);
                }
                StatusResult::Incomplete(message) => {
                    if !last.incomplete.contains(&message) {
                        events.push(Event::Warning { message: message.clone() });
                    }
                    self.incomplete.insert(message);
                }
                StatusResult::Unavailable { subject, reason } => {
                    if last.unread.get(&subject) != Some(&reason) {
                        let (subject, reason) = (subject.clone(), reason.clone());
                        events.push(Event::StatusUnavailable { subject, reason });
                    }
                    self.unread.insert(subject, reason);
                }
            }
        }
        for (name, status) in last.services {
            if self.services.contains_key(&name) {
                continue;
            }
            // Of what could not be read, the last that is known stays.
            if self.misses(&name) || self.has_no_list() {
                self.services.insert(name, status);
            } else {
                events.push(Event::ServiceRemoved { service: name });
            }
        }
        let counts = self.count();
        if last.counts.as_ref() != Some(&counts) {
            events.push(Event::ServicesCounted(counts.clone()));
        }
        self.counts = Some(counts);
        events
    }

    /// Whether the last reading could not read a service, or its cluster.
    fn misses(&self, service: &TargetName) -> bool {
        self.unread.contains_key(name(service)) || self.unread.contains_key(cluster(service))
    }

    /// Whether the clusters could not be listed.
    fn has_no_list(&self) -> bool {
        self.unread.contains_key(super::ALL_CLUSTERS)
    }

    fn count(&self) -> ServiceCounts {
        let mut counts = ServiceCounts::default();
        self.services.values().for_each(|status| counts.add(status));
        let of_services = self.services.keys().map(cluster);
        let clusters: BTreeSet<&str> = of_services.chain(self.empty.iter().map(String::as_str)).collect();
        counts.clusters = clusters.len();
        counts.unread = self.unread.keys().cloned().collect();
        counts
    }
}

/// The name of a service as the command line has it: without the place.
fn name(service: &TargetName) -> &str {
    service.as_str().split(' ').next().unwrap_or_default()
}

fn cluster(service: &TargetName) -> &str {
    name(service).split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::decision::{Destination, ServiceName};
    use model::names::Region;
    use model::status::ServiceCondition;

    fn place() -> Place {
        Place { region: Region::parse("eu-west-1").unwrap(), role: None }
    }

    fn service(cluster: &str, running: i32) -> StatusResult {
        let name = ServiceName { cluster: cluster.to_owned(), service: "web".to_owned() };
        StatusResult::Service(Box::new(ServiceStatus {
            service: TargetName::new(&Destination::Service(name), &place(), &place().region),
            status: "ACTIVE".to_owned(),
            condition: ServiceCondition::new("ACTIVE", None, [2, running, 0]),
            desired: 2,
            running,
            pending: 0,
            runs: None,
            rollout: None,
            ended: None,
            drift: None,
        }))
    }

    fn unavailable(subject: &str) -> StatusResult {
        StatusResult::Unavailable { subject: subject.to_owned(), reason: "denied".to_owned() }
    }

    /// The names of the events of a reading, with what they are about.
    fn names(readings: &mut Readings, results: Vec<StatusResult>) -> Vec<String> {
        let name = |event: Event| match event {
            Event::ServiceDescribed(status) => format!("described {}", status.service),
            Event::ServiceRemoved { service } => format!("removed {service}"),
            Event::StatusUnavailable { subject, .. } => format!("unavailable {subject}"),
            Event::ServicesCounted(counts) => format!("counted {} in {}", counts.services, counts.clusters),
            other => format!("{other:?}"),
        };
        readings.update(results, &place()).into_iter().map(name).collect()
    }

    #[test]
    fn a_reading_reports_what_differs_from_the_last_one() {
        let mut readings = Readings::default();
        let all = || vec![service("a", 2), service("b", 2)];
        assert_eq!(names(&mut readings, all()), ["described a/web", "described b/web", "counted 2 in 2"]);
        assert!(names(&mut readings, all()).is_empty() && readings.is_complete());
        let changed = vec![service("a", 1), service("b", 2)];
        assert_eq!(names(&mut readings, changed), ["described a/web", "counted 2 in 2"]);
        let removed = names(&mut readings, vec![service("a", 1)]);
        assert_eq!(removed, ["removed b/web", "counted 1 in 1"]);
    }

    #[test]
    fn what_is_missing_is_reported_until_it_is_read() {
        let mut readings = Readings::default();
        let partly = || vec![service("a", 2), StatusResult::Incomplete("no pauses".to_owned())];
        assert_eq!(names(&mut readings, partly())[1], r#"Warning { message: "no pauses" }"#);
        assert!(names(&mut readings, partly()).is_empty() && readings.is_complete());
        assert!(names(&mut readings, vec![service("a", 2)]).is_empty());
        assert_eq!(names(&mut readings, partly()).len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_not_reported_as_removed() {
        let mut readings = Readings::default();
        names(&mut readings, vec![service("a", 2), service("b", 2)]);
        let partly = || vec![service("a", 2), unavailable("b")];
        assert_eq!(names(&mut readings, partly()), ["unavailable b", "counted 2 in 2"]);
        assert!(names(&mut readings, partly()).is_empty() && !readings.is_complete());
        // It is described again, even if nothing has changed meanwhile.
        let all = vec![service("a", 2), service("b", 2)];
        assert_eq!(names(&mut readings, all), ["described b/web", "counted 2 in 2"]);
        let unlisted = vec![unavailable(super::super::ALL_CLUSTERS)];
        assert_eq!(names(&mut readings, unlisted), ["unavailable --all", "counted 2 in 2"]);
    }
}
