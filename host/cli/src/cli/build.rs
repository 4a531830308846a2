//! The flags about the build.

use clap::ValueEnum;

use super::values::{job, natural, repository};
use model::build::{BuildEvent, PartialBuild};

/// The parts of a [`Build`] that the command line gives. Each one wins over
/// what the provider says.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "The build, where no CI provider tells it or tells it otherwise")]
pub struct BuildArgs {
    /// Branch being built
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Full hash of the commit
    #[arg(long, value_name = "HASH")]
    pub commit: Option<String>,
    /// The commit's message
    #[arg(long, value_name = "TEXT")]
    pub commit_message: Option<String>,
    /// When the commit was made, in seconds since 1970, to tell older builds
    /// from newer ones where they have no numbers; git tells it where it can
    #[arg(long, value_name = "SECONDS", value_parser = natural)]
    pub commit_time: Option<u64>,
    /// Repository being built
    #[arg(long, value_name = "OWNER/NAME", value_parser = repository)]
    pub repository: Option<String>,
    /// What started the build
    #[arg(long)]
    pub event: Option<EventArg>,
    /// Git tag being built
    #[arg(long = "git-tag", value_name = "NAME")]
    pub tag: Option<String>,
    /// Number of the pull request being built
    #[arg(long, value_name = "NUMBER")]
    pub pull_request: Option<String>,
    /// The build's number
    #[arg(long, value_name = "NUMBER", value_parser = natural)]
    pub build_number: Option<u64>,
    /// Job of the build's matrix, from 1
    #[arg(long, value_name = "NUMBER", value_parser = job)]
    pub job: Option<u32>,
}

/// What started the build, as a flag's value.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum EventArg {
    /// A push to a branch.
    Push,
    /// A pull request was opened or changed.
    PullRequest,
    /// A git tag was pushed.
    Tag,
    /// A schedule, as in a nightly build.
    Schedule,
    /// A person or an API call.
    Manual,
}

impl From<EventArg> for BuildEvent {
    fn from(event: EventArg) -> Self {
        match event {
            EventArg::Push => Self::Push,
            EventArg::PullRequest => Self::PullRequest,
            EventArg::Tag => Self::Tag,
            EventArg::Schedule => Self::Schedule,
            EventArg::Manual => Self::Manual,
        }
    }
}

impl From<&BuildArgs> for PartialBuild {
    fn from(args: &BuildArgs) -> Self {
        Self {
            provider: None,
            repository: args.repository.clone(),
            branch: args.branch.clone(),
            commit: args.commit.clone(),
            commit_message: args.commit_message.clone(),
            commit_time: args.commit_time,
            event: args.event.map(BuildEvent::from),
            tag: args.tag.clone(),
            pull_request: args.pull_request.clone(),
            number: args.build_number,
            job: args.job,
        }
    }
}
