//! The facts of a case: what its policy looks up in ECS and ECR.

mod asked;
mod failure;
mod files;
mod missing;
mod recorded;

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::lookup::{LookupError, LookupSource};
pub(super) use asked::{FactId, FactKey};
use failure::{FUNCTIONS, LookupFailure};
use files::FileFact;
pub use files::ReadFile;
pub(super) use missing::MissingFact;
use model::decision::Reference;
use model::lookup::{LookupQuery, LookupReply, PushedImage, Service};
use model::names::{Digest, EcsResource, Repository};

/// The content of ECS and ECR in a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Facts {
    /// Services. Their clusters exist too.
    #[serde(skip_serializing_if = "Option::is_none")]
    services: Option<Vec<Service>>,
    /// Clusters without services.
    #[serde(skip_serializing_if = "Option::is_none")]
    clusters: Option<Vec<String>>,
    /// Images. Their repositories exist too.
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<Vec<ImageFact>>,
    /// Repositories without images.
    #[serde(skip_serializing_if = "Option::is_none")]
    repositories: Option<Vec<String>>,
    /// The paths that differ between a commit and that of the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_files: Option<Vec<ChangedFiles>>,
    /// The files of the build's commit, by path.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<BTreeMap<String, FileFact>>,
    /// Lookups that fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<LookupFailure>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ImageFact {
    repository: String,
    digest: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    pushed_at: u64,
}

impl ImageFact {
    fn is_named(&self, reference: &Reference) -> bool {
        match reference {
            Reference::Tag(tag) => self.tags.iter().any(|own| own == tag.as_str()),
            Reference::Digest(digest) => self.digest == digest.as_str(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ChangedFiles {
    since: String,
    files: Vec<String>,
}

impl Facts {
    /// These facts, and the default for every key that they do not set.
    pub(super) fn or(self, default: Self) -> Self {
        Self {
            services: self.services.or(default.services),
            clusters: self.clusters.or(default.clusters),
            images: self.images.or(default.images),
            repositories: self.repositories.or(default.repositories),
            changed_files: self.changed_files.or(default.changed_files),
            files: self.files.or(default.files),
            errors: self.errors.or(default.errors),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The first invalid fact.
    pub(super) fn problem(&self) -> Option<String> {
        for image in self.images.iter().flatten() {
            let valid =
                Repository::parse(&image.repository).map(drop).and(Digest::parse(&image.digest).map(drop));
            if let Err(error) = valid {
                return Some(format!("facts.images: {error}"));
            }
        }
        let mut functions = self.errors.iter().flatten().map(|failure| failure.function.as_str());
        let unknown = functions.find(|function| !FUNCTIONS.contains(function))?;
        let known = FUNCTIONS.join(", ");
        Some(format!("facts.errors: unknown function `{unknown}`; expected one of {known}"))
    }

    /// The fact that a query needs and that is not here.
    pub(super) fn missing_fact(&self, query: &LookupQuery) -> Option<MissingFact> {
        let is_listed =
            |names: &Option<Vec<String>>, name: &String| names.iter().flatten().any(|known| known == name);
        if self.failure(query).is_some() {
            return None;
        }
        match query {
            LookupQuery::ListServices { cluster } | LookupQuery::GetService { cluster, .. } => {
                let cluster = short_name(cluster);
                let exists =
                    is_listed(&self.clusters, &cluster) || self.services_in(&cluster).next().is_some();
                (!exists).then_some(MissingFact::Cluster(cluster))
            }
            LookupQuery::GetImage { repository, .. } => {
                let repository = repository.to_string();
                let exists = is_listed(&self.repositories, &repository)
                    || self.images_in(&repository).next().is_some();
                (!exists).then_some(MissingFact::Repository(repository))
            }
            LookupQuery::ChangedFiles { since } => {
                self.changed_since(since).is_none().then(|| MissingFact::ChangedFiles(since.clone()))
            }
            LookupQuery::ReadFile { path } => self.files.is_none().then(|| MissingFact::Files(path.clone())),
        }
    }

    fn changed_since(&self, commit: &str) -> Option<&ChangedFiles> {
        self.changed_files.iter().flatten().find(|change| change.since == commit)
    }

    fn failure(&self, query: &LookupQuery) -> Option<&LookupFailure> {
        self.errors.iter().flatten().find(|failure| failure.applies_to(query))
    }

    fn services_in(&self, cluster: &str) -> impl Iterator<Item = &Service> {
        self.services.iter().flatten().filter(move |service| service.cluster == cluster)
    }

    fn images_in(&self, repository: &str) -> impl Iterator<Item = &ImageFact> {
        self.images.iter().flatten().filter(move |image| image.repository == repository)
    }

    fn find_image(&self, repository: &Repository, reference: &Reference) -> Option<PushedImage> {
        let image = self.images_in(&repository.to_string()).find(|image| image.is_named(reference))?;
        let mut tags = image.tags.clone();
        tags.sort();
        Some(PushedImage { digest: Digest::parse(&image.digest).ok()?, tags, pushed_at: image.pushed_at })
    }
}

/// The short name of a cluster or service, from a valid name or ARN.
fn short_name(text: &str) -> String {
    let kind = if text.contains(":service/") { "service" } else { "cluster" };
    EcsResource::parse(kind, text).map_or_else(|_| text.to_owned(), |resource| resource.name)
}

impl LookupSource for Facts {
    fn look_up(&self, query: &LookupQuery, _: Instant) -> Result<LookupReply, LookupError> {
        if let Some(failure) = self.failure(query) {
            return Err(LookupError::Failed(failure.error.clone()));
        }
        if let Some(missing) = self.missing_fact(query) {
            return Err(LookupError::Failed(missing.to_string()));
        }
        Ok(match query {
            LookupQuery::ListServices { cluster } => {
                let mut services: Vec<Service> = self.services_in(&short_name(cluster)).cloned().collect();
                services.sort_by(|a, b| a.name.cmp(&b.name));
                LookupReply::Services(services)
            }
            LookupQuery::GetService { cluster, name } => {
                let (cluster, name) = (short_name(cluster), short_name(name));
                LookupReply::Service(self.services_in(&cluster).find(|service| service.name == name).cloned())
            }
            LookupQuery::GetImage { repository, reference } => {
                LookupReply::Image(self.find_image(repository, reference))
            }
            LookupQuery::ChangedFiles { since } => {
                let mut files =
                    self.changed_since(since).map(|change| change.files.clone()).unwrap_or_default();
                files.sort();
                LookupReply::ChangedFiles(files)
            }
            LookupQuery::ReadFile { path } => LookupReply::File(self.file_text(path).cloned()),
        })
    }
}
