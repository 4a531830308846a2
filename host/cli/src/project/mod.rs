//! The project of a new policy: files that the host carries inside, so that a
//! policy's author needs nothing else of this repository.

mod templates;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

/// What a policy can be written in from a template. Any other language that
/// builds components does as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Rust, built with cargo alone
    Rust,
    /// JavaScript, built with componentize-js from npm
    Javascript,
    /// Python, built with componentize-py from PyPI
    Python,
}

impl Language {
    /// The commands that build a project of its own and test it.
    #[must_use]
    pub fn commands(self) -> [&'static str; 2] {
        match self {
            Self::Rust => ["cargo build --release --target wasm32-wasip2", "ecs-host test"],
            Self::Javascript => ["npm install && npm run build", "npm test"],
            Self::Python => ["make build", "make test"],
        }
    }

    /// The file that says what deploys where.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::Rust => "src/lib.rs",
            Self::Javascript => "src/policy.js",
            Self::Python => "policy.py",
        }
    }
}

/// Why a project could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is something that it could overwrite.
    #[error(
        "a new policy goes into a folder of its own, and there is something in `{}` already; \
         take another name, or move that away", folder.display()
    )]
    Taken {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or folder can't be written.
    #[error("`{}` can't be written: {source}; start this in a folder that you may write to", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes the project of a policy of this name.
///
/// # Errors
/// [`ProjectError`] where the folder has something in it, or can't be written.
pub fn create(folder: &Path, name: &str, language: Language) -> Result<(), ProjectError> {
    let is_free = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_free {
        return Err(ProjectError::Taken { folder: folder.to_owned() });
    }
    for file in templates::files(language) {
        let path = folder.join(&*file.path);
        let unwritable = |source| ProjectError::Unwritable { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        fs::write(&path, file.text.replace(templates::NAME, name)).map_err(unwritable)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_contract_cases_and_a_ci_file() {
        for language in Language::value_variants() {
            let paths: Vec<_> = templates::files(*language).map(|file| file.path).collect();
            for path in ["README.md", ".gitignore", ".travis.yml", "cases/branches.toml", "wit/world.wit"] {
                assert!(paths.iter().any(|own| own == path), "{language:?} has no {path}");
            }
            assert!(paths.iter().any(|own| own == language.source()));
        }
    }

    #[test]
    fn the_whole_contract_goes_along() {
        let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        for entry in fs::read_dir(contract).unwrap() {
            let entry = entry.unwrap();
            let path = format!("wit/deps/ecs-host-policy/{}", entry.file_name().to_str().unwrap());
            let file = templates::files(Language::Rust).find(|file| file.path == path);
            assert_eq!(
                file.unwrap_or_else(|| panic!("no {path}")).text,
                fs::read_to_string(entry.path()).unwrap()
            );
        }
    }

    #[test]
    fn a_project_has_its_own_name_throughout() {
        let place = tempfile::tempdir().unwrap();
        for language in Language::value_variants() {
            let folder = place.path().join(format!("{language:?}"));
            create(&folder, "to-blue", *language).unwrap();
            let source = fs::read_to_string(folder.join(language.source())).unwrap();
            assert!(source.contains("to-blue") && !source.contains(templates::NAME), "{source}");
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("policy.py"), "mine").unwrap();
        let error = create(place.path(), "to-blue", Language::Python).unwrap_err();
        assert!(matches!(error, ProjectError::Taken { .. }));
        assert_eq!(fs::read_to_string(place.path().join("policy.py")).unwrap(), "mine");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        // A file in the folder's place is none of ours either.
        let error = create(&place.path().join("policy.py"), "to-blue", Language::Python).unwrap_err();
        assert!(error.to_string().contains("take another name"), "{error}");
    }
}
