//! Responses in the protocols of AWS.

use serde_json::{Value, json};

use super::request::Protocol;
use super::response::Response;
use crate::error::{ApiError, ApiResult};

const JSON: &str = "application/x-amz-json-1.1";
const REST_JSON: &str = "application/json";
const XML: &str = "text/xml";

pub(super) fn encode(protocol: Protocol, operation: &str, result: &ApiResult) -> Response {
    match (protocol, result) {
        (Protocol::Json, Ok(value)) => Response::new(200, JSON, value.to_string()),
        (Protocol::Json, Err(error)) => {
            let body = json!({ "__type": error.code, "message": error.message });
            Response::new(error.status, JSON, body.to_string())
        }
        (Protocol::RestJson, Ok(value)) => Response::new(200, REST_JSON, value.to_string()),
        (Protocol::RestJson, Err(error)) => {
            let body = json!({ "Message": error.message });
            let mut response = Response::new(rest_status(error), REST_JSON, body.to_string());
            response.error_type.clone_from(&error.code);
            response
        }
        (Protocol::Query, Ok(value)) => {
            let mut result = String::new();
            write_elements(value, &mut result);
            let body = format!(
                "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                 <{operation}Result>{result}</{operation}Result>\
                 <ResponseMetadata><RequestId>simulated</RequestId></ResponseMetadata></{operation}Response>"
            );
            Response::new(200, XML, body)
        }
        (Protocol::Query, Err(error)) => Response::new(error.status, XML, query_error(error)),
    }
}

/// The status of an error of EventBridge Scheduler ("Common errors" in its API reference).
fn rest_status(error: &ApiError) -> u16 {
    match error.code.as_str() {
        "AccessDeniedException" => 403,
        "ThrottlingException" => 429,
        _ => error.status,
    }
}

fn query_error(error: &ApiError) -> String {
    // The query protocol has shorter codes for these errors than the JSON protocol.
    let code = match error.code.as_str() {
        "AccessDeniedException" => "AccessDenied",
        "ThrottlingException" => "Throttling",
        code => code,
    };
    let fault = if error.status < 500 { "Sender" } else { "Receiver" };
    let message = escape_xml(&error.message);
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>{fault}</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>simulated</RequestId></ErrorResponse>"
    )
}

fn write_elements(value: &Value, to: &mut String) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                to.push_str(&format!("<{name}>"));
                write_elements(member, to);
                to.push_str(&format!("</{name}>"));
            }
        }
        Value::String(text) => to.push_str(&escape_xml(text)),
        other => to.push_str(&other.to_string()),
    }
}

fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
