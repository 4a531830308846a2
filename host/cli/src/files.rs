//! Reading text files that a person or a stranger names: a pipe is not waited for, and a large file is not read.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::str::Utf8Error;

use thiserror::Error;

/// Why the text of a file cannot be read.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    /// The error of the operating system.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The path is not a regular file.
    #[error("it is {0}, not a file")]
    NotFile(&'static str),
    /// The file exceeds the maximum.
    #[error("it is larger than the maximum of {} MiB", .0 >> 20)]
    TooLarge(u64),
    /// The content is not UTF-8.
    #[error("it is not UTF-8: {0}")]
    NotUtf8(Utf8Error),
}

/// Reads the text of a regular file of at most `max_bytes`.
pub(crate) fn read_text(path: &Path, max_bytes: u64) -> Result<String, ReadError> {
    // Checked before the file is opened: opening a named pipe waits for a writer.
    if let Some(kind) = other_kind(fs::metadata(path)?.file_type()) {
        return Err(ReadError::NotFile(kind));
    }
    let mut bytes = Vec::new();
    // The size in the metadata may be 0 or change while the file is read.
    let length = File::open(path)?.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(length).is_ok_and(|length| length > max_bytes) {
        return Err(ReadError::TooLarge(max_bytes));
    }
    String::from_utf8(bytes).map_err(|error| ReadError::NotUtf8(error.utf8_error()))
}

/// What a path is, if it is no regular file.
pub(crate) fn other_kind(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_the_maximum() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        fs::write(&path, "aaaä").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "aaaä");
        // The maximum is within a character.
        assert!(matches!(read_text(&path, 3), Err(ReadError::TooLarge(3))));
        fs::write(&path, b"a\xff").unwrap();
        assert!(matches!(read_text(&path, 5), Err(ReadError::NotUtf8(_))));
    }

    #[test]
    fn a_folder_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read_text(folder.path(), 5), Err(ReadError::NotFile("a folder"))));
    }
}
