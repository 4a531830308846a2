//! The flags of the build.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::values::{job, non_negative, pull_request, repository, time};
use crate::ci::Ci;
use model::build::{BuildEvent, PartialBuild, PartialPullRequest};

/// The fields of a build that the command line sets. Each has precedence over what the CI provider sets.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Build options, which override what the CI provider sets")]
pub struct BuildArgs {
    /// What describes the build: a CI provider, the git repository, or nothing but these flags
    /// [default: the provider whose variables are set, else `git`]
    #[arg(long, value_name = "NAME", value_parser = ci())]
    pub ci: Option<Ci>,
    /// Branch
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Full commit hash
    #[arg(long, value_name = "HASH")]
    pub commit: Option<String>,
    /// Commit message
    #[arg(long, value_name = "TEXT")]
    pub commit_message: Option<String>,
    /// Commit time, in seconds since 1970, by which builds without a number are ordered
    /// [default: read from git]
    #[arg(long, value_name = "SECONDS", value_parser = time)]
    pub commit_time: Option<u64>,
    /// Repository
    #[arg(long, value_name = "OWNER/NAME", value_parser = repository)]
    pub repository: Option<String>,
    /// Event that started the build
    #[arg(long)]
    pub event: Option<EventArg>,
    /// Git tag
    #[arg(long = "git-tag", value_name = "NAME")]
    pub tag: Option<String>,
    /// Pull request number
    #[arg(long, value_name = "NUMBER", value_parser = pull_request)]
    pub pull_request: Option<String>,
    /// Branch with the changes of the pull request
    #[arg(long, value_name = "NAME")]
    pub source_branch: Option<String>,
    /// Whether that branch is in a fork
    #[arg(long, value_name = "BOOL")]
    pub fork: Option<bool>,
    /// Full hash of the commit that the build is compared with; an empty one or zeros for none
    #[arg(long, value_name = "HASH")]
    pub base_commit: Option<String>,
    /// Account that started the build
    #[arg(long, value_name = "NAME")]
    pub actor: Option<String>,
    /// Build number
    #[arg(long, value_name = "NUMBER", value_parser = non_negative)]
    pub build_number: Option<u64>,
    /// Workflow or pipeline that the build number counts within
    /// [default: the repository]
    #[arg(long, value_name = "NAME")]
    pub build_scope: Option<String>,
    /// Job number in the build's matrix, from 1
    #[arg(long, value_name = "NUMBER", value_parser = job)]
    pub job: Option<u32>,
}

fn ci() -> impl TypedValueParser<Value = Ci> {
    PossibleValuesParser::new(Ci::names())
        .try_map(|name| Ci::named(&name).ok_or_else(|| format!("`{name}` is not the name of a CI provider")))
}

/// The event that started the build, as a flag's value.
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
            // `${{ github.event.before }}` is empty unless the event is a push.
            base_commit: args.base_commit.clone().filter(|hash| !hash.is_empty()),
            provider_event: None,
            pull_request: PartialPullRequest {
                number: args.pull_request.clone(),
                source_branch: args.source_branch.clone(),
                is_fork: args.fork,
            },
            number: args.build_number,
            number_scope: args.build_scope.clone(),
            job: args.job,
            actor: args.actor.clone(),
            started_at: None,
        }
    }
}
