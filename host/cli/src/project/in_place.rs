//! A project in a folder with other files.

use std::path::{Path, PathBuf};

use super::{ProjectError, Template, templates, write};

/// The files of a project that a folder can have already. What they contain of the project is in its other files, or is a
/// matter of taste.
const KEPT: [&str; 3] = [".gitignore", ".travis.yml", "README.md"];

/// Writes the project of a new policy or guard into a folder with other files. Nothing is overwritten: an existing `README.md` and
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

/// The name of the working folder as that of a component.
///
/// # Errors
/// [`ProjectError::NoName`] if no character of it can be in one, and [`ProjectError::Unwritable`] if the folder does not
/// exist any more.
pub fn name_of_working_folder() -> Result<String, ProjectError> {
    let unwritable = |source| ProjectError::Unwritable { path: PathBuf::from("."), source };
    let folder = std::env::current_dir().map_err(unwritable)?;
    let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    component_name(&folder).ok_or(ProjectError::NoName { folder })
}

/// A text as the name of a component: in lower case, with `-` for what it cannot contain.
fn component_name(text: &str) -> Option<String> {
    let character = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String =
        text.trim_matches(|c: char| !c.is_ascii_alphanumeric()).chars().map(character).collect();
    let name: String = name.chars().take(64).collect();
    sandbox::is_component_name(&name).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sandbox::ComponentKind;

    use super::*;
    use crate::project::Language;

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
        let python = Template::Program(ComponentKind::Policy, Language::Python);
        std::os::unix::fs::symlink("nowhere", other.path().join("policy.py")).unwrap();
        let error = create_in_place(other.path(), "shop", python).unwrap_err();
        assert!(error.to_string().contains("`policy.py` would be overwritten"), "{error}");
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_name_of_a_folder_becomes_that_of_a_component() {
        for (folder, name) in [
            ("shop", Some("shop")),
            ("My_Shop 2", Some("my-shop-2")),
            (".github", Some("github")),
            ("-x-", Some("x")),
            ("läden", Some("l-den")),
            ("店", None),
            ("", None),
        ] {
            assert_eq!(component_name(folder).as_deref(), name, "{folder}");
        }
        assert_eq!(component_name(&"x".repeat(90)).map(|name| name.len()), Some(64));
    }
}
