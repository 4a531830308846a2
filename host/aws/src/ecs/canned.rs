//! An AWS for tests of calls: it gives the answers that a test wrote down, and
//! keeps what was asked.

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

/// One answer.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Ok(Value),
    Error(u16, &'static str, &'static str),
    /// The call is done, and its answer is lost.
    Lost,
    /// No answer ever comes.
    Never,
}

/// The answers by action, such as `RunTask`; the last one of an action stays.
#[derive(Debug, Clone, Default)]
pub(super) struct Canned {
    answers: Arc<Mutex<BTreeMap<&'static str, VecDeque<Answer>>>>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Canned {
    pub(super) fn answer(self, action: &'static str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.answers.lock().unwrap().insert(action, answers.into_iter().collect());
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
        Ecs::new(config, model::names::Region::parse("us-east-1").unwrap())
    }

    /// The bodies that were sent for an action.
    pub(super) fn asked(&self, action: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(name, _)| name == action).map(|(_, body)| body.clone()).collect()
    }

    fn next(&self, action: &str) -> Answer {
        let mut answers = self.answers.lock().unwrap();
        let answers = answers.get_mut(action).unwrap_or_else(|| panic!("no answer to {action}"));
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }.unwrap()
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let action = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or(Value::Null);
        self.asked.lock().unwrap().push((action.clone(), body));
        let respond = |status: u16, body: Value| {
            Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string())))
        };
        let answer = self.next(&action);
        HttpConnectorFuture::new(async move {
            match answer {
                Answer::Ok(body) => respond(200, body),
                Answer::Error(status, code, message) => {
                    respond(status, json!({"__type": code, "message": message}))
                }
                Answer::Lost => Err(ConnectorError::io("the connection was closed".into())),
                Answer::Never => {
                    tokio::time::sleep(Duration::from_secs(3600)).await;
                    Err(ConnectorError::timeout("too late".into()))
                }
            }
        })
    }
}
