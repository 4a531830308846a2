//! The project of a new policy. Its files are embedded in the host, so that a policy's author requires nothing else
//! of this repository.

mod in_place;
mod templates;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::links::check_folders;
pub use in_place::{create_in_place, name_of_working_folder};
use model::exit::Exit;
use model::text::printable;

/// A kind of project. A policy can be written in any language that compiles to components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// Rust, built with cargo alone.
    Rust,
    /// JavaScript, built with componentize-qjs from npm.
    Javascript,
    /// Python, built with componentize-py from PyPI.
    Python,
    /// The rules of the built-in policy `rules`, which are not built.
    Rules,
    /// A guard in Rust, built with cargo alone.
    RustGuard,
}

impl Template {
    /// The commands that build and test the project.
    #[must_use]
    pub fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Rust | Self::RustGuard => {
                &["cargo build --release --target wasm32-wasip2", "ecs-host test"]
            }
            Self::Javascript => &["npm install && npm run build", "npm test"],
            Self::Python => &["make build", "make test"],
            Self::Rules => &["ecs-host test"],
        }
    }

    /// What it is a project of.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Rust | Self::Javascript | Self::Python | Self::Rules => "policy",
            Self::RustGuard => "guard",
        }
    }

    /// What its author writes into [`Self::source`], and into the cases.
    #[must_use]
    pub fn next(self) -> (&'static str, &'static str) {
        match self {
            Self::Rust | Self::Javascript | Self::Python | Self::Rules => {
                ("what deploys where", "what it has to return")
            }
            Self::RustGuard => ("what is denied", "plans and what it has to find in them"),
        }
    }

    /// The file with the decision or the rules.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::Rust | Self::RustGuard => "src/lib.rs",
            Self::Javascript => "src/policy.js",
            Self::Python => "policy.py",
            Self::Rules => "deploy-rules.toml",
        }
    }
}

/// Why a project cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The folder contains something that could be overwritten.
    #[error(
        "cannot create `{}`: it exists and is not an empty folder; choose another name, move it away, or run \
         `ecs-host new .` in it, which overwrites nothing",
        folder.display()
    )]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder contains files of the project.
    #[error(
        "cannot create the project in this folder: {} would be overwritten, and nothing was written; move {}, or create a \
         folder with `ecs-host new NAME`",
        files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", "),
        if files.len() == 1 { "it away" } else { "them away" }
    )]
    Exists {
        /// The files, relative to the folder.
        files: Vec<String>,
    },
    /// The name of the folder contains nothing that the name of a policy can.
    #[error(
        "the name of this folder, `{}`, makes no name of a policy: it has no letter a-z and no digit; create a folder with \
         `ecs-host new NAME`",
        printable(folder)
    )]
    NoName {
        /// The name of the folder.
        folder: String,
    },
    /// The command line lacks the name or the kind of the project.
    #[error("{0}")]
    Incomplete(String),
    /// A file or folder cannot be written.
    #[error("cannot write `{}`: {source}; run this in a folder that you can write to", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl ProjectError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NotEmpty { .. }
            | Self::Exists { .. }
            | Self::NoName { .. }
            | Self::Incomplete(_)
            | Self::Unwritable { .. } => Exit::Usage,
        }
    }
}

/// Writes the project of a new policy into a folder that is empty or does not exist.
///
/// # Errors
/// [`ProjectError`] if the folder is not empty, or cannot be written.
pub fn create(folder: &Path, name: &str, template: Template) -> Result<(), ProjectError> {
    let is_free = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_free {
        return Err(ProjectError::NotEmpty { folder: folder.to_owned() });
    }
    templates::files(template).try_for_each(|file| write(folder, name, &file))
}

