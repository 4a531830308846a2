//! `ecs-host man`: the man pages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use thiserror::Error;

use super::Error;
use crate::cli::{Cli, ManArgs};
use crate::links::check_folders;
use crate::output::document;
use crate::output::man::{self, ManPage};
use model::exit::Exit;
use model::text::printable;

/// Why there is no man page.
#[derive(Debug, Error)]
pub(super) enum ManError {
    /// No verb has this name.
    #[error("there is no verb `{}`; `ecs-host --help` lists them", printable(.0))]
    UnknownVerb(String),
    /// A page cannot be written.
    #[error("cannot write `{}`: {source}; name a folder that you can write to by --out", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

/// Prints a page, or writes all of them.
pub(super) fn man(args: &ManArgs) -> Result<Exit, Error> {
    let pages = man::pages(&Cli::command());
    if let Some(folder) = &args.out {
        write(folder, &pages)?;
        return Ok(Exit::Success);
    }
    let page = pages.iter().find(|page| page.verb == args.page);
    let page = page.ok_or_else(|| ManError::UnknownVerb(args.page.clone().unwrap_or_default()))?;
    document::print(page.text.as_bytes()).map_err(Error::Stdout)?;
    Ok(Exit::Success)
}

fn write(folder: &Path, pages: &[ManPage]) -> Result<(), ManError> {
    let unwritable = |path: &Path, source| ManError::Unwritable { path: path.to_owned(), source };
    // Before a folder is created behind a link.
    check_folders(&folder.join("page")).map_err(|link| unwritable(folder, link.into()))?;
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
    pages.iter().try_for_each(|page| {
        let path = folder.join(page.file_name());
        if path.is_symlink() {
            return Err(unwritable(&path, io::Error::other("it is a link")));
        }
        fs::write(&path, &page.text).map_err(|error| unwritable(&path, error))
    })
}
