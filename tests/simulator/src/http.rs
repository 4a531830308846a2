//! As much of HTTP as AWS's clients speak, and the programs of tests with each other.

use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::net::{SocketAddr, TcpStream};

/// The largest body that is read; a task definition has 64 KiB at most.
const LARGEST: usize = 16 << 20;

/// A request or a response.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// The first line, such as `POST / HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub first: String,
    /// Names, as they came, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// A message without its length, which [`Message::write`] adds.
    #[must_use]
    pub fn new(first: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { first: first.to_owned(), headers, body: body.into() }
    }

    /// Reads a request; none where the connection has ended.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub fn request(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(mut message) = Self::head(from)? else { return Ok(None) };
        if message.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            message.body = chunks(from)?;
        } else {
            let length = message.header("content-length").and_then(|length| length.parse().ok());
            message.body = exactly(from, length.unwrap_or(0))?;
        }
        Ok(Some(message))
    }

    fn head(from: &mut impl BufRead) -> io::Result<Option<Self>> {
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
        let first = lines.next().unwrap_or_default();
        let header = |line: String| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        };
        Ok(Some(Self { first, headers: lines.filter_map(header).collect(), body: Vec::new() }))
    }

    /// The method of a request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.first.split_whitespace().next().unwrap_or_default()
    }

    /// The path of a request, with its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.first.split_whitespace().nth(1).unwrap_or_default()
    }

    /// Whether the answer to this request ends the connection. Version 1.0 has one request for each connection.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.first.ends_with("HTTP/1.0")
            || self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Writes it, with the length of its body.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut bytes = format!("{}\r\n", self.first).into_bytes();
        let hops = ["content-length", "transfer-encoding", "connection"];
        let own =
            self.headers.iter().filter(|(name, _)| !hops.iter().any(|hop| name.eq_ignore_ascii_case(hop)));
        for (name, value) in own {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).bytes());
        bytes.extend(&self.body);
        to.write_all(&bytes)?;
        to.flush()
    }

    /// Sends a request over a connection of its own, and gives the response.
    /// Version 1.0 keeps the response whole, and ends the connection with it.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub fn send(&self, to: SocketAddr) -> io::Result<Self> {
        let mut stream = TcpStream::connect(to)?;
        let old = Self { first: self.first.replace("HTTP/1.1", "HTTP/1.0"), ..self.clone() };
        old.write(&mut stream)?;
        let mut from = BufReader::new(stream);
        let mut response = Self::head(&mut from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        from.read_to_end(&mut response.body)?;
        Ok(response)
    }
}

fn exactly(from: &mut impl BufRead, length: usize) -> io::Result<Vec<u8>> {
    if length > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the body is too large"));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16);
        let length = length.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        body.extend(exactly(from, length)?);
        from.read_line(&mut String::new())?;
        if length == 0 {
            return Ok(body);
        }
        if body.len() > LARGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the body is too large"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunked_body_is_put_together() {
        let text = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        let request = Message::request(&mut &text[..]).unwrap().unwrap();
        assert_eq!(request.body, b"abcde");
    }
}
