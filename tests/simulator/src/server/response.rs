//! HTTP responses.

use std::io::{self, Write};

use crate::http::Message;

#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    /// The header `x-amzn-requestid`; not sent if empty.
    pub(super) request_id: String,
    /// The header `x-amzn-errortype`; not sent if empty.
    pub(super) error_type: String,
}

impl Response {
    pub(super) fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type, body: body.into(), request_id: String::new(), error_type: String::new() }
    }

    pub(super) fn write(self, to: &mut impl Write) -> io::Result<()> {
        let reason = match self.status {
            200 => "OK",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            502 => "Bad Gateway",
            _ => "Service Unavailable",
        };
        let mut headers = vec![("content-type", self.content_type)];
        if !self.request_id.is_empty() {
            headers.push(("x-amzn-requestid", &self.request_id));
        }
        if !self.error_type.is_empty() {
            headers.push(("x-amzn-errortype", &self.error_type));
        }
        Message::new(&format!("HTTP/1.1 {} {reason}", self.status), &headers, self.body).write(to)
    }
}
