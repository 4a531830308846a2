//! What a policy may look up in a case.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::lacking::MissingFact;
use crate::Lookup;
use crate::lookup::LookupError;
use model::decision::Reference;
use model::lookup::{LookupQuery, LookupReply, LookupResult, PolicyLookup, PushedImage, Service};
use model::names::{Digest, EcsResource, Repository};

/// What there is in ECS and ECR, as far as a case says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Facts {
    /// Services, and with them their clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    services: Option<Vec<Service>>,
    /// Clusters without services.
    #[serde(skip_serializing_if = "Option::is_none")]
    clusters: Option<Vec<String>>,
    /// Images, and with them their repositories.
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<Vec<Image>>,
    /// Repositories without images.
    #[serde(skip_serializing_if = "Option::is_none")]
    repositories: Option<Vec<String>>,
    /// Questions that AWS does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<Failure>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Image {
    repository: String,
    digest: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    pushed_at: u64,
}

/// A question without an answer: every part that is named has to be the
/// question's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Failure {
    /// The function, such as `registry.get-image`.
    asked: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    error: String,
}

/// The functions that a policy can call.
const FUNCTIONS: [&str; 3] = ["services.list-services", "services.get-service", "registry.get-image"];

impl Failure {
    fn of(question: &LookupQuery, error: String) -> Self {
        let none = Self {
            asked: String::new(),
            cluster: None,
            name: None,
            repository: None,
            reference: None,
            error,
        };
        match question {
            LookupQuery::ListServices { cluster } => {
                Self { asked: FUNCTIONS[0].to_owned(), cluster: Some(cluster.clone()), ..none }
            }
            LookupQuery::GetService { cluster, name } => Self {
                asked: FUNCTIONS[1].to_owned(),
                cluster: Some(cluster.clone()),
                name: Some(name.clone()),
                ..none
            },
            LookupQuery::GetImage { repository, reference } => Self {
                asked: FUNCTIONS[2].to_owned(),
                repository: Some(repository.to_string()),
                reference: Some(reference.as_str().to_owned()),
                ..none
            },
        }
    }

    fn is_of(&self, question: &Self) -> bool {
        let same = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        self.asked == question.asked
            && same(&self.cluster, &question.cluster)
            && same(&self.name, &question.name)
            && same(&self.repository, &question.repository)
            && same(&self.reference, &question.reference)
    }
}

