//! Printing a document that depends on the program alone, such as completions. It contains no secret and no text from
//! outside, so nothing in it is replaced.

use std::io::{self, Write as _};

/// Prints a document to stdout. A pipe that its reader closed is no error: the reader has read what it wanted.
///
/// # Errors
/// If stdout cannot be written to.
pub fn print(document: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(document).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
