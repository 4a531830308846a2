//! The calls of the ECS API, one function a call.
//!
//! A function takes a permit of the call's rate bucket, reads all pages that its caller needs, splits what one
//! request does not accept into several, and turns the SDK's error into an [`AwsError`](crate::error::AwsError) with
//! the operation and its subject. The SDK client is private to this module, so that no call bypasses any of it.

mod clusters;
mod rates;
mod service_deployments;
mod services;
mod task_definitions;
mod tasks;

#[cfg(test)]
mod tests;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_ecs::Client;

use rates::{RateBucket, Rates};
pub(crate) use service_deployments::DeploymentFilter;
pub(crate) use services::{is_primary, primary_deployment};
pub(crate) use task_definitions::Revision;
pub(crate) use tasks::TaskFilter;

use crate::call_trace::CallTrace;
use crate::cloudwatch_logs::LogClient;
use crate::connect::Aws;
use crate::garbled::RetryGarbledResponse;
use crate::schedules::Schedules;
use model::decision::ServiceName;
use model::names::{Place, Region};

/// The most services of one cluster that a `DescribeServices` request accepts.
pub(crate) const SERVICES_PER_CALL: usize = 10;

/// The most ARNs that a `DescribeServiceDeployments` or a `DescribeServiceRevisions` request accepts.
pub(crate) const DEPLOYMENTS_PER_CALL: usize = 20;

/// The most tasks of one cluster that a `DescribeTasks` request accepts.
pub(crate) const TASKS_PER_CALL: usize = 100;

/// The ECS API in one account and region.
pub struct Ecs {
    region: Region,
    /// The flags of a command in this place.
    place_flags: String,
    client: Client,
    /// A client that sends each request once.
    single_attempt: Client,
    rates: Rates,
    config: SdkConfig,
}

/// Who repeats a request that was throttled or that got no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// The SDK, up to its number of attempts.
    BySdk,
    /// The caller: its next poll is the retry, or it has to find out first what became of the request.
    ByCaller,
}

impl Ecs {
    /// A client for a place. It makes no call.
    pub async fn client_for(aws: &Aws, place: &Place) -> Self {
        Self::new(aws.config(place).await, place.region.clone(), aws.place_flags(place))
    }

    /// A client with these credentials.
    pub(crate) fn new(config: SdkConfig, region: Region, place_flags: String) -> Self {
        let builder = || aws_sdk_ecs::config::Builder::from(&config).interceptor(CallTrace);
        let single_attempt = builder().retry_config(RetryConfig::disabled()).build();
        let retried = builder().retry_classifier(RetryGarbledResponse).build();
        Self {
            region,
            place_flags,
            client: Client::from_conf(retried),
            single_attempt: Client::from_conf(single_attempt),
            rates: Rates::default(),
            config,
        }
    }

    /// The region of its services.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The command of a verb about a service, which works as printed in the shell of this run.
    #[must_use]
    pub fn command(&self, verb: &str, service: &ServiceName) -> String {
        format!("ecs-host {verb} {service}{}", self.place_flags)
    }

    /// CloudWatch Logs of the same account, in the region that a container's log configuration names.
    pub(crate) fn logs(&self, region: &Region) -> LogClient {
        LogClient::new(&self.config, region)
    }

    /// The rules and schedules of the same account and region.
    pub(crate) fn schedules(&self) -> Schedules {
        Schedules::new(&self.config)
    }

    /// Waits for a permit of the bucket, and returns the client for one request.
    async fn permitted(&self, bucket: RateBucket, retry: Retry) -> &Client {
        self.rates.permit(bucket).await;
        match retry {
            Retry::BySdk => &self.client,
            Retry::ByCaller => &self.single_attempt,
        }
    }
}
