//! `ecs-host new`: the project of a new policy.

use std::io::Write as _;
use std::path::Path;

use super::Error;
use crate::cli::NewArgs;
use crate::project;
use model::exit::Exit;

/// Writes the project and prints how to build and test it.
pub(super) fn new(args: &NewArgs) -> Result<Exit, Error> {
    let template = args.template();
    project::create(Path::new(&args.name), &args.name, template)?;
    let commands = template.commands();
    let verbs = if commands.len() > 1 { "build and test" } else { "test" };
    // The project is complete, whether or not its description can be printed.
    let _ = writeln!(
        anstream::stdout(),
        "Created the policy `{name}`. To {verbs} it:\n\n  cd {name}\n  {commands}\n\n\
         Then write into {source} what deploys where, and into cases/ what it has to return.",
        name = args.name,
        commands = commands.join("\n  "),
        source = template.source(),
    );
    Ok(Exit::Success)
}
