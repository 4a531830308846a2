//! Stage 4, the part of ECS: reads for the plan, the new revision, the watch.

#[cfg(test)]
mod canned;
pub mod causes;
pub mod engine;
mod excerpt;
pub mod explain;
mod family;
mod history;
pub mod keep;
pub mod logs;
pub mod lookup;
pub mod rates;
pub mod raw;
pub mod read;
mod retry;
pub mod rollback;
pub mod start;
pub mod status;
pub mod tasks;
pub mod watch;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;

use crate::Aws;
use model::names::{Place, Region};
use rates::Rates;
pub use start::Rollout;
pub use watch::Watcher;

/// `DescribeServices` takes ten services of one cluster a call.
const SERVICES_A_CALL: usize = 10;

/// `DescribeServiceDeployments` and `DescribeServiceRevisions` take twenty.
const DEPLOYMENTS_A_CALL: usize = 20;

/// `DescribeTasks` takes a hundred tasks of one cluster.
const TASKS_A_CALL: usize = 100;

/// ECS in one place: an account and a region.
pub struct Ecs {
    /// The client. Whoever calls takes a permit of [`Ecs::rates`] before.
    pub client: aws_sdk_ecs::Client,
    /// A client that makes each call once: for calls whose repetition needs a
    /// look at what became of the first.
    pub once: aws_sdk_ecs::Client,
    /// What the API's rates leave.
    pub rates: Rates,
    config: SdkConfig,
}

impl Ecs {
    /// ECS in a place. No call is made yet.
    pub async fn connect(aws: &Aws, place: &Place) -> Self {
        Self::new(aws.config(place).await)
    }

    /// ECS with this region and these credentials.
    pub(crate) fn new(config: SdkConfig) -> Self {
        let once = aws_sdk_ecs::config::Builder::from(&config).retry_config(RetryConfig::disabled()).build();
        Self {
            client: aws_sdk_ecs::Client::new(&config),
            once: aws_sdk_ecs::Client::from_conf(once),
            rates: Rates::default(),
            config,
        }
    }

    /// CloudWatch Logs of the same account, in a region that a container's log
    /// configuration names.
    #[must_use]
    pub fn logs(&self, region: &Region) -> aws_sdk_cloudwatchlogs::Client {
        let region = aws_sdk_cloudwatchlogs::config::Region::new(region.as_str().to_owned());
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.config).region(region).build();
        aws_sdk_cloudwatchlogs::Client::from_conf(config)
    }
}
