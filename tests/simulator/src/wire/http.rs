//! Responses, and forms and queries.

use std::io::{self, Write};

use crate::http::Message;

/// A response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
    /// What AWS adds, so that users can ask its support about a call.
    pub(super) request_id: String,
}

impl Response {
    pub(super) fn new(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: kind, body: body.into(), request_id: String::new() }
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let words = match self.status {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            500 => "Internal Server Error",
            502 => "Bad Gateway",
            _ => "Service Unavailable",
        };
        let mut headers = vec![("content-type", self.content_type)];
        if !self.request_id.is_empty() {
            headers.push(("x-amzn-requestid", &self.request_id));
        }
        Message::new(&format!("HTTP/1.1 {} {words}", self.status), &headers, self.body.clone()).write(to)
    }
}

/// Decodes what forms and queries escape.
pub(super) fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let hex = std::str::from_utf8(&digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                bytes.push(hex.unwrap_or(b'%'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The pairs of a form or a query.
pub(super) fn parse_pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (percent_decode(name), percent_decode(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_unescaped() {
        let form: Vec<_> =
            parse_pairs("Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa+b").collect();
        assert_eq!(form[1], ("RoleArn".to_owned(), "arn:aws:iam::1:role/a b".to_owned()));
    }
}
