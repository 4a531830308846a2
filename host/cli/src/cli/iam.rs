//! The flags of `iam`.

use clap::{Arg, Args, ValueEnum};

use super::{RunArgs, guards, rollout};
use crate::oidc::jobs::{OidcProvider, TrustedJobs};
use aws::iam::Use;
use model::build::BuildEvent;
use model::names::{ArnPattern, InvalidName, RoleArn};

/// Describes what `iam` reads of some flags of the rollout, and hides the others.
pub(super) fn describe(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "on_failure" | "on_cancel" => {
            arg.help("With `roll-back`, also allow to stop rollouts").long_help(None::<&str>)
        }
        "keep" => arg.help("Also allow to list and deregister revisions"),
        "wait_until" => arg.help("With a pause or a stage, require the permissions to see it"),
        "no_wait" => arg.help("Leave out what only watches rollouts"),
        "json" => arg
            .help("Print one JSON object: the policies with the reasons, or the trust policy with its role")
            .long_help(None::<&str>),
        "allow_older" | "force" | "format" | "out" | "rebuild" | "record" | "report" => arg.hide(true),
        _ => guards::hide(rollout::hide_from_plan(arg)),
    }
}

/// The help heading of the flags of trust policies.
const TRUST: &str = "Trust policy options";

/// What no trust policy depends on: the other subjects of `iam`, and the fields of a build that no provider's subjects
/// contain. A person who passes one of them expects that it restricts the jobs.
const UNTRUSTED: [&str; 17] = [
    "policy",
    "resources",
    "one_off_tasks",
    "verbs",
    "principal",
    "ci",
    "commit",
    "commit_message",
    "commit_time",
    "pull_request",
    "source_branch",
    "fork",
    "base_commit",
    "actor",
    "build_number",
    "build_scope",
    "job",
];

/// The flags of `iam`.
#[derive(Debug, Args)]
pub struct IamArgs {
    /// Resources to write the policy for, by their ARNs, instead of those of this build: a
    /// service, cluster, task definition, repository, schedule or event rule; also a role that they
    /// pass, and a log group. `*` in a name stands for any characters. Nothing is called then
    #[arg(long = "for", value_name = "ARN", num_args = 1.., value_parser = arn, conflicts_with = "policy")]
    pub resources: Vec<ArnPattern>,
    /// Also allow one-off tasks in the clusters of the services of --for
    #[arg(long, requires = "resources")]
    pub one_off_tasks: bool,
    /// Verb that the policy allows (repeatable)
    #[arg(long = "verb", value_name = "VERB", default_value = "run", hide_possible_values = true)]
    #[arg(
        long_help = "Verb that the policy allows (repeatable): run, plan, verify, status, rollback or continue"
    )]
    pub verbs: Vec<VerbArg>,
    /// Print only the policy of `run`, the run's own credentials, or of this role that it assumes
    #[arg(long, value_name = "run|ARN", value_parser = principal)]
    pub principal: Option<PrincipalArg>,
    /// Print the trust policy of --oidc-role instead, for the jobs of a CI provider that build
    /// --branch or --git-tag of --repository. `*` in a branch or tag stands for any characters, `/`
    /// too: with `release/*`, whoever can push a branch of that name can assume the role. On GitHub
    /// `--event pull-request` is for all pull requests of the repository. A flag that the provider's
    /// tokens cannot be compared with is an error
    #[arg(long, value_name = "PROVIDER", conflicts_with_all = UNTRUSTED, help_heading = TRUST)]
    pub oidc: Option<OidcProvider>,
    /// Another branch whose jobs may assume the role, beside --branch (repeatable)
    #[arg(long = "oidc-branch", value_name = "BRANCH", requires_all = ["oidc", "branch"], help_heading = TRUST)]
    pub oidc_branches: Vec<String>,
    /// Deployment environment that the jobs must have: its name on GitHub, where it replaces
    /// --branch and --git-tag, or its UUID on Bitbucket, whose tokens contain no branch. Restrict it
    /// to branches in its settings
    #[arg(long, value_name = "NAME", requires = "oidc", help_heading = TRUST)]
    pub oidc_environment: Option<String>,
    /// Organization: the ID of the repository's owner on GitHub, for its immutable subjects, the
    /// organization's ID on CircleCI, its slug on Buildkite, the workspace's UUID on Bitbucket
    #[arg(long, value_name = "ID", requires = "oidc", help_heading = TRUST)]
    pub oidc_organization: Option<String>,
    /// Project: the repository's ID on GitHub, for its immutable subjects, the project's ID on
    /// CircleCI, the pipeline's slug on Buildkite, the repository's UUID on Bitbucket
    #[arg(long, value_name = "ID", requires = "oidc", help_heading = TRUST)]
    pub oidc_project: Option<String>,
    /// Host of your own GitLab, or of the repositories of CircleCI [default: gitlab.com, github.com]
    #[arg(long, value_name = "HOST", requires = "oidc", help_heading = TRUST)]
    pub oidc_host: Option<String>,
    // Last: their help headings would apply to the flags after them.
    /// The flags of `run`
    #[command(flatten)]
    pub run: RunArgs,
}

/// A verb that calls AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VerbArg {
    /// Deploys.
    Run,
    /// Plans.
    Plan,
    /// Checks.
    Verify,
    /// Shows what runs.
    Status,
    /// Rolls back.
    Rollback,
    /// Continues after a pause.
    Continue,
}

impl From<VerbArg> for Use {
    fn from(verb: VerbArg) -> Self {
        match verb {
            VerbArg::Run => Self::Run,
            VerbArg::Plan => Self::Plan,
            VerbArg::Verify => Self::Verify,
            VerbArg::Status => Self::Status,
            VerbArg::Rollback => Self::Rollback,
            VerbArg::Continue => Self::Continue,
        }
    }
}

/// Whose policy is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalArg {
    /// The run's own credentials.
    Run,
    /// A role that targets assume.
    Role(RoleArn),
}

impl PrincipalArg {
    /// The role; `None` for the run's own credentials.
    #[must_use]
    pub fn role(&self) -> Option<&RoleArn> {
        match self {
            Self::Run => None,
            Self::Role(role) => Some(role),
        }
    }
}

fn arn(text: &str) -> Result<ArnPattern, InvalidName> {
    ArnPattern::parse(text)
}

fn principal(text: &str) -> Result<PrincipalArg, InvalidName> {
    match text {
        "run" => Ok(PrincipalArg::Run),
        arn => RoleArn::parse(arn).map(PrincipalArg::Role),
    }
}

impl IamArgs {
    /// Whether this build's deployment is read, which calls AWS.
    #[must_use]
    pub fn calls_aws(&self) -> bool {
        self.oidc.is_none() && self.resources.is_empty()
    }

    /// The jobs of a trust policy.
    #[must_use]
    pub fn trusted_jobs(&self, provider: OidcProvider) -> TrustedJobs<'_> {
        let build = &self.run.plan.build;
        TrustedJobs {
            provider,
            repository: build.repository.as_deref(),
            branch: build.branch.as_deref(),
            other_branches: &self.oidc_branches,
            tag: build.tag.as_deref(),
            event: build.event.map(BuildEvent::from),
            environment: self.oidc_environment.as_deref(),
            organization: self.oidc_organization.as_deref(),
            project: self.oidc_project.as_deref(),
            host: self.oidc_host.as_deref(),
        }
    }

    /// The verbs.
    #[must_use]
    pub fn uses(&self) -> Vec<Use> {
        self.verbs.iter().copied().map(Use::from).collect()
    }
}
