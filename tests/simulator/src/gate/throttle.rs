//! Throttling: token buckets for each account, region and category of actions.

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::json::matches_pattern;
use crate::model::names::RegionId;
use crate::scenario::{Throttle, TokenBucket};

/// The categories of the ECS API reference's "Request throttling for the Amazon ECS API":
/// actions, capacity (the burst rate), and refill a second (the sustained rate).
const DOCUMENTED: [(&[&str], f64, f64); 18] = [
    (
        &[
            "CreateCluster",
            "DeleteCluster",
            "PutClusterCapacityProviders",
            "UpdateCluster",
            "UpdateClusterSettings",
        ],
        20.0,
        1.0,
    ),
    (&["DescribeClusters", "ListClusters"], 50.0, 20.0),
    (&["DeregisterTaskDefinition", "RegisterTaskDefinition"], 20.0, 1.0),
    (&["DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies"], 50.0, 20.0),
    (&["DeleteTaskDefinitions"], 5.0, 1.0),
    (&["CreateCapacityProvider", "DeleteCapacityProvider", "UpdateCapacityProvider"], 10.0, 1.0),
    (&["DescribeCapacityProviders"], 50.0, 20.0),
    (&["TagResource", "UntagResource"], 20.0, 10.0),
    (&["ListTagsForResource"], 50.0, 20.0),
    (&["DeleteAccountSetting", "PutAccountSetting", "PutAccountSettingDefault"], 10.0, 1.0),
    (&["ListAccountSettings"], 50.0, 20.0),
    (
        &[
            "DeleteAttributes",
            "DeregisterContainerInstance",
            "ExecuteCommand",
            "PutAttributes",
            "RunTask",
            "StartTask",
            "StopTask",
            "UpdateContainerAgent",
            "UpdateContainerInstancesState",
        ],
        100.0,
        40.0,
    ),
    (
        &[
            "DescribeContainerInstances",
            "DescribeTasks",
            "ListAttributes",
            "ListContainerInstances",
            "ListTasks",
        ],
        100.0,
        20.0,
    ),
    (&["CreateService", "DeleteService", "UpdateService"], 50.0, 5.0),
    (&["DescribeServices", "ListServices"], 100.0, 20.0),
    // StopServiceDeployment is in no category of the table; it is put with its like here.
    (&["DescribeServiceDeployments", "ListServiceDeployments", "StopServiceDeployment"], 50.0, 20.0),
    (&["DescribeServiceRevisions"], 50.0, 20.0),
    (&["UpdateTaskProtection", "GetTaskProtection"], 200.0, 80.0),
];

/// All buckets.
#[derive(Debug)]
pub(crate) struct TokenBuckets {
    categories: Vec<(Vec<String>, TokenBucket)>,
    levels: BTreeMap<(RegionId, usize), (f64, Moment)>,
    /// How many calls were refused.
    pub(crate) throttled_calls: usize,
}

impl TokenBuckets {
    pub(crate) fn new(throttle: &Throttle) -> Self {
        let categories = match throttle {
            Throttle::Off => Vec::new(),
            Throttle::Documented => DOCUMENTED
                .iter()
                .map(|(actions, burst, refill)| {
                    let actions = actions.iter().map(|action| format!("ecs:{action}")).collect();
                    (actions, TokenBucket { capacity: *burst, refill_rate: *refill })
                })
                .collect(),
            Throttle::Custom(own) => {
                own.iter().map(|(pattern, bucket)| (vec![pattern.clone()], *bucket)).collect()
            }
        };
        Self { categories, levels: BTreeMap::new(), throttled_calls: 0 }
    }

    /// Takes a token for a call, if there is one.
    pub(crate) fn take_token(&mut self, site: &RegionId, action: &str, now: Moment) -> bool {
        let found = self.categories.iter().zip(0..);
        let found = found
            .into_iter()
            .find(|((patterns, _), _)| patterns.iter().any(|pattern| matches_pattern(pattern, action)));
        let Some(((_, bucket), place)) = found else { return true };
        let (level, last) = self.levels.entry((site.clone(), place)).or_insert((bucket.capacity, now));
        let passed = now.seconds() - last.seconds();
        *level = (*level + passed * bucket.refill_rate).min(bucket.capacity);
        *last = now;
        let allowed = *level >= 1.0;
        if allowed {
            *level -= 1.0;
        } else {
            self.throttled_calls += 1;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills_in_simulated_time() {
        let site = RegionId::new("1", "r");
        let mut buckets = TokenBuckets::new(&Throttle::Documented);
        let register = |buckets: &mut TokenBuckets, at| {
            buckets.take_token(&site, "ecs:RegisterTaskDefinition", Moment::from_seconds(at))
        };
        assert!((0..20).all(|_| register(&mut buckets, 0.0)));
        assert!(!register(&mut buckets, 0.0));
        assert!(!register(&mut buckets, 0.5));
        assert!(register(&mut buckets, 1.0));
        assert_eq!(buckets.throttled_calls, 2);
    }

    #[test]
    fn a_category_shares_its_bucket_and_a_region_has_its_own() {
        let (one, other) = (RegionId::new("1", "r"), RegionId::new("1", "s"));
        let mut buckets = TokenBuckets::new(&Throttle::Documented);
        for turn in 0..50 {
            let action = if turn % 2 == 0 { "ecs:DescribeClusters" } else { "ecs:ListClusters" };
            assert!(buckets.take_token(&one, action, Moment::from_seconds(0.0)));
        }
        assert!(!buckets.take_token(&one, "ecs:ListClusters", Moment::from_seconds(0.0)));
        assert!(buckets.take_token(&other, "ecs:ListClusters", Moment::from_seconds(0.0)));
    }
}