fn write(folder: &Path, name: &str, file: &templates::File) -> Result<(), ProjectError> {
    let path = folder.join(&*file.path);
    let unwritable = |source| ProjectError::Unwritable { path: path.clone(), source };
    check_folders(&path).map_err(|link| unwritable(link.into()))?;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(unwritable)?;
    }
    // It did not exist a moment ago, and is not followed if it is a link by now.
    let mut created = fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(unwritable)?;
    created.write_all(file.text.replace(templates::NAME, name).as_bytes()).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [Template; 3] = [Template::Rust, Template::Javascript, Template::Python];

    #[test]
    fn every_language_has_the_contract_cases_and_a_ci_file() {
        for language in LANGUAGES {
            let paths: Vec<_> = templates::files(language).map(|file| file.path).collect();
            for path in ["README.md", ".gitignore", ".travis.yml", "cases/branches.toml", "wit/world.wit"] {
                assert!(paths.iter().any(|own| own == path), "{language:?} has no {path}");
            }
            assert!(paths.iter().any(|own| own == language.source()));
        }
    }

    #[test]
    fn rules_have_cases_a_schema_and_a_ci_file_and_no_contract() {
        let mut paths: Vec<_> = templates::files(Template::Rules).map(|file| file.path).collect();
        paths.sort();
        assert_eq!(
            paths,
            [
                ".travis.yml",
                "README.md",
                "cases/branches.toml",
                "deploy-rules.schema.json",
                "deploy-rules.toml",
                "ecs-host.toml"
            ]
        );
    }

    #[test]
    fn a_project_contains_the_whole_contract() {
        let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        for entry in fs::read_dir(contract).unwrap() {
            let entry = entry.unwrap();
            let path = format!("wit/deps/ecs-host-policy/{}", entry.file_name().to_str().unwrap());
            let file = templates::files(Template::Rust).find(|file| file.path == path);
            assert_eq!(
                file.unwrap_or_else(|| panic!("no {path}")).text,
                fs::read_to_string(entry.path()).unwrap()
            );
        }
    }

    #[test]
    fn the_javascript_of_a_project_checks_every_field_of_an_answer() {
        let contract =
            templates::files(Template::Javascript).find(|file| file.path == "component/contract.js");
        let shapes = contract.unwrap().text;
        let wit =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/types.wit")).unwrap();
        let mut fields = 0;
        for record in wit.split("\n  record ").skip(1) {
            let (name, rest) = record.split_once(" {").unwrap();
            if ["build", "pull-request"].contains(&name) {
                continue; // A policy receives them.
            }
            for line in rest.split("\n  }").next().unwrap().lines().map(str::trim) {
                let Some((field, _)) = line.split_once(": ").filter(|_| !line.starts_with("///")) else {
                    continue;
                };
                let mut words = field.split('-');
                let mut camel = words.next().unwrap().to_owned();
                for word in words {
                    camel += &word[..1].to_uppercase();
                    camel += &word[1..];
                }
                assert!(shapes.contains(&format!("{camel}: ")), "no {camel} of {name}");
                fields += 1;
            }
        }
        assert!(fields > 50, "{fields}");
    }

    #[test]
    fn a_project_contains_the_policy_s_name_instead_of_the_template_s() {
        let place = tempfile::tempdir().unwrap();
        for language in LANGUAGES {
            let folder = place.path().join(format!("{language:?}"));
            create(&folder, "to-blue", language).unwrap();
            let source = fs::read_to_string(folder.join(language.source())).unwrap();
            assert!(source.contains("to-blue") && !source.contains(templates::NAME), "{source}");
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("policy.py"), "mine").unwrap();
        let error = create(place.path(), "to-blue", Template::Python).unwrap_err();
        assert!(matches!(error, ProjectError::NotEmpty { .. }));
        assert_eq!(fs::read_to_string(place.path().join("policy.py")).unwrap(), "mine");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        // Nor is a file of that name.
        let error = create(&place.path().join("policy.py"), "to-blue", Template::Python).unwrap_err();
        assert!(error.to_string().contains("choose another name"), "{error}");
    }
}
