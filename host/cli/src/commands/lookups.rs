//! The lookups of a policy or a guard, answered from ECS, ECR and git.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};

use super::Context;
use crate::git::working_copy::{self, WorkingCopy};
use crate::git::{GitError, GitRepository};
use aws::ecr;
use aws::ecs::Ecs;
use aws::ecs::lookup::{FactError, read_service, read_services};
use aws::{Aws, WebIdentity};
use model::Environment;
use model::build::short_commit;
use model::confinement::Confinement;
use model::decision::Reference;
use model::lookup::{LookupQuery, LookupReply, PushedImage};
use model::names::{Region, Repository};
use model::text::abbreviate;
use sandbox::lookup::LookupError;
use sandbox::{ComponentKind, LookupSource};

/// What a policy may look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everything that the operator grants.
    AwsAndCheckout,
    /// The repository of the working directory alone.
    Checkout,
}

/// Answers from the run's own account and region, and from the repository of the working directory.
pub(super) struct RunLookups {
    reach: Reach,
    aws: AwsLookups,
    repository: GitRepository,
    /// The commit of the build; `None` for a rollback, which has no build.
    commit: Option<String>,
    /// Whether git finds the repository by the working folder, and not by a variable.
    has_working_copy: bool,
    /// The files of the commit that differ in the working tree, each as a warning.
    differing_files: Mutex<Vec<String>>,
}

/// The connection to AWS is made for the first lookup there: most policies make none.
struct AwsLookups {
    /// What looks up.
    kind: ComponentKind,
    environment: Environment,
    identity: Option<WebIdentity>,
    confinement: Confinement,
    violations: Mutex<Vec<String>>,
    region: Option<Region>,
    connection: OnceLock<Result<Connection, LookupOutage>>,
    /// The first lookup that AWS did not answer.
    outage: OnceLock<LookupOutage>,
}

/// Why a lookup has no answer of AWS: there is no region, no credentials or no runtime, or AWS could not be reached or
/// did not process the call. Whatever a policy decides without the fact is not its decision.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(super) struct LookupOutage(pub(super) String);

/// AWS, and the runtime that its connections belong to.
struct Connection {
    runtime: Runtime,
    aws: Aws,
    ecs: Ecs,
}

impl RunLookups {
    pub(super) fn new(
        context: &Context<'_>,
        region: Option<&Region>,
        commit: Option<&str>,
        reach: Reach,
        kind: ComponentKind,
    ) -> Self {
        let aws = AwsLookups {
            kind,
            environment: context.environment.clone(),
            identity: context.identity.clone(),
            confinement: context.confinement.clone(),
            violations: Mutex::default(),
            region: region.cloned(),
            connection: OnceLock::new(),
            outage: OnceLock::new(),
        };
        Self {
            reach,
            aws,
            repository: GitRepository::containing(Path::new(".")),
            commit: commit.map(str::to_owned),
            has_working_copy: ["GIT_DIR", "GIT_WORK_TREE"]
                .into_iter()
                .all(|name| context.environment.get(name).is_none()),
            differing_files: Mutex::default(),
        }
    }

    /// A warning for each file that the policy read and that differs in the working tree.
    pub(super) fn differing_files(&self) -> Vec<String> {
        self.differing_files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads a file of the commit.
    fn read_file(&self, commit: &str, path: &str, deadline: Instant) -> Result<Option<String>, GitError> {
        let text = self.repository.read_file(commit, path, deadline)?;
        if self.has_working_copy
            && let Some(difference) = working_copy::compare(Path::new("."), path, text.as_deref())
        {
            let warning = working_copy_warning(self.aws.kind, path, commit, difference);
            self.differing_files.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
        }
        Ok(text)
    }

    /// The lookups that the operator's file does not allow.
    pub(super) fn violations(&self) -> Vec<String> {
        self.aws.violations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first lookup without an answer of AWS, if there is one.
    pub(super) fn outage(&self) -> Option<LookupOutage> {
        self.aws.outage.get().cloned()
    }
}

impl AwsLookups {
    fn connect(&self) -> Result<Connection, LookupOutage> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| LookupOutage(format!("no lookups are possible: {error}")))?;
        let connect = async {
            let aws = Aws::configure(&self.environment, self.region.as_ref(), self.identity.as_ref()).await?;
            let ecs = Ecs::client_for(&aws, &aws.place()).await;
            Ok((aws, ecs))
        };
        let connected: Result<_, aws::AwsError> = runtime.block_on(connect);
        let (aws, ecs) = connected.map_err(|error| LookupOutage(error.to_string()))?;
        Ok(Connection { runtime, aws, ecs })
    }

