//! The files of the build's commit in a case: their texts, or files of the working tree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Facts;
use model::text::{abbreviate, printable};

/// A file of the build's commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected the text of the file, or `{ path = \"FILE\" }`")]
pub(super) enum FileFact {
    /// Its text.
    Text(String),
    /// A file with its text.
    Path(FilePath),
}

/// A file with the text of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilePath {
    /// Its path, relative to the folder of the file of cases.
    path: String,
}

/// Reads a file that a case names. The path is relative to the folder of the file of cases.
pub type ReadFile<'r> = &'r dyn Fn(&str) -> Result<String, String>;

impl Facts {
    /// Replaces each path by the text of the file there.
    ///
    /// # Errors
    /// The first path, and a message about it.
    pub(in crate::cases) fn read_files(&mut self, read: ReadFile<'_>) -> Result<(), (String, String)> {
        for (name, file) in self.files.iter_mut().flatten() {
            let FileFact::Path(FilePath { path }) = file else { continue };
            match read(path) {
                Ok(text) => *file = FileFact::Text(text),
                Err(error) => {
                    let (name, shown) = (printable(name), abbreviate(path));
                    let problem =
                        format!("facts.files: cannot read `{shown}`, the text of `{name}`: {error}");
                    return Err((path.clone(), problem));
                }
            }
        }
        Ok(())
    }

    /// The text of a file. A path that was not read is none.
    pub(super) fn file_text(&self, path: &str) -> Option<&String> {
        match self.files.as_ref()?.get(path)? {
            FileFact::Text(text) => Some(text),
            FileFact::Path(_) => None,
        }
    }

    pub(super) fn add_file(&mut self, path: &str, text: Option<&String>) {
        let files: &mut BTreeMap<_, _> = self.files.get_or_insert_default();
        files.extend(text.map(|text| (path.to_owned(), FileFact::Text(text.clone()))));
    }
}
