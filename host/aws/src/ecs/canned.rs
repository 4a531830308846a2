//! An AWS for tests of calls: it returns the responses of a test, and records the requests.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::Ecs;

/// One response.
#[derive(Debug, Clone)]
pub(super) enum CannedResponse {
    Ok(Value),
    Error(u16, &'static str, &'static str),
    /// The call is executed, and its response is lost.
    Lost,
    /// No response arrives.
    Never,
}

/// The responses by action, such as `RunTask`. The last one of an action is repeated.
#[derive(Debug, Clone, Default)]
pub(super) struct Canned {
    responses: Arc<Mutex<BTreeMap<&'static str, VecDeque<CannedResponse>>>>,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Canned {
    pub(super) fn respond(
        self,
        action: &'static str,
        responses: impl IntoIterator<Item = CannedResponse>,
    ) -> Self {
        self.responses.lock().unwrap().insert(action, responses.into_iter().collect());
        self
    }

    pub(super) fn ecs(&self) -> Ecs {
        let connector = SharedHttpConnector::new(self.clone());
        let keys = Credentials::new("AKID", "secret", None, None, "test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        Ecs::new(config, model::names::Region::parse("us-east-1").unwrap(), String::new())
    }

    /// The bodies that were sent for an action.
    pub(super) fn requests(&self, action: &str) -> Vec<Value> {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|(name, _)| name == action).map(|(_, body)| body.clone()).collect()
    }

    fn next(&self, action: &str) -> CannedResponse {
        let mut responses = self.responses.lock().unwrap();
        let responses = responses.get_mut(action).unwrap_or_else(|| panic!("no response to {action}"));
        if responses.len() > 1 { responses.pop_front() } else { responses.front().cloned() }.unwrap()
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let action = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or(Value::Null);
        self.requests.lock().unwrap().push((action.clone(), body));
        let respond = |status: u16, body: Value| {
            Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string())))
        };
        let response = self.next(&action);
        HttpConnectorFuture::new(async move {
            match response {
                CannedResponse::Ok(body) => respond(200, body),
                CannedResponse::Error(status, code, message) => {
                    respond(status, json!({"__type": code, "message": message}))
                }
                CannedResponse::Lost => Err(ConnectorError::io("the connection was closed".into())),
                CannedResponse::Never => {
                    tokio::time::sleep(Duration::from_secs(3600)).await;
                    Err(ConnectorError::timeout("too late".into()))
                }
            }
        })
    }
}
