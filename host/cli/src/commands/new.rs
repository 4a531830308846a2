//! `ecs-host new`: the project of a new policy or guard.

use std::io::Write as _;
use std::path::Path;

use super::Error;
use crate::cli::{NewArgs, Place};
use crate::project::{self, ProjectError, Template};
use model::exit::Exit;

/// Writes the project and prints how to build and test it.
pub(super) fn new(args: &NewArgs) -> Result<Exit, Error> {
    let (place, template) = args.project().map_err(ProjectError::Incomplete)?;
    let text = match place {
        Place::NewFolder(name) => {
            project::create(Path::new(name), name, template)?;
            created(
                template,
                &format!("Created the {} `{name}`.", template.kind()),
                &format!("  cd {name}\n"),
            )
        }
        Place::WorkingFolder => {
            let name = project::name_of_working_folder()?;
            let kept = project::create_in_place(Path::new(""), &name, template)?;
            let mut start = format!("Created the {} `{name}` in this folder.", template.kind());
            if !kept.is_empty() {
                start.push_str(&format!(" Kept what exists: {}.", kept.join(", ")));
            }
            created(template, &start, "")
        }
    };
    // The project is complete, whether or not its description can be printed.
    let _ = anstream::stdout().write_all(text.as_bytes());
    Ok(Exit::Success)
}

fn created(template: Template, start: &str, change_folder: &str) -> String {
    let commands = template.commands();
    let (what, cases) = template.next();
    let verbs = if commands.len() > 1 { "build and test" } else { "test" };
    format!(
        "{start} To {verbs} it:\n\n{change_folder}  {}\n\n\
         Then write into {} {what},\nand into cases/ {cases}.\n",
        commands.join("\n  "),
        template.source(),
    )
}
