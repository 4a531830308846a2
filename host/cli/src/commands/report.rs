//! `--report`: the page of a run, written to a file.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::files::other_kind;
use crate::links::check_folders;
use model::text::printable;

/// A page that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report to `{}` (--report): {reason}", printable(&path.display().to_string()))]
pub(super) struct ReportError {
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

/// A file that the page can be written to.
pub(super) struct ReportFile<'p>(&'p Path);

impl<'p> ReportFile<'p> {
    /// Checks a path by creating a file beside it. A checkout may contain a link, a pipe or a folder of the same name; a
    /// regular file is that of an earlier run, and is replaced.
    ///
    /// # Errors
    /// [`ReportError`] if it is not the path of a file, or if its folder cannot be written.
    pub(super) fn new(path: &'p Path) -> Result<Self, ReportError> {
        check(path).map_err(|reason| ReportError { path: path.to_owned(), reason })?;
        Ok(Self(path))
    }

    /// The path, as the command line names it.
    pub(super) fn path(&self) -> &Path {
        self.0
    }

    /// Writes the page, or replaces the one of an earlier run: a reader sees the whole page or the earlier one.
    ///
    /// # Errors
    /// [`ReportError`], also if the file system does not respond for `patience`.
    pub(super) fn write(&self, page: String, patience: Duration) -> Result<(), ReportError> {
        let (path, (sender, written)) = (self.0.to_owned(), mpsc::channel());
        let write = move || {
            let _ = sender.send(replace(&path, &page));
        };
        let started = thread::Builder::new().spawn(write);
        let result = started.and_then(|_| {
            let no_response = |_| io::Error::from(io::ErrorKind::TimedOut);
            written.recv_timeout(patience).map_err(no_response).flatten()
        });
        result.map_err(|error| ReportError { path: self.0.to_owned(), reason: error.to_string() })
    }
}

/// Checks a path; an error is the reason, as a clause.
fn check(path: &Path) -> Result<(), String> {
    if path.file_name().is_none() || path.as_os_str().as_bytes().ends_with(b"/") {
        return Err("it names a folder, not a file".to_owned());
    }
    check_folders(path).map_err(|error| error.to_string())?;
    match path.symlink_metadata() {
        Ok(data) if data.is_symlink() => return Err("it is a link; name the file itself".to_owned()),
        Ok(data) => {
            if let Some(kind) = other_kind(data.file_type()) {
                return Err(format!("it is {kind}, not a file"));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.to_string()),
    }
    temporary_file(path).map(drop).map_err(|error| reason(path, &error))
}

/// Why a file in the folder of a path cannot be created.
fn reason(path: &Path, error: &io::Error) -> String {
    match (error.kind(), path.parent()) {
        (io::ErrorKind::NotFound, Some(folder)) => {
            let shown = printable(&folder.display().to_string());
            // A virtual file system, such as `/proc`, reports the file that it does not create.
            if folder.is_dir() {
                format!("no file can be created in the folder `{shown}`; name another one")
            } else {
                format!("the folder `{shown}` does not exist; create it")
            }
        }
        _ => error.to_string(),
    }
}

/// Puts a page in the place of a file. What lies there now is not opened and, if it is a link, not followed.
fn replace(path: &Path, page: &str) -> io::Result<()> {
    // A build may have replaced a folder since the start.
    check_folders(path)?;
    let mut file = temporary_file(path)?;
    file.write_all(page.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A new file in the folder of a path, which is removed when it is dropped. As any other file that a program writes, it
/// can be read by those whom the umask allows to.
fn temporary_file(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ecs-host-report-").permissions(Permissions::from_mode(0o666));
    // The error of `tempfile` contains the name of the temporary file, which no person knows.
    builder.tempfile_in(folder).map_err(|error| io::Error::from(error.kind()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn rejection(path: &Path) -> String {
        ReportFile::new(path).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_page_replaces_the_one_before_and_leaves_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deploy.html");
        for page in ["one", "two"] {
            ReportFile::new(&path).unwrap().write(page.to_owned(), PATIENCE).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), page);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o400, 0o400);
    }

    #[test]
    fn what_is_not_a_file_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("secret"), "secret").unwrap();
        symlink(path("secret"), path("link")).unwrap();
        symlink(path("nowhere"), path("dangling")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        for (name, expected) in [
            ("folder", "it is a folder, not a file"),
            ("new/", "it names a folder, not a file"),
            ("link", "it is a link"),
            ("dangling", "it is a link"),
            ("pipe", "it is a named pipe, not a file"),
            ("missing/deploy.html", "does not exist; create it"),
        ] {
            assert!(rejection(&path(name)).contains(expected), "{name}: {}", rejection(&path(name)));
        }
        assert!(rejection(Path::new("")).contains("not a file"));
        let rejected = rejection(Path::new("/proc/deploy.html"));
        assert!(
            rejected.ends_with("no file can be created in the folder `/proc`; name another one"),
            "{rejected}"
        );
    }

    #[test]
    fn a_link_that_appears_later_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, secret) = (folder.path().join("deploy.html"), folder.path().join("secret"));
        let file = ReportFile::new(&path).unwrap();
        fs::write(&secret, "secret").unwrap();
        symlink(&secret, &path).unwrap();
        file.write("page".to_owned(), PATIENCE).unwrap();
        assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
        assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
        // Nor is a folder.
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(file.write("page".to_owned(), PATIENCE).is_err());
    }
}
