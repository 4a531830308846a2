//! The request rates of the ECS API. Within them, a run with many targets is not throttled.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The calls that ECS counts together (the ECS API reference, "Request throttling for the Amazon ECS API"). Each
/// account and region has a bucket of tokens for them: a request takes one, and they come back at a fixed rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RateBucket {
    /// `RegisterTaskDefinition`, `DeregisterTaskDefinition`.
    DefinitionModify,
    /// `DescribeTaskDefinition`, `ListTaskDefinitions`.
    DefinitionRead,
    /// `UpdateService`.
    ServiceModify,
    /// `DescribeServices`, `ListServices`.
    ServiceRead,
    /// `ListServiceDeployments`, `DescribeServiceDeployments`, `StopServiceDeployment`, `ContinueServiceDeployment`. The
    /// reference lists the last two nowhere; they are counted here with the other calls for service deployments.
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

impl RateBucket {
    /// The tokens of a full bucket, and those that come back per second.
    fn size_and_refill(self) -> (f64, f64) {
        match self {
            Self::DefinitionModify => (20.0, 1.0),
            Self::ServiceModify => (50.0, 5.0),
            // 40 per second, but Fargate launches 20 tasks ("AWS Fargate throttling quotas" in the
            // developer guide).
            Self::TaskModify => (100.0, 20.0),
            Self::ServiceRead | Self::TaskRead => (100.0, 20.0),
            Self::DefinitionRead | Self::ClusterRead | Self::ServiceDeployment | Self::ServiceRevision => {
                (50.0, 20.0)
            }
        }
    }
}

/// The share of a full bucket that is not used. Requests do not all take the same time to reach ECS, so it may
/// receive some closer together than they were sent.
const MARGIN: f64 = 0.1;

/// The buckets of one account and region, as far as this process takes tokens from them. Other processes take
/// tokens, too, so a request may still be throttled.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<[Option<Bucket>; 9]>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Below zero, the number of requests that wait.
    tokens: f64,
    at: Instant,
    #[cfg(test)]
    permits: usize,
}

impl Rates {
    /// Waits until a request is within the rates.
    pub(crate) async fn permit(&self, bucket: RateBucket) {
        let wait = self.take_token(bucket, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a token, and returns the time until it is there.
    fn take_token(&self, bucket: RateBucket, now: Instant) -> Duration {
        let (size, refill) = bucket.size_and_refill();
        let size = size * (1.0 - MARGIN);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = buckets.get_mut(bucket as usize) else { return Duration::ZERO };
        let bucket = slot.get_or_insert(Bucket {
            tokens: size,
            at: now,
            #[cfg(test)]
            permits: 0,
        });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * refill).min(size) - 1.0;
        bucket.at = now;
        #[cfg(test)]
        {
            bucket.permits += 1;
        }
        Duration::from_secs_f64((-bucket.tokens / refill).max(0.0))
    }

    /// How many permits were taken of a bucket.
    #[cfg(test)]
    pub(crate) fn permits(&self, bucket: RateBucket) -> usize {
        let buckets = self.0.lock().unwrap();
        buckets[bucket as usize].map_or(0, |bucket| bucket.permits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_beyond_a_burst_wait_for_one_token_each() {
        let (rates, now) = (Rates::default(), Instant::now());
        for _ in 0..18 {
            assert_eq!(rates.take_token(RateBucket::DefinitionModify, now), Duration::ZERO);
        }
        assert_eq!(rates.take_token(RateBucket::DefinitionModify, now), Duration::from_secs(1));
        assert_eq!(rates.take_token(RateBucket::DefinitionModify, now), Duration::from_secs(2));
        assert_eq!(rates.take_token(RateBucket::ServiceRead, now), Duration::ZERO);
        let later = now + Duration::from_secs(12);
        assert_eq!(rates.take_token(RateBucket::DefinitionModify, later), Duration::ZERO);
    }

    #[test]
    fn a_full_bucket_gains_no_tokens() {
        let (rates, now) = (Rates::default(), Instant::now());
        rates.take_token(RateBucket::DefinitionModify, now);
        let later = now + Duration::from_secs(3600);
        let waits: Vec<_> = (0..21).map(|_| rates.take_token(RateBucket::DefinitionModify, later)).collect();
        assert_eq!(waits.iter().filter(|wait| wait.is_zero()).count(), 18);
    }
}
