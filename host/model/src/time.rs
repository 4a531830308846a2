//! Points in time as ECS reports them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use serde::{Serialize, Serializer};

/// A point in time, to the second. As JSON it is RFC 3339 in UTC, such as
/// `2026-01-31T12:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// The time this many seconds after the start of 1970 (UTC).
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// The time of this machine's clock.
    #[must_use]
    pub fn now() -> Self {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
    }

    /// The time that is this much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }

    /// The seconds since the start of 1970 (UTC); 0 for an earlier time.
    #[must_use]
    pub fn unix_seconds(self) -> u64 {
        u64::try_from(self.0).unwrap_or_default()
    }

    /// The time for people, such as `2026-01-31 12:00:00 UTC`.
    #[must_use]
    pub fn to_utc_text(self) -> String {
        self.to_string().replace('T', " ").replace('Z', " UTC")
    }

    /// How long before `now` it was, in at most two units. A later time is `0 s`, since the clocks
    /// of two machines differ.
    #[must_use]
    pub fn age(self, now: Self) -> String {
        let passed = Duration::from_secs(u64::try_from(now.0.saturating_sub(self.0)).unwrap_or(0)).as_secs();
        let (minutes, hours, days) = (passed / 60, passed / 3600, passed / 86_400);
        match passed {
            0..60 => format!("{passed} s"),
            60..3600 => format!("{minutes} min"),
            3600..172_800 => format!("{hours} h {} min", minutes % 60),
            _ => format!("{days} days"),
        }
    }
}

/// A duration in seconds for people, such as `900` or `0.4`: to a tenth, and to a thousandth below one second.
#[must_use]
pub fn format_seconds(seconds: f64) -> String {
    let digits = if seconds < 1.0 { 1000.0 } else { 10.0 };
    ((seconds * digits).round() / digits).to_string()
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = OffsetDateTime::from_unix_timestamp(self.0).ok();
        match time.and_then(|time| time.format(&Rfc3339).ok()) {
            Some(text) => f.write_str(&text),
            // A year beyond 9999.
            None => write!(f, "{} s since 1970", self.0),
        }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_as_exact_as_a_person_needs() {
        let texts = [900.0, 2.5, 40.03, 0.4, 0.1 + 0.2, 0.0004, 0.9999, 59.96].map(format_seconds);
        assert_eq!(texts, ["900", "2.5", "40", "0.4", "0.3", "0", "1", "60"]);
    }

    #[test]
    fn a_time_is_formatted_in_utc_and_as_an_age() {
        let time = Time(1_767_225_600);
        assert_eq!(
            (time.to_string().as_str(), time.to_utc_text().as_str()),
            ("2026-01-01T00:00:00Z", "2026-01-01 00:00:00 UTC")
        );
        let ages = [-5, 0, 59, 60, 3599, 3600 + 125, 172_799, 172_800, 86_400 * 40];
        assert_eq!(
            ages.map(|seconds| time.age(Time(time.0 + seconds))),
            ["0 s", "0 s", "59 s", "1 min", "59 min", "1 h 2 min", "47 h 59 min", "2 days", "40 days"]
        );
    }
}
