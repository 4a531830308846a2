//! `ecs-host new`: the project of a new policy.

use std::io::Write as _;
use std::path::Path;

use crate::cli::NewArgs;
use crate::project;
use model::exit::Exit;

/// Writes the project, and says how to build and test it.
pub(super) fn new(args: &NewArgs) -> anyhow::Result<Exit> {
    project::create(Path::new(&args.name), &args.name, args.lang)?;
    let [build, test] = args.lang.commands();
    // Nobody may be reading, which takes nothing from the project.
    let _ = writeln!(
        anstream::stdout(),
        "{name} is a policy that builds and passes its tests:\n\n  cd {name}\n  {build}\n  {test}\n\n\
         Then say in {source} what deploys where, and in cases what it has to answer.",
        name = args.name,
        source = args.lang.source(),
    );
    Ok(Exit::Success)
}