    /// Reads a fact that the operator's file allows.
    fn read(
        &self,
        query: &LookupQuery,
        deadline: Instant,
        read: impl AsyncFnOnce(&Connection) -> Result<LookupReply, FactError>,
    ) -> Result<LookupReply, LookupError> {
        let connection = self.connection.get_or_init(|| self.connect());
        let connection = connection.as_ref().map_err(|outage| {
            let _ = self.outage.set(outage.clone());
            LookupError::Failed(outage.to_string())
        })?;
        let violations = self.confinement.check_lookup(query, &connection.aws.region);
        if !violations.is_empty() {
            let message = violations.join("; ");
            self.violations.lock().unwrap_or_else(PoisonError::into_inner).extend(violations);
            return Err(LookupError::Failed(message));
        }
        let reply = async { tokio::time::timeout_at(deadline.into(), read(connection)).await };
        match connection.runtime.block_on(reply) {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => {
                if matches!(&error, FactError::Aws(error) if error.is_outage()) {
                    let _ = self
                        .outage
                        .set(LookupOutage(format!("the {}'s lookup of {query} failed: {error}", self.kind)));
                }
                Err(LookupError::Failed(error.to_string()))
            }
            Err(_) => {
                let _ = self.outage.set(LookupOutage(format!(
                    "AWS did not answer the {kind}'s lookup of {query} within the {kind}'s time; run this again, or raise \
                     --policy-time",
                    kind = self.kind
                )));
                Err(LookupError::TimedOut)
            }
        }
    }
}

impl LookupSource for RunLookups {
    fn look_up(&self, query: &LookupQuery, deadline: Instant) -> Result<LookupReply, LookupError> {
        let aws = &self.aws;
        let commit = || {
            let no_build =
                || LookupError::Failed("a rollback has no build, so that no commit is read".to_owned());
            self.commit.as_deref().ok_or_else(no_build)
        };
        if !query.is_of_source() && self.reach == Reach::Checkout {
            let message =
                format!("{query} is not looked up by `decide`, which does not call AWS; `plan` does");
            return Err(LookupError::Failed(message));
        }
        match query {
            LookupQuery::ListServices { cluster } => aws.read(query, deadline, async |to| {
                read_services(&to.ecs, &to.aws.region, cluster).await.map(LookupReply::Services)
            }),
            LookupQuery::GetService { cluster, name } => aws.read(query, deadline, async |to| {
                read_service(&to.ecs, &to.aws.region, cluster, name).await.map(LookupReply::Service)
            }),
            LookupQuery::GetImage { repository, reference } => aws.read(query, deadline, async |to| {
                read_image(&to.aws, repository, reference).await.map(LookupReply::Image)
            }),
            LookupQuery::ChangedFiles { since } => {
                let files = self.repository.changed_files(since, commit()?, deadline);
                files.map(LookupReply::ChangedFiles).map_err(to_lookup_error)
            }
            LookupQuery::ReadFile { path } => {
                self.read_file(commit()?, path, deadline).map(LookupReply::File).map_err(to_lookup_error)
            }
        }
    }
}

/// A warning about a file whose working copy differs from the commit that a component reads.
fn working_copy_warning(kind: ComponentKind, path: &str, commit: &str, difference: WorkingCopy) -> String {
    let (path, commit) = (abbreviate(path), short_commit(commit));
    match difference {
        WorkingCopy::Edited => format!(
            "the {kind} read `{path}` of commit {commit}, and the working copy differs: an edit counts once it is committed"
        ),
        WorkingCopy::Removed => {
            format!("the {kind} read `{path}` of commit {commit}, which the working tree does not contain")
        }
        WorkingCopy::Added => format!(
            "commit {commit} does not contain `{path}`, and the working tree does: the file counts once it is committed"
        ),
    }
}

/// Git reads files of this machine: without an answer there is no outage, but a checkout without the fact.
fn to_lookup_error(error: GitError) -> LookupError {
    match error {
        GitError::TimedOut => LookupError::TimedOut,
        error => LookupError::Failed(error.to_string()),
    }
}

async fn read_image(
    aws: &Aws,
    repository: &Repository,
    reference: &Reference,
) -> Result<Option<PushedImage>, FactError> {
    let Some(registry) = repository.ecr_registry() else {
        let problem = format!("{repository} is not in Amazon ECR, and lookups read no other registry");
        return Err(FactError::Query(problem));
    };
    match ecr::describe_image(aws, &registry, repository, reference).await? {
        ecr::ImageState::NoRepository => {
            Err(FactError::Query(format!("there is no repository {repository}")))
        }
        ecr::ImageState::Absent => Ok(None),
        ecr::ImageState::Found { digest, mut tags, pushed_at } => {
            tags.sort();
            Ok(Some(PushedImage { digest, tags, pushed_at }))
        }
    }
}

impl Drop for AwsLookups {
    fn drop(&mut self) {
        // A DNS lookup may hang in a background thread.
        if let Some(Ok(connection)) = self.connection.take() {
            connection.runtime.shutdown_background();
        }
    }
}
