//! `ecs-host completions`: the completions of the command line.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Error;
use crate::cli::{Cli, CompletionsArgs};
use crate::output::document;
use model::exit::Exit;

/// Prints the completions for a shell.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Error> {
    let (mut command, mut script) = (Cli::command(), Vec::new());
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    if args.shell == Shell::Bash {
        script = repair_labels(&script);
    }
    document::print(&script).map_err(Error::Stdout)?;
    Ok(Exit::Success)
}

/// clap_complete 4.6 writes the hyphen of a program's name in two ways, `ecs__host` and `ecs__subcmd__host`, so that no flag
/// of a verb would be completed.
fn repair_labels(script: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(script).replace("ecs__subcmd__host", "ecs__host").into_bytes()
}
