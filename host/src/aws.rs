//! What every call to AWS needs: region, credentials, the HTTP client, and
//! errors that say what to do.

mod surroundings;

use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig, imds};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use thiserror::Error;

use crate::ci::Environment;
use crate::ecs::Ecs;
use crate::names::{Place, Region};
use crate::policy::text::printable;

/// Region and credentials of a run.
pub struct Aws {
    /// The region that the run deploys to.
    pub region: Region,
    config: SdkConfig,
}

/// What kind of trouble an AWS call met; it decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No region, or one that is none.
    Region,
    /// No credentials, or ones that AWS does not take.
    Credentials,
    /// The credentials lack a permission.
    Permission,
    /// What was asked for does not exist.
    Missing,
    /// The API's rate was exceeded, after all retries.
    Throttled,
    /// No answer came.
    Network,
    /// AWS itself is in trouble: an answer of the kind 5xx.
    Server,
    /// An answer came that is not AWS's: from a proxy, or an endpoint that
    /// lacks the call.
    Foreign,
    /// Anything else.
    Other,
}

/// An AWS call that failed, after the SDK's own retries.
#[derive(Debug, Clone, Error)]
#[error("{operation} for {on}: {message}{}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct AwsError {
    /// The action's name as IAM spells it, such as `ecs:DescribeServices`.
    pub operation: &'static str,
    /// What it was called on.
    pub on: String,
    /// The kind of trouble.
    pub trouble: Trouble,
    /// The error code, where AWS gave one.
    pub code: Option<String>,
    /// What came back.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Aws {
    /// Finds region and credentials: the region that the command line names,
    /// `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile's. Nothing is asked
    /// over the network yet.
    ///
    /// # Errors
    /// [`AwsError`] where there is no region, or half of a key.
    pub async fn connect(environment: &Environment, region: Option<&Region>) -> Result<Self, AwsError> {
        let http = http_client();
        let named = region.map(|region| region.as_str().to_owned());
        let named = named.or_else(|| environment.get("AWS_REGION").map(str::to_owned));
        let named = named.or_else(|| environment.get("AWS_DEFAULT_REGION").map(str::to_owned));
        let named = match named {
            Some(name) => Some(name),
            None => {
                use aws_config::meta::region::ProvideRegion as _;
                ProfileFileRegionProvider::new().region().await.map(|region| region.to_string())
            }
        };
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| (name, environment.get(name)));
        if let [(set, Some(_)), (unset, None)] | [(unset, None), (set, Some(_))] = keys {
            return Err(AwsError {
                operation: "credentials",
                on: "this run".to_owned(),
                trouble: Trouble::Credentials,
                code: None,
                message: format!("{set} is set and {unset} is not"),
                hint: Some("set both, or neither for a role or a profile".to_owned()),
            });
        }
        let no_region = |message: String| AwsError {
            operation: "region",
            on: "this run".to_owned(),
            trouble: Trouble::Region,
            code: None,
            message,
            hint: Some("set AWS_REGION, as in AWS_REGION=eu-central-1, or pass --region".to_owned()),
        };
        let none = || format!("there is none{}", surroundings::missing_profile().unwrap_or_default());
        let named = named.ok_or_else(|| no_region(none()))?;
        let region = Region::parse(&named).map_err(|error| no_region(error.to_string()))?;

        let sdk_region = SdkRegion::new(region.as_str().to_owned());
        let provider = ProviderConfig::without_region()
            .with_region(Some(sdk_region.clone()))
            .with_http_client(http.clone());
        // Where there is no instance metadata, its address may swallow packets:
        // one short attempt, so that missing credentials are told at once.
        let metadata = imds::Client::builder()
            .configure(&provider)
            .max_attempts(1)
            .connect_timeout(Duration::from_secs(1))
            .read_timeout(Duration::from_secs(1))
            .build();
        let credentials =
            DefaultCredentialsChain::builder().configure(provider).imds_client(metadata).build().await;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(30))
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(sdk_region)
            .http_client(http)
            .credentials_provider(credentials)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .load()
            .await;
        Ok(Self { region, config })
    }

    /// The run's own place.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { region: self.region.clone(), role: None }
    }

    /// ECS in a place. A role is assumed with the first call.
    pub async fn ecs(&self, place: &Place) -> Ecs {
        let region = SdkRegion::new(place.region.as_str().to_owned());
        let mut config = self.config.to_builder().region(region.clone());
        if let Some(role) = &place.role {
            let provider = AssumeRoleProvider::builder(role.as_str())
                .session_name("ecs-host")
                .configure(&self.config)
                .region(region)
                .build()
                .await;
            config = config.credentials_provider(SharedCredentialsProvider::new(provider));
        }
        Ecs::new(config.build())
    }

    /// A client of ECR in a registry's region.
    #[must_use]
    pub fn ecr(&self, region: &Region) -> aws_sdk_ecr::Client {
        let region = aws_sdk_ecr::config::Region::new(region.as_str().to_owned());
        let config = aws_sdk_ecr::config::Builder::from(&self.config).region(region).build();
        aws_sdk_ecr::Client::from_conf(config)
    }
}

/// One HTTP client for all: TLS by rustls with the machine's own roots, and
/// the proxy of `HTTPS_PROXY` and `NO_PROXY`. It keeps a connector for each set
/// of timeouts, so that the short ones of the instance metadata stay there.
fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
    })
}

