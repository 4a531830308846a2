//! Request throttling, by a token bucket for each account, region and category of actions.

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::model::RegionId;
use crate::pattern::matches_pattern;
use crate::scenario::{Throttle, TokenBucket};

/// The categories in "Request throttling for the Amazon ECS API" in the ECS API reference: their actions, the
/// capacity of the bucket (the burst rate), and the tokens added per second (the sustained rate).
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
    // The reference lists StopServiceDeployment and ContinueServiceDeployment in no category.
    (
        &[
            "ContinueServiceDeployment",
            "DescribeServiceDeployments",
            "ListServiceDeployments",
            "StopServiceDeployment",
        ],
        50.0,
        20.0,
    ),
    (&["DescribeServiceRevisions"], 50.0, 20.0),
    (&["UpdateTaskProtection", "GetTaskProtection"], 200.0, 80.0),
];

/// The token buckets.
#[derive(Debug)]
pub(crate) struct TokenBuckets {
    /// The patterns for the actions of each category, and the size of its bucket.
    categories: Vec<(Vec<String>, TokenBucket)>,
    /// The level of each bucket, and when it was computed. The key contains the index of the category.
    levels: BTreeMap<(RegionId, usize), (f64, Moment)>,
    /// The number of calls for which there was no token.
    pub(crate) throttled_calls: usize,
}

impl TokenBuckets {
    pub(crate) fn new(throttle: &Throttle) -> Self {
        let categories = match throttle {
            Throttle::Off => Vec::new(),
            Throttle::Documented => DOCUMENTED
                .iter()
                .map(|(actions, capacity, refill_rate)| {
                    let patterns = actions.iter().map(|action| format!("ecs:{action}")).collect();
                    (patterns, TokenBucket { capacity: *capacity, refill_rate: *refill_rate })
                })
                .collect(),
            Throttle::Custom(buckets) => {
                buckets.iter().map(|(pattern, bucket)| (vec![pattern.clone()], *bucket)).collect()
            }
        };
        Self { categories, levels: BTreeMap::new(), throttled_calls: 0 }
    }

    /// Removes a token for a call. Returns whether there was one.
    pub(crate) fn take_token(&mut self, region: &RegionId, action: &str, now: Moment) -> bool {
        let mut categories = self.categories.iter().enumerate();
        let category = categories
            .find(|(_, (patterns, _))| patterns.iter().any(|pattern| matches_pattern(pattern, action)));
        let Some((index, (_, bucket))) = category else { return true };
        let (level, updated_at) =
            self.levels.entry((region.clone(), index)).or_insert((bucket.capacity, now));
        let elapsed = now.seconds() - updated_at.seconds();
        *level = (*level + elapsed * bucket.refill_rate).min(bucket.capacity);
        *updated_at = now;
        let has_token = *level >= 1.0;
        if has_token {
            *level -= 1.0;
        } else {
            self.throttled_calls += 1;
        }
        has_token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_refilled_in_simulated_time() {
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
    fn the_actions_of_a_category_share_a_bucket_and_regions_do_not() {
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
