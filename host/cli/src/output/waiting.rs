//! How long a run waits for the reader of its output.

use std::io;
use std::pin::pin;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Report;
use super::queue::{Stream, write_all};

/// The number of pending bytes above which [`Report::wait_for_room`] waits.
const MAX_PENDING: usize = 1 << 20;

impl Report {
    /// Waits until at most 1 MiB is not written yet. Whoever emits output of any length, such as that of docker, waits
    /// between two events, so that memory is bounded if nobody reads it.
    pub async fn wait_for_room(&self) {
        self.wait_for_pending(MAX_PENDING).await;
    }

    /// Waits until everything is written.
    pub async fn wait_until_written(&self) {
        self.wait_for_pending(0).await;
    }

    /// The same, but only while the reader reads.
    ///
    /// # Errors
    /// `TimedOut`, if nothing could be written for `patience`.
    pub async fn wait_while_read(&self, patience: Duration) -> io::Result<()> {
        loop {
            let pending = self.shared.lock().queue.pending();
            let Some(less) = pending.checked_sub(1) else { return Ok(()) };
            if tokio::time::timeout(patience, self.wait_for_pending(less)).await.is_err() {
                let seconds = patience.as_secs_f64();
                let reason =
                    format!("its reader has read nothing for {seconds} s, and {pending} bytes are lost");
                return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
            }
        }
    }

    /// Writes a last line to stderr, and waits for its reader for `patience`. It does not go through the queue, because
    /// a reader of stdout that does not read blocks what is in there.
    pub fn write_last_line(&self, line: &str, patience: Duration) {
        let bytes = format!("{}\n", self.mask(line)).into_bytes();
        let (sender, written) = mpsc::channel();
        let write = move || {
            let _ = sender.send(write_all(Stream::Stderr, &bytes, |_| {}));
        };
        // The error, or that nobody reads stderr either, cannot be reported anywhere.
        if thread::Builder::new().spawn(write).is_ok() {
            let _ = written.recv_timeout(patience);
        }
    }

    async fn wait_for_pending(&self, max: usize) {
        loop {
            let mut written = pin!(self.shared.written.notified());
            // From here on no notification is missed.
            written.as_mut().enable();
            if self.shared.lock().queue.pending() <= max {
                return;
            }
            written.await;
        }
    }
}