impl Facts {
    /// These on top of others, key by key.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            services: self.services.or(below.services),
            clusters: self.clusters.or(below.clusters),
            images: self.images.or(below.images),
            repositories: self.repositories.or(below.repositories),
            errors: self.errors.or(below.errors),
        }
    }

    /// What is wrong with them, if anything is.
    pub(super) fn problem(&self) -> Option<String> {
        for image in self.images.iter().flatten() {
            let valid =
                Repository::parse(&image.repository).map(drop).and(Digest::parse(&image.digest).map(drop));
            if let Err(error) = valid {
                return Some(format!("facts.images: {error}"));
            }
        }
        let failures = self.errors.iter().flatten();
        let unknown = failures.into_iter().find(|failure| !FUNCTIONS.contains(&failure.asked.as_str()))?;
        Some(format!("facts.errors: there is no `{}`, but {}", unknown.asked, FUNCTIONS.join(", ")))
    }

    /// The facts that a policy was told, so that a case answers it the same.
    pub(super) fn of(lookups: &[PolicyLookup]) -> Self {
        let mut facts = Self::default();
        for PolicyLookup { question, told } in lookups {
            match (question, told) {
                (_, LookupResult::Error(error)) => {
                    facts.errors.get_or_insert_default().push(Failure::of(question, error.clone()));
                }
                (
                    LookupQuery::ListServices { cluster },
                    LookupResult::Answer(LookupReply::Services(services)),
                ) => {
                    facts.clusters.get_or_insert_default().push(short(cluster));
                    services.iter().for_each(|service| facts.add(service));
                }
                (
                    LookupQuery::GetService { cluster, .. },
                    LookupResult::Answer(LookupReply::Service(service)),
                ) => {
                    facts.clusters.get_or_insert_default().push(short(cluster));
                    service.iter().for_each(|service| facts.add(service));
                }
                (
                    LookupQuery::GetImage { repository, .. },
                    LookupResult::Answer(LookupReply::Image(image)),
                ) => {
                    let repository = repository.to_string();
                    facts.repositories.get_or_insert_default().push(repository.clone());
                    if let Some(image) = image {
                        let (digest, tags) = (image.digest.as_str().to_owned(), image.tags.clone());
                        let image = Image {
                            repository: repository.clone(),
                            digest,
                            tags,
                            pushed_at: image.pushed_at,
                        };
                        facts.images.get_or_insert_default().push(image);
                    }
                }
                _ => {}
            }
        }
        // What a service or an image tells of needs no line of its own.
        let services: Vec<_> =
            facts.services.iter().flatten().map(|service| service.cluster.clone()).collect();
        facts.clusters = rest(facts.clusters, &services);
        let images: Vec<_> = facts.images.iter().flatten().map(|image| image.repository.clone()).collect();
        facts.repositories = rest(facts.repositories, &images);
        if let Some(images) = &mut facts.images {
            images.sort_by(|a, b| (&a.repository, &a.digest).cmp(&(&b.repository, &b.digest)));
            images.dedup();
        }
        facts
    }

    fn add(&mut self, service: &Service) {
        let services = self.services.get_or_insert_default();
        if !services.contains(service) {
            services.push(service.clone());
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn failure(&self, question: &LookupQuery) -> Option<&Failure> {
        let asked = Failure::of(question, String::new());
        self.errors.iter().flatten().find(|failure| failure.is_of(&asked))
    }

    fn in_cluster(&self, cluster: &str) -> impl Iterator<Item = &Service> {
        self.services.iter().flatten().filter(move |service| service.cluster == cluster)
    }

    fn in_repository(&self, repository: &str) -> impl Iterator<Item = &Image> {
        self.images.iter().flatten().filter(move |image| image.repository == repository)
    }

    /// What these facts would have to tell of to answer a question, where they don't.
    pub(super) fn lacks(&self, question: &LookupQuery) -> Option<MissingFact> {
        let named =
            |names: &Option<Vec<String>>, name: &String| names.iter().flatten().any(|own| own == name);
        if self.failure(question).is_some() {
            return None;
        }
        match question {
            LookupQuery::ListServices { cluster } | LookupQuery::GetService { cluster, .. } => {
                let cluster = short(cluster);
                let known = named(&self.clusters, &cluster) || self.in_cluster(&cluster).next().is_some();
                (!known).then_some(MissingFact::Cluster(cluster))
            }
            LookupQuery::GetImage { repository, .. } => {
                let repository = repository.to_string();
                let known = named(&self.repositories, &repository)
                    || self.in_repository(&repository).next().is_some();
                (!known).then_some(MissingFact::Repository(repository))
            }
        }
    }

    fn image(&self, repository: &Repository, reference: &Reference) -> Option<PushedImage> {
        let image = self.in_repository(&repository.to_string()).find(|image| match reference {
            Reference::Tag(tag) => image.tags.iter().any(|own| own == tag.as_str()),
            Reference::Digest(digest) => image.digest == digest.as_str(),
        })?;
        let mut tags = image.tags.clone();
        tags.sort();
        Some(PushedImage { digest: Digest::parse(&image.digest).ok()?, tags, pushed_at: image.pushed_at })
    }
}

/// Without doubles, and without those that something else tells of.
fn rest(names: Option<Vec<String>>, told: &[String]) -> Option<Vec<String>> {
    let mut names = names?;
    names.retain(|name| !told.contains(name));
    names.sort();
    names.dedup();
    (!names.is_empty()).then_some(names)
}

/// The short name behind a name or an ARN, which the policy's question was checked for.
fn short(text: &str) -> String {
    let kind = if text.contains(":service/") { "service" } else { "cluster" };
    EcsResource::parse(kind, text).map_or_else(|_| text.to_owned(), |resource| resource.name)
}

impl Lookup for Facts {
    fn look_up(&self, question: &LookupQuery, _: Instant) -> Result<LookupReply, LookupError> {
        if let Some(failure) = self.failure(question) {
            return Err(LookupError::Said(failure.error.clone()));
        }
        if let Some(lacking) = self.lacks(question) {
            return Err(LookupError::Said(lacking.to_string()));
        }
        Ok(match question {
            LookupQuery::ListServices { cluster } => {
                let mut services: Vec<Service> = self.in_cluster(&short(cluster)).cloned().collect();
                services.sort_by(|a, b| a.name.cmp(&b.name));
                LookupReply::Services(services)
            }
            LookupQuery::GetService { cluster, name } => {
                let (cluster, name) = (short(cluster), short(name));
                LookupReply::Service(self.in_cluster(&cluster).find(|service| service.name == name).cloned())
            }
            LookupQuery::GetImage { repository, reference } => {
                LookupReply::Image(self.image(repository, reference))
            }
        })
    }
}
