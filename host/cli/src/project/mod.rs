//! The project of a new policy or guard. Its files are embedded in the host, so that an author requires nothing else of
//! this repository.

mod in_place;
mod templates;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::links::check_folders;
pub use in_place::{create_in_place, name_of_working_folder};
use model::exit::Exit;
use model::text::printable;
use sandbox::ComponentKind;

/// A kind of project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// The rules of the built-in policy `rules`, which are not built.
    Rules,
    /// A component, which is built from a program.
    Program(ComponentKind, Language),
}

/// A language of new projects. A component can be written in any language that compiles to components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust, built with cargo alone.
    Rust,
    /// JavaScript, built with componentize-qjs from npm.
    Javascript,
    /// Python, built with componentize-py from PyPI.
    Python,
}

impl Template {
    /// The commands that build and test the project.
    #[must_use]
    pub fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Rules => &["ecs-host test"],
            Self::Program(_, Language::Rust) => {
                &["cargo build --release --target wasm32-wasip2", "ecs-host test"]
            }
            Self::Program(_, Language::Javascript) => &["npm install && npm run build", "npm test"],
            Self::Program(_, Language::Python) => &["make build", "make test"],
        }
    }

    /// What it is a project of.
    #[must_use]
    pub fn kind(self) -> ComponentKind {
        match self {
            Self::Rules => ComponentKind::Policy,
            Self::Program(kind, _) => kind,
        }
    }

    /// What its author writes into [`Self::source`], and into the cases.
    #[must_use]
    pub fn next(self) -> (&'static str, &'static str) {
        match self.kind() {
            ComponentKind::Policy => ("what deploys where", "what it has to return"),
            ComponentKind::Guard => ("what is denied", "plans and what it has to find in them"),
        }
    }

    /// The file with the decision or the rules.
    #[must_use]
    pub fn source(self) -> &'static str {
        use ComponentKind::{Guard, Policy};
        match self {
            Self::Rules => "deploy-rules.toml",
            Self::Program(_, Language::Rust) => "src/lib.rs",
            Self::Program(Policy, Language::Javascript) => "src/policy.js",
            Self::Program(Guard, Language::Javascript) => "src/guard.js",
            Self::Program(Policy, Language::Python) => "policy.py",
            Self::Program(Guard, Language::Python) => "guard.py",
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
    /// The name of the folder contains nothing that the name of a component can.
    #[error(
        "the name of this folder, `{}`, makes no name of a policy or a guard: it has no letter a-z and no digit; create a folder with \
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

/// Writes the project of a new policy or guard into a folder that is empty or does not exist.
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

    const PYTHON: Template = Template::Program(ComponentKind::Policy, Language::Python);

    fn programs() -> impl Iterator<Item = Template> {
        let languages = |kind| {
            let languages = [Language::Rust, Language::Javascript, Language::Python];
            languages.map(|language| Template::Program(kind, language))
        };
        ComponentKind::ALL.into_iter().flat_map(languages)
    }

    fn file(template: Template, path: &str) -> &'static str {
        let file = templates::files(template).find(|file| file.path == path);
        file.unwrap_or_else(|| panic!("{template:?} has no {path}")).text
    }

    #[test]
    fn every_language_has_the_contract_cases_and_a_ci_file() {
        for program in programs() {
            let (kind, cases) = match program.kind() {
                ComponentKind::Policy => ("policy", "cases/branches.toml"),
                ComponentKind::Guard => ("guard", "cases/containers.toml"),
            };
            for path in ["README.md", ".gitignore", ".travis.yml", program.source()] {
                assert!(!file(program, path).is_empty());
            }
            assert!(file(program, cases).contains("[[case]]"));
            let world = file(program, "wit/world.wit");
            assert!(world.contains(&format!("  export ecs-host:policy/{kind}@0.2.0;\n")), "{world}");
            let defaults = file(program, "ecs-host.toml");
            assert!(defaults.contains(&format!("{kind}.wasm\"")), "{defaults}");
            let mut paths: Vec<_> = templates::files(program).map(|file| file.path).collect();
            paths.sort();
            assert!(paths.windows(2).all(|pair| pair[0] != pair[1]), "{paths:?}");
        }
    }

    #[test]
    fn a_project_contains_the_whole_contract() {
        let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        for entry in fs::read_dir(contract).unwrap() {
            let entry = entry.unwrap();
            let path = format!("wit/deps/ecs-host-policy/{}", entry.file_name().to_str().unwrap());
            let text = fs::read_to_string(entry.path()).unwrap();
            for program in programs() {
                assert_eq!(file(program, &path), text);
            }
        }
    }

    /// The records of the contract that a component receives and does not return.
    const RECEIVED: [&str; 10] = [
        "build",
        "pull-request",
        "plan",
        "policy-identity",
        "planned-image",
        "planned-target",
        "change",
        "planned-container",
        "planned-variable",
        "planned-task",
    ];

    #[test]
    fn the_javascript_of_a_project_checks_every_field_of_an_answer() {
        let template = Template::Program(ComponentKind::Policy, Language::Javascript);
        let shapes = file(template, "component/contract.js");
        for (interface, expected) in [("types", 52), ("guard", 9)] {
            let wit = file(template, &format!("wit/deps/ecs-host-policy/{interface}.wit"));
            let mut fields = 0;
            for record in wit.split("\n  record ").skip(1) {
                let (name, rest) = record.split_once(" {").unwrap();
                if RECEIVED.contains(&name) {
                    continue;
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
            assert!(fields >= expected, "{fields} fields of {interface}");
        }
    }

    #[test]
    fn a_project_contains_its_own_name_instead_of_the_template_s() {
        let place = tempfile::tempdir().unwrap();
        for program in programs() {
            let folder = place.path().join(format!("{program:?}"));
            create(&folder, "to-blue", program).unwrap();
            let source = fs::read_to_string(folder.join(program.source())).unwrap();
            assert!(source.contains("to-blue") && !source.contains(templates::NAME), "{source}");
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("policy.py"), "mine").unwrap();
        let error = create(place.path(), "to-blue", PYTHON).unwrap_err();
        assert!(matches!(error, ProjectError::NotEmpty { .. }));
        assert_eq!(fs::read_to_string(place.path().join("policy.py")).unwrap(), "mine");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        // Nor is a file of that name.
        let error = create(&place.path().join("policy.py"), "to-blue", PYTHON).unwrap_err();
        assert!(error.to_string().contains("choose another name"), "{error}");
    }
}
