//! What is still to be written to stdout and stderr. A thread writes it, so that a reader that does not read blocks that
//! thread and nothing else.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::io::Errno;

/// The most bytes of one write: what a pipe accepts at once (`PIPE_BUF` of Linux). A longer write returns only when the
/// reader has read nearly all of it, and until then nothing shows that it reads.
const MAX_WRITE: usize = 4096;

/// The time until a stream that does not block is tried again. Another process can make a shared pipe so.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// A stream of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// Text in the order in which it is written.
#[derive(Default)]
pub(super) struct Queue {
    chunks: VecDeque<(Stream, Vec<u8>)>,
    /// The bytes that are not written yet, with those of a chunk that [`Queue::pop`] returned.
    pending: usize,
}

impl Queue {
    pub(super) fn push(&mut self, stream: Stream, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.pending += bytes.len();
            self.chunks.push_back((stream, bytes));
        }
    }

    /// The next chunk. Its bytes stay pending until [`Queue::complete`].
    pub(super) fn pop(&mut self) -> Option<(Stream, Vec<u8>)> {
        self.chunks.pop_front()
    }

    /// Records that bytes were written, or are lost.
    pub(super) fn complete(&mut self, bytes: usize) {
        self.pending = self.pending.saturating_sub(bytes);
    }

    /// The number of bytes that are not written yet.
    pub(super) fn pending(&self) -> usize {
        self.pending
    }
}

/// Writes all bytes to a stream, and calls `on_written` with the number of bytes after each write.
///
/// A pipe that its reader closed is no error, as in `ecs-host plan | head`: the reader has read what it wanted. Tools
/// that SIGPIPE ends are as quiet. A stream that cannot be written to is an error. One that is closed at the start
/// (`>&-`) cannot be recognized: Rust's runtime opens `/dev/null` in its place before `main`.
///
/// # Errors
/// The first error of the operating system. The bytes after it are not written.
pub(super) fn write_all(stream: Stream, bytes: &[u8], on_written: impl FnMut(usize)) -> io::Result<()> {
    match stream {
        Stream::Stdout => write_all_to(io::stdout().as_fd(), bytes, on_written),
        Stream::Stderr => write_all_to(io::stderr().as_fd(), bytes, on_written),
    }
}

fn write_all_to(fd: BorrowedFd<'_>, bytes: &[u8], mut on_written: impl FnMut(usize)) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let next = rest.get(..MAX_WRITE).unwrap_or(rest);
        match rustix::io::write(fd, next) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                on_written(written);
                rest = rest.get(written..).unwrap_or_default();
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => std::thread::sleep(RETRY_INTERVAL),
            Err(Errno::PIPE) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn bytes_are_pending_until_they_are_written() {
        let mut queue = Queue::default();
        queue.push(Stream::Stdout, b"one".to_vec());
        queue.push(Stream::Stderr, b"two".to_vec());
        assert_eq!(queue.pop(), Some((Stream::Stdout, b"one".to_vec())));
        assert_eq!(queue.pending(), 6);
        queue.complete(3);
        assert_eq!((queue.pop(), queue.pending()), (Some((Stream::Stderr, b"two".to_vec())), 3));
    }

    #[test]
    fn a_stream_that_does_not_block_receives_everything() {
        let (mut reader, writer) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        let text = vec![b'x'; 1 << 20];
        std::thread::scope(|scope| {
            let reading = scope.spawn(move || {
                let mut read = Vec::new();
                reader.read_to_end(&mut read).map(|_| read)
            });
            let mut written = 0;
            write_all_to(writer.as_fd(), &text, |bytes| written += bytes).unwrap();
            drop(writer);
            assert!(written == text.len() && reading.join().unwrap().unwrap() == text);
        });
    }

    #[test]
    fn a_stream_that_is_open_for_reading_only_is_an_error() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(write_all_to(file.as_fd(), b"text", |_| {}).is_err());
    }

    #[test]
    fn a_pipe_without_a_reader_is_no_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        write_all_to(writer.as_fd(), b"text", |_| {}).unwrap();
    }
}
