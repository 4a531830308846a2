//! What the `.gitignore` of a project names, as far as it names files and folders without patterns: what tools write
//! there is no source.

use std::path::{Path, PathBuf};

use crate::files::read_text;

/// The largest file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// Names and paths that git ignores.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct IgnoredNames {
    /// Names in any folder.
    names: Vec<String>,
    /// Paths relative to the project's folder.
    paths: Vec<PathBuf>,
}

impl IgnoredNames {
    /// Reads the `.gitignore` of a folder; nothing is ignored if it cannot be read.
    pub(super) fn read(folder: &Path) -> Self {
        read_text(&folder.join(".gitignore"), MAX_BYTES).map(|text| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let mut ignored = Self::default();
        for line in text.lines().map(str::trim_end) {
            if line.is_empty() || line.starts_with(['#', '!']) || line.contains(['*', '?', '[', '\\']) {
                continue;
            }
            // As in gitignore(5): with a slash at the beginning or in the middle, it is relative to the file.
            let entry = line.trim_end_matches('/');
            if entry.contains('/') {
                ignored.paths.push(PathBuf::from(entry.trim_start_matches('/')));
            } else {
                ignored.names.push(entry.to_owned());
            }
        }
        ignored
    }

    /// Whether a path, relative to the project's folder, is ignored.
    pub(super) fn contains(&self, path: &Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        self.names.iter().any(|own| *own == name) || self.paths.iter().any(|own| own == path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_ignored() {
        let ignored =
            IgnoredNames::parse("# tools\n/target/\nnode_modules/\nbindings\nsrc/gen.js\n*.js\n!keep.js\n\n");
        for (path, is_ignored) in [
            ("target", true),
            ("deep/target", false),
            ("node_modules", true),
            ("deep/node_modules", true),
            ("bindings", true),
            ("src/gen.js", true),
            ("gen.js", false),
            ("a.js", false),
            ("keep.js", false),
        ] {
            assert_eq!(ignored.contains(Path::new(path)), is_ignored, "{path}");
        }
    }
}
