//! The project of a new policy. Its files are embedded in the host, so that a policy's author requires nothing else
//! of this repository.

mod templates;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

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
}

impl Template {
    /// The commands that build and test the project.
    #[must_use]
    pub fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Rust => &["cargo build --release --target wasm32-wasip2", "ecs-host test"],
            Self::Javascript => &["npm install && npm run build", "npm test"],
            Self::Python => &["make build", "make test"],
            Self::Rules => &["ecs-host test"],
        }
    }

    /// The file with the policy's decision.
    #[must_use]
    pub fn source(self) -> &'static str {
        match self {
            Self::Rust => "src/lib.rs",
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

/// The files of a project that a folder can have already. What they contain of the project is in its other files, or is a
/// matter of taste.
const KEPT: [&str; 3] = [".gitignore", ".travis.yml", "README.md"];

/// Writes the project of a new policy into a folder with other files. Nothing is overwritten: an existing `README.md` and
/// its like are kept. Returns their names.
///
/// # Errors
/// [`ProjectError`] if the folder contains another file of the project, or cannot be written. In the first case nothing
/// was written.
pub fn create_in_place(folder: &Path, name: &str, template: Template) -> Result<Vec<String>, ProjectError> {
    // A link to nothing would be written through.
    let exists = |file: &templates::File| folder.join(&*file.path).symlink_metadata().is_ok();
    // The README of rules explains how to move them here.
    let belongs = |file: &templates::File| template != Template::Rules || file.path != "README.md";
    let (existing, new): (Vec<_>, Vec<_>) = templates::files(template).filter(belongs).partition(exists);
    let existing: Vec<String> = existing.into_iter().map(|file| file.path.into_owned()).collect();
    let (kept, files): (Vec<_>, Vec<_>) =
        existing.into_iter().partition(|path| KEPT.contains(&path.as_str()));
    if !files.is_empty() {
        return Err(ProjectError::Exists { files });
    }
    new.iter().try_for_each(|file| write(folder, name, file))?;
    Ok(kept)
}

fn write(folder: &Path, name: &str, file: &templates::File) -> Result<(), ProjectError> {
    let path = folder.join(&*file.path);
    let unwritable = |source| ProjectError::Unwritable { path: path.clone(), source };
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(unwritable)?;
    }
    // It did not exist a moment ago, and is not followed if it is a link by now.
    let mut created = fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(unwritable)?;
    created.write_all(file.text.replace(templates::NAME, name).as_bytes()).map_err(unwritable)
}

/// The name of the working folder as that of a policy.
///
/// # Errors
/// [`ProjectError::NoName`] if no character of it can be in one, and [`ProjectError::Unwritable`] if the folder does not
/// exist any more.
pub fn name_of_working_folder() -> Result<String, ProjectError> {
    let unwritable = |source| ProjectError::Unwritable { path: PathBuf::from("."), source };
    let folder = std::env::current_dir().map_err(unwritable)?;
    let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    policy_name(&folder).ok_or(ProjectError::NoName { folder })
}

/// A text as the name of a policy: in lower case, with `-` for what it cannot contain.
fn policy_name(text: &str) -> Option<String> {
    let character = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String =
        text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).chars().map(character).collect();
    let name: String = name.chars().take(64).collect();
    sandbox::is_policy_name(&name).then_some(name)
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
    fn a_project_in_place_keeps_other_files_and_overwrites_nothing() {
        let place = tempfile::tempdir().unwrap();
        let read = |path: &str| fs::read_to_string(place.path().join(path)).unwrap();
        fs::write(place.path().join(".travis.yml"), "mine").unwrap();
        fs::write(place.path().join("Dockerfile"), "FROM scratch").unwrap();
        assert_eq!(create_in_place(place.path(), "shop", Template::Rules).unwrap(), [".travis.yml"]);
        assert_eq!(read(".travis.yml"), "mine");
        assert!(!place.path().join("README.md").exists());
        assert!(read("deploy-rules.toml").contains("[[rule]]") && read("ecs-host.toml").contains("rules"));
        // A second time, and with a link to nothing, nothing is written.
        let error = create_in_place(place.path(), "shop", Template::Rules).unwrap_err();
        assert!(error.to_string().contains("`deploy-rules.toml`"), "{error}");
        let other = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", other.path().join("policy.py")).unwrap();
        let error = create_in_place(other.path(), "shop", Template::Python).unwrap_err();
        assert!(error.to_string().contains("`policy.py` would be overwritten"), "{error}");
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_name_of_a_folder_becomes_that_of_a_policy() {
        for (folder, name) in [
            ("shop", Some("shop")),
            ("My_Shop 2", Some("my-shop-2")),
            (".github", Some("github")),
            ("-x-", Some("x")),
            ("läden", Some("l-den")),
            ("店", None),
            ("", None),
        ] {
            assert_eq!(policy_name(folder).as_deref(), name, "{folder}");
        }
        assert_eq!(policy_name(&"x".repeat(90)).map(|name| name.len()), Some(64));
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
