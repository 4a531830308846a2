//! Keeping to the API's rates, so that a build with many targets is not throttled.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A kind of call that ECS counts together (ECS API reference, "Request
/// throttling for the Amazon ECS API"). Each account has a bucket of tokens
/// per kind and region: a call takes one, and they come back at a fixed rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `RegisterTaskDefinition`, `DeregisterTaskDefinition`.
    DefinitionModify,
    /// `DescribeTaskDefinition`, `ListTaskDefinitions`.
    DefinitionRead,
    /// `UpdateService`.
    ServiceModify,
    /// `DescribeServices`, `ListServices`.
    ServiceRead,
    /// `ListServiceDeployments`, `DescribeServiceDeployments`. The table has
    /// `StopServiceDeployment` nowhere; it is counted with its like here.
    ServiceDeployment,
    /// `DescribeServiceRevisions`.
    ServiceRevision,
    /// `RunTask`, `StopTask`.
    TaskModify,
    /// `DescribeTasks`, `ListTasks`.
    TaskRead,
    /// `DescribeClusters`, `ListClusters`.
    ClusterRead,
}

impl Kind {
    /// Tokens that a full bucket holds, and those that come back each second.
    fn bucket(self) -> (f64, f64) {
        match self {
            Self::DefinitionModify => (20.0, 1.0),
            Self::ServiceModify => (50.0, 5.0),
            // 40 a second, but Fargate launches 20 tasks ("AWS Fargate throttling quotas" in the
            // developer guide).
            Self::TaskModify => (100.0, 20.0),
            Self::ServiceRead | Self::TaskRead => (100.0, 20.0),
            Self::DefinitionRead | Self::ClusterRead | Self::ServiceDeployment | Self::ServiceRevision => {
                (50.0, 20.0)
            }
        }
    }
}

/// The share of a full bucket that is left alone. Calls do not all take the same time to get
/// there, so ECS counts some as closer together than they were sent.
const MARGIN: f64 = 0.1;

/// The buckets of one account and region, as far as this process takes from
/// them. Others take from them too, so a call may be throttled all the same.
#[derive(Debug, Default)]
pub struct Rates(Mutex<[Option<Bucket>; 9]>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Below zero, what is owed: each waits for its own.
    tokens: f64,
    at: Instant,
}

impl Rates {
    /// Waits until a call of this kind is within the rates.
    pub async fn permit(&self, kind: Kind) {
        let wait = self.take(kind, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    fn take(&self, kind: Kind, now: Instant) -> Duration {
        let (most, refill) = kind.bucket();
        let most = most * (1.0 - MARGIN);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = buckets.get_mut(kind as usize) else { return Duration::ZERO };
        let bucket = slot.get_or_insert(Bucket { tokens: most, at: now });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * refill).min(most) - 1.0;
        bucket.at = now;
        Duration::from_secs_f64((-bucket.tokens / refill).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_each_call_waits_its_turn() {
        let (rates, now) = (Rates::default(), Instant::now());
        for _ in 0..18 {
            assert_eq!(rates.take(Kind::DefinitionModify, now), Duration::ZERO);
        }
        assert_eq!(rates.take(Kind::DefinitionModify, now), Duration::from_secs(1));
        assert_eq!(rates.take(Kind::DefinitionModify, now), Duration::from_secs(2));
        assert_eq!(rates.take(Kind::ServiceRead, now), Duration::ZERO);
        let later = now + Duration::from_secs(12);
        assert_eq!(rates.take(Kind::DefinitionModify, later), Duration::ZERO);
    }

    #[test]
    fn a_full_bucket_takes_no_more() {
        let (rates, now) = (Rates::default(), Instant::now());
        rates.take(Kind::DefinitionModify, now);
        let later = now + Duration::from_secs(3600);
        let waits: Vec<_> = (0..21).map(|_| rates.take(Kind::DefinitionModify, later)).collect();
        assert_eq!(waits.iter().filter(|wait| wait.is_zero()).count(), 18);
    }
}
