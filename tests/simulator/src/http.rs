//! The parts of HTTP/1.1 that AWS clients and the tests use.

use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::net::{SocketAddr, TcpStream};

/// A task definition has at most 64 KiB.
const MAX_BODY_BYTES: usize = 16 << 20;

/// A request or a response.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// The start line, such as `POST / HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub start_line: String,
    /// Header names and values, as received.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// A message. [`Message::write`] adds its length.
    #[must_use]
    pub fn new(start_line: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { start_line: start_line.to_owned(), headers, body: body.into() }
    }

    /// Reads a request; `None` if the client has closed the connection.
    ///
    /// # Errors
    /// If the connection fails, or the body is invalid or larger than 16 MiB.
    pub fn read_request(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(mut message) = Self::read_head(from)? else { return Ok(None) };
        if message.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            message.body = read_chunked_body(from)?;
        } else {
            let length = message.header("content-length").and_then(|length| length.parse().ok());
            message.body = read_body(from, length.unwrap_or(0))?;
        }
        Ok(Some(message))
    }

    fn read_head(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if from.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            match line.trim_end() {
                "" if lines.is_empty() => {}
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let mut lines = lines.into_iter();
        let start_line = lines.next().unwrap_or_default();
        let header = |line: String| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        };
        Ok(Some(Self { start_line, headers: lines.filter_map(header).collect(), body: Vec::new() }))
    }

    /// The method of a request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.start_line.split_whitespace().next().unwrap_or_default()
    }

    /// The target of a request: its path and query.
    #[must_use]
    pub fn target(&self) -> &str {
        self.start_line.split_whitespace().nth(1).unwrap_or_default()
    }

    /// Whether the answer to this request ends the connection: it is of HTTP 1.0, or has `Connection: close`.
    #[must_use]
    pub fn ends_connection(&self) -> bool {
        self.start_line.ends_with("HTTP/1.0")
            || self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Writes the message, with its length.
    ///
    /// # Errors
    /// If the connection fails.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut bytes = format!("{}\r\n", self.start_line).into_bytes();
        // These describe the connection and the encoding in which the message was received.
        let replaced = ["content-length", "transfer-encoding", "connection"];
        let is_kept = |name: &str| !replaced.iter().any(|replaced| name.eq_ignore_ascii_case(replaced));
        for (name, value) in self.headers.iter().filter(|(name, _)| is_kept(name)) {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).bytes());
        bytes.extend(&self.body);
        to.write_all(&bytes)?;
        to.flush()
    }

    /// Sends a request over a new connection and returns the response. The request is sent as HTTP/1.0, so
    /// that the response is not chunked and the server closes the connection after it.
    ///
    /// # Errors
    /// If the connection fails.
    pub fn send(&self, to: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(to)?;
        let request = Self { start_line: self.start_line.replace("HTTP/1.1", "HTTP/1.0"), ..self.clone() };
        request.write(&mut stream)?;
        let mut from = BufReader::new(stream);
        let mut response = Self::read_head(&mut from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        from.read_to_end(&mut response.body)?;
        Ok(response)
    }
}

fn read_body(from: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_BODY_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the body exceeds 16 MiB"));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunked_body(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16);
        let length = length.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        body.extend(read_body(from, length)?);
        from.read_line(&mut String::new())?;
        if length == 0 {
            return Ok(body);
        }
        if body.len() > MAX_BODY_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the body exceeds 16 MiB"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_body_is_reassembled() {
        let text = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let request = Message::read_request(&mut &text[..]).unwrap().unwrap();
        assert_eq!(request.body, b"abcde");
    }
}
