//! Reading the lines of a command, whatever it writes.

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use model::text::TRUNCATION_MARK;

/// The maximum length of a line, in bytes. A longer one is cut: in the second of two pieces, the end of a secret would not
/// be recognized.
const MAX_LINE_LEN: usize = 16 << 10;

/// A reader of lines.
pub(super) struct LineReader<R>(BufReader<R>);

impl<R: AsyncRead + Unpin> LineReader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self(BufReader::new(reader))
    }

    /// The next line, without its end; `None` at the end of the stream, or if it cannot be read.
    pub(super) async fn next(&mut self) -> Option<String> {
        let (mut line, mut is_cut) = (Vec::new(), false);
        loop {
            let buffer = self.0.fill_buf().await.ok()?;
            if buffer.is_empty() {
                return (!line.is_empty()).then(|| text(&line, is_cut));
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let piece = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
            let room = MAX_LINE_LEN.saturating_sub(line.len());
            is_cut |= piece.len() > room;
            line.extend_from_slice(piece.get(..room).unwrap_or(piece));
            let read = piece.len() + usize::from(end.is_some());
            self.0.consume(read);
            if end.is_some() {
                return Some(text(&line, is_cut));
            }
        }
    }
}

/// A line as text. What a carriage return overwrites is left out, as a terminal does.
fn text(line: &[u8], is_cut: bool) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    let shown = text.rsplit('\r').next().unwrap_or_default();
    let mark = if is_cut { TRUNCATION_MARK } else { "" };
    format!("{shown}{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_line_is_cut_and_a_line_without_end_is_read() {
        let long = "x".repeat(40_000);
        let output = format!("a\n\n{long}\r\n10 %\r50 %\r100 %\nend");
        let mut reader = LineReader::new(output.as_bytes());
        let mut lines = Vec::new();
        while let Some(line) = reader.next().await {
            lines.push(line);
        }
        let cut = format!("{}{TRUNCATION_MARK}", "x".repeat(MAX_LINE_LEN));
        assert_eq!(lines, ["a", "", cut.as_str(), "100 %", "end"]);
    }
}
