//! Text that a verb prints as its result, not as an event.

use std::io::{self, Write as _};

/// Stdout cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the output to stdout: {0}")]
pub(super) struct StdoutError(pub(super) io::Error);

/// Writes to stdout. A pipe that its reader closed is no error: the reader has read enough.
pub(super) fn print(text: &[u8]) -> Result<(), StdoutError> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(StdoutError(error)),
        _ => Ok(()),
    }
}