impl AwsError {
    /// Makes an error of the SDK's into one that says what was tried and what to do.
    pub fn new<E>(operation: &'static str, on: impl Into<String>, error: SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error.as_service_error().and_then(|e| e.code()).map(str::to_owned);
        let said = error.as_service_error().and_then(|e| e.message()).map(str::to_owned);
        let endpoint = surroundings::endpoint(operation);
        let the = |named: &Option<String>| named.clone().unwrap_or_else(|| "the endpoint".to_owned());
        let (trouble, message) = match &error {
            SdkError::TimeoutError(_) => {
                let named = endpoint.as_ref().map(|named| format!(" from {named}")).unwrap_or_default();
                (Trouble::Network, format!("no answer came in time{named}"))
            }
            SdkError::ServiceError(_) | SdkError::ResponseError(_) => match (&code, said) {
                (Some(code), said) => (
                    trouble_of(code, status),
                    said.map_or(code.clone(), |said| format!("{code}: {}", said.trim_end_matches('.'))),
                ),
                (None, _) => {
                    let status = status.map_or_else(|| "something".to_owned(), |s| format!("HTTP {s}"));
                    (
                        Trouble::Foreign,
                        format!("{} answered {status} in a form that is not AWS's", the(&endpoint)),
                    )
                }
            },
            _ if has_source::<CredentialsError>(&error) => (Trouble::Credentials, no_credentials(&error)),
            _ => (Trouble::Network, format!("{} can't be reached: {}", the(&endpoint), innermost(&error))),
        };
        // What an endpoint says may not forge lines of the log.
        let message = printable(&message);
        // A call may need another action than its own, such as `iam:PassRole`.
        let denied = message.split_once("to perform: ").and_then(|(_, rest)| rest.split_whitespace().next());
        let action = denied.unwrap_or(operation).trim_end_matches([',', '.']);
        let hint = match (trouble, &endpoint) {
            (Trouble::Network, Some(named)) => {
                Some(format!("check {named} and the network, then run it again"))
            }
            _ => hint(trouble, action, code.is_some()),
        };
        Self { operation, on: on.into(), trouble, hint, code, message }
    }

    /// An answer that came and can't be used.
    pub fn unusable(operation: &'static str, on: impl Into<String>, message: impl Into<String>) -> Self {
        let (on, message) = (on.into(), message.into());
        Self { operation, on, trouble: Trouble::Other, code: None, message, hint: None }
    }

    /// Whether the error has one of these codes.
    #[must_use]
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// What happened, without advice: for what is tried again by itself.
    #[must_use]
    pub fn brief(&self) -> String {
        format!("{} for {}: {}", self.operation, self.on, self.message)
    }

    /// Whether the call may have been carried out all the same.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.trouble, Trouble::Network | Trouble::Server | Trouble::Foreign)
    }

    /// The same error with other advice.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The common errors of AWS's APIs (the ECS API reference, "Common Error
/// Types"), and ECS's and ECR's own.
fn trouble_of(code: &str, status: Option<u16>) -> Trouble {
    match code {
        "AccessDeniedException" | "AccessDenied" | "NotAuthorized" | "UnauthorizedOperation" => {
            Trouble::Permission
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "OptInRequired" => Trouble::Credentials,
        "ClusterNotFoundException"
        | "ServiceNotFoundException"
        | "RepositoryNotFoundException"
        | "ImageNotFoundException" => Trouble::Missing,
        "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => {
            Trouble::Throttled
        }
        "ServerException" | "InternalServerError" | "InternalFailure" | "ServiceUnavailable" => {
            Trouble::Server
        }
        _ if status.is_some_and(|status| status >= 500) => Trouble::Server,
        _ => Trouble::Other,
    }
}

fn hint(trouble: Trouble, operation: &str, answered: bool) -> Option<String> {
    let hint = match trouble {
        Trouble::Region | Trouble::Missing | Trouble::Other => return None,
        Trouble::Credentials if answered => {
            "AWS does not take these credentials: check the key, its secret, and that they have not expired".to_owned()
        }
        Trouble::Credentials => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN where they are temporary), \
             or a role or profile that the AWS SDK finds"
                .to_owned()
        }
        Trouble::Permission => format!("allow the action `{operation}` in the IAM policy of these credentials"),
        Trouble::Server => "AWS is in trouble; run it again when it is over".to_owned(),
        Trouble::Throttled => "the account's rate for this call is used up; run it again in a minute".to_owned(),
        Trouble::Network => "check the region's name and the network, then run it again".to_owned(),
        Trouble::Foreign => "check the endpoint and any proxy on the way to it".to_owned(),
    };
    Some(hint)
}

fn sources<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

fn has_source<T: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    sources(error).any(|source| source.is::<T>())
}

/// Why there are no credentials. The SDK's own list of all the places where it
/// found none is left out: it is longer than any log line.
fn no_credentials(error: &(dyn std::error::Error + 'static)) -> String {
    let none = |source: &(dyn std::error::Error + 'static)| {
        matches!(source.downcast_ref(), Some(CredentialsError::CredentialsNotLoaded(_)))
    };
    if sources(error).any(none) {
        let none =
            "there are no AWS credentials in the environment, a profile, the container or the instance";
        return format!("{none}{}", surroundings::missing_profile().unwrap_or_default());
    }
    format!("no AWS credentials: {}", innermost(error))
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let Some(last) = sources(error).last() else { return String::new() };
    // An answer of AWS's to another call than the one that failed, as STS's to
    // `AssumeRole`; its own text is made for debugging.
    match last.downcast_ref::<ErrorMetadata>().map(|answer| (answer.code(), answer.message())) {
        Some((Some(code), Some(message))) => format!("{code}: {}", message.trim_end_matches('.')),
        _ => last.to_string(),
    }
}
