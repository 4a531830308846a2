//! As much of HTTP as the bench's programs speak with each other.

use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::net::{SocketAddr, TcpStream};

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
        let length = message.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        message.body = vec![0; length];
        from.read_exact(&mut message.body)?;
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

    /// The value of a header.
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
