//! `ecs-host new`: the project of a new policy.

use std::io::Write as _;
use std::path::Path;

use super::Error;
use crate::cli::NewArgs;
use crate::project::{self, Language};
use model::exit::Exit;

/// Writes the project and prints how to build and test it.
pub(super) fn new(args: &NewArgs) -> Result<Exit, Error> {
    let language = Language::from(args.lang);
    project::create(Path::new(&args.name), &args.name, language)?;
    let [build, test] = language.commands();
    // The project is complete, whether or not its description can be printed.
    let _ = writeln!(
        anstream::stdout(),
        "Created the policy `{name}`. To build and test it:\n\n  cd {name}\n  {build}\n  {test}\n\n\
         Then write into {source} what deploys where, and into cases/ what it has to return.",
        name = args.name,
        source = language.source(),
    );
    Ok(Exit::Success)
}
