//! The region, credentials and HTTP client of a run.

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig, imds};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::call_trace::CallTrace;
use crate::credentials::CheckedCredentials;
use crate::error::{AwsError, ErrorKind};
use crate::garbled::RetryGarbledResponse;
use crate::tls::{self, CaBundleError};
use crate::web_identity::{WebIdentity, WebIdentityProvider};
use crate::{sdk_environment, variables};
use model::Environment;
use model::names::{Place, Region};
use model::text::printable;

/// How long fetching an identity token and exchanging it may take, with retries.
const IDENTITY_TIMEOUT: Duration = Duration::from_secs(60);

/// The region and credentials of a run.
pub struct Aws {
    /// The region that the run deploys to.
    pub region: Region,
    /// The region of a run in the same shell without `--region`, if there is one.
    plain_region: Option<String>,
    config: SdkConfig,
}

impl Aws {
    /// Finds region and credentials: the region of the command line, of `AWS_REGION`, of `AWS_DEFAULT_REGION`, or of
    /// the profile. With `identity` the credentials are those of its role, and nothing else that is set is used. No
    /// request is sent.
    ///
    /// # Errors
    /// [`AwsError`] if no region is set or it is invalid, if the file of `AWS_CA_BUNDLE` contains no certificate, if only one half of an access key is set, or if a variable
    /// contains what no HTTP header can carry.
    pub async fn configure(
        environment: &Environment,
        region: Option<&Region>,
        identity: Option<&WebIdentity>,
    ) -> Result<Self, AwsError> {
        variables::check(environment)?;
        let http = http_client(tls::context()?);
        let variable =
            ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| environment.get(name));
        let plain_region = match variable.map(str::to_owned) {
            Some(name) => Some(name),
            None => {
                use aws_config::meta::region::ProvideRegion as _;
                ProfileFileRegionProvider::new().region().await.map(|region| region.to_string())
            }
        };
        let named = region.map(|region| region.as_str().to_owned()).or_else(|| plain_region.clone());
        let region_error = |message: String| AwsError {
            operation: "region",
            on: "this run".to_owned(),
            kind: ErrorKind::Region,
            code: None,
            message,
            hint: Some(
                "set AWS_REGION, as in AWS_REGION=eu-central-1, pass --region, or name it in ecs-host.toml"
                    .to_owned(),
            ),
        };
        let named = named.ok_or_else(|| {
            let detail = sdk_environment::missing_profile().unwrap_or_default();
            region_error(format!("no region is set for this run{detail}"))
        })?;
        let region = Region::parse(&named).map_err(|error| region_error(error.to_string()))?;

        let sdk_region = SdkRegion::new(region.as_str().to_owned());
        let provider = ProviderConfig::without_region()
            .with_region(Some(sdk_region.clone()))
            .with_http_client(http.clone());
        // Without instance metadata, packets to its address may be dropped: one short attempt, so that missing
        // credentials are reported at once.
        let metadata = imds::Client::builder()
            .configure(&provider)
            .max_attempts(1)
            .connect_timeout(Duration::from_secs(1))
            .read_timeout(Duration::from_secs(1))
            .build();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(30))
            .build();
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .region(sdk_region)
            .http_client(http)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(4));
        let config = match identity {
            None => {
                let chain = DefaultCredentialsChain::builder().configure(provider).imds_client(metadata);
                let config =
                    loader.credentials_provider(CheckedCredentials(chain.build().await)).load().await;
                sdk_environment::without_empty_endpoints(config)
            }
            Some(identity) => {
                let config = sdk_environment::without_empty_endpoints(loader.no_credentials().load().await);
                let sts = aws_sdk_sts::config::Builder::from(&config).interceptor(CallTrace);
                let sts = aws_sdk_sts::Client::from_conf(sts.build());
                let provider = WebIdentityProvider { identity: identity.clone(), sts };
                let credentials = SharedCredentialsProvider::new(CheckedCredentials(provider));
                // A token and its exchange take two requests, each with a limit of its own.
                let cache = IdentityCache::lazy().load_timeout(IDENTITY_TIMEOUT).build();
                config.into_builder().credentials_provider(credentials).identity_cache(cache).build()
            }
        };
        Ok(Self { region, plain_region, config })
    }

    /// The run's own place.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { region: self.region.clone(), role: None }
    }

    /// The flags that a verb in the same shell requires for this place, each with a space before it.
    pub(crate) fn place_flags(&self, place: &Place) -> String {
        let is_plain = self.plain_region.as_deref() == Some(place.region.as_str());
        let region = (!is_plain).then(|| format!(" --region {}", place.region));
        let role = place.role.as_ref().map(|role| format!(" --role {}", role.as_str()));
        [region, role].into_iter().flatten().collect()
    }

    /// The configuration of clients for a place. A role is assumed with the first call.
    pub(crate) async fn config(&self, place: &Place) -> SdkConfig {
        let region = SdkRegion::new(place.region.as_str().to_owned());
        let config = self.config.to_builder().region(region.clone());
        let Some(role) = &place.role else { return config.build() };
        let provider = AssumeRoleProvider::builder(role.as_str())
            .session_name("ecs-host")
            .configure(&self.config)
            .region(region)
            .build()
            .await;
        config.credentials_provider(SharedCredentialsProvider::new(CheckedCredentials(provider))).build()
    }

    /// A client of ECR in a registry's region.
    #[must_use]
    pub fn ecr(&self, region: &Region) -> aws_sdk_ecr::Client {
        let region = aws_sdk_ecr::config::Region::new(region.as_str().to_owned());
        let config = aws_sdk_ecr::config::Builder::from(&self.config).region(region);
        let config = config.interceptor(CallTrace).retry_classifier(RetryGarbledResponse).build();
        aws_sdk_ecr::Client::from_conf(config)
    }
}

/// The HTTP client of all AWS clients: TLS by rustls with the machine's own roots and those of `AWS_CA_BUNDLE`, and the proxy of `HTTPS_PROXY` and
/// `NO_PROXY`. It has a connector for each set of timeouts, so that the short ones apply to the instance metadata only.
fn http_client(tls: TlsContext) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    })
}

impl From<CaBundleError> for AwsError {
    fn from(error: CaBundleError) -> Self {
        Self {
            operation: "environment",
            on: "this run".to_owned(),
            kind: ErrorKind::Variable,
            code: None,
            message: printable(&error.to_string()),
            hint: None,
        }
    }
}
