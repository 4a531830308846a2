//! CloudWatch log groups, streams and lines.

use std::collections::BTreeMap;

use crate::clock::Moment;

/// The log groups of a region, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogGroups(BTreeMap<String, BTreeMap<String, LogStream>>);

#[derive(Debug, Clone)]
pub(crate) struct LogStream {
    pub(crate) created_at: Moment,
    pub(crate) lines: Vec<(Moment, String)>,
}

impl LogGroups {
    /// Creates a group if it does not exist.
    pub(crate) fn create(&mut self, group: &str) {
        self.0.entry(group.to_owned()).or_default();
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// The streams of a group, by name.
    pub(crate) fn streams(&self, group: &str) -> Option<&BTreeMap<String, LogStream>> {
        self.0.get(group)
    }

    /// A stream, which is created if it does not exist.
    pub(crate) fn open_stream(&mut self, group: String, stream: String, now: Moment) -> &mut LogStream {
        let streams = self.0.entry(group).or_default();
        streams.entry(stream).or_insert_with(|| LogStream { created_at: now, lines: Vec::new() })
    }
}
