//! The flag that names who is notified.

use clap::Args;

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
