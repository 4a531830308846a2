//! The flags of `completions` and `man`, which print what depends on the program alone.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// The flags of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell that reads the completions
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// The flags of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Verb that the page describes [default: the program, with a list of the verbs]
    #[arg(value_name = "VERB")]
    pub page: Option<String>,
    /// Write all pages into this folder instead, which is created: ecs-host.1, ecs-host-run.1 and so on
    #[arg(long, value_name = "FOLDER", conflicts_with = "page")]
    pub out: Option<PathBuf>,
}
