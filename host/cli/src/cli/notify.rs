//! The flag that names who is notified.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Error};

use super::arguments::value_source;
use super::values::notify_url;
use crate::notify::NotifyUrl;

/// What is notified of the end of a run.
#[derive(Debug, Args)]
pub struct NotifyArgs {
    /// Post the verdicts to this address at the end, as JSON, or as a message if it is a webhook of
    /// Slack (repeatable)
    #[arg(id = "notify", long = "notify", value_name = "URL", value_parser = notify_url)]
    pub urls: Vec<NotifyUrl>,
}

/// Rejects `--notify` for a verb that deploys nothing: whoever passes it waits for a message that is never sent. An
/// address in the operator's file is for the runs that deploy.
pub(super) fn reject_unused(matches: &ArgMatches) -> Result<(), Error> {
    let Some((verb @ ("plan" | "decide" | "verify"), own)) = matches.subcommand() else { return Ok(()) };
    if value_source(own, "notify") != Some(ValueSource::CommandLine) {
        return Ok(());
    }
    let message = format!(
        "--notify posts the verdicts of a deployment, and `{verb}` deploys nothing: remove it, or use `ecs-host run`\n"
    );
    Err(Error::raw(ErrorKind::ArgumentConflict, message))
}
