//! What one instance of a policy asks, answered through the contract.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Lookup, LookupError};
use crate::contract::bindings::ecs_host::policy::{registry, services};
use crate::contract::bindings::types;
use crate::limits::{Limit, Limits, Reached};
use model::decision::Reference;
use model::lookup::{
    DeployedBy, LookupQuery, LookupReply, LookupResult, PolicyLookup, PushedImage, RunningContainer, Service,
};
use model::names::{EcsResource, Repository};

/// What one instance has asked so far. A question that comes again has the
/// answer of the first time: the facts of a decision don't change under it.
pub(in super::super) struct Lookups {
    source: Arc<dyn Lookup>,
    most: usize,
    until: Instant,
    time: Limit,
    pub(in super::super) asked: Vec<PolicyLookup>,
}

impl Lookups {
    pub(in super::super) fn new(source: Arc<dyn Lookup>, limits: &Limits) -> Self {
        let now = Instant::now();
        let until = now.checked_add(limits.time).unwrap_or(now + FAR);
        Self { source, most: limits.lookups, until, time: Limit::Time(limits.time), asked: Vec::new() }
    }

    fn ask(&mut self, question: LookupQuery) -> wasmtime::Result<LookupResult> {
        if let Some(known) = self.asked.iter().find(|asked| asked.question == question) {
            return Ok(known.told.clone());
        }
        if self.asked.len() >= self.most {
            return Err(Reached(Limit::Lookups(self.most)).into());
        }
        let told = match self.source.look_up(&question, self.until) {
            Ok(reply) => LookupResult::Answer(reply),
            Err(LookupError::Said(sentence)) => LookupResult::Error(sentence),
            Err(LookupError::OutOfTime) => return Err(Reached(self.time).into()),
        };
        self.asked.push(PolicyLookup { question, told: told.clone() });
        Ok(told)
    }
}

/// The end of a time that is longer than the clock can tell: a year.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a host says of an answer that is of another kind than its question.
const OTHER_KIND: &str = "the host gave an answer to another question";

impl services::Host for Lookups {
    fn list_services(&mut self, cluster: String) -> wasmtime::Result<Result<Vec<services::Service>, String>> {
        let question = match EcsResource::parse("cluster", &cluster) {
            Ok(_) => LookupQuery::ListServices { cluster },
            Err(invalid) => return Ok(Err(invalid.to_string())),
        };
        Ok(match self.ask(question)? {
            LookupResult::Answer(LookupReply::Services(services)) => {
                Ok(services.into_iter().map(Into::into).collect())
            }
            LookupResult::Answer(_) => return Err(wasmtime::Error::msg(OTHER_KIND)),
            LookupResult::Error(sentence) => Err(sentence),
        })
    }

    fn get_service(
        &mut self,
        cluster: String,
        name: String,
    ) -> wasmtime::Result<Result<Option<services::Service>, String>> {
        let names =
            [EcsResource::parse("cluster", &cluster), EcsResource::parse("service", &name)].into_iter();
        let question = match names.collect::<Result<Vec<_>, _>>() {
            Ok(_) => LookupQuery::GetService { cluster, name },
            Err(invalid) => return Ok(Err(invalid.to_string())),
        };
        Ok(match self.ask(question)? {
            LookupResult::Answer(LookupReply::Service(service)) => Ok(service.map(Into::into)),
            LookupResult::Answer(_) => return Err(wasmtime::Error::msg(OTHER_KIND)),
            LookupResult::Error(sentence) => Err(sentence),
        })
    }
}

impl registry::Host for Lookups {
    fn get_image(
        &mut self,
        repository: String,
        reference: String,
    ) -> wasmtime::Result<Result<Option<registry::PushedImage>, String>> {
        let question = Repository::parse(&repository).and_then(|repository| {
            Ok(LookupQuery::GetImage { repository, reference: Reference::parse(&reference)? })
        });
        let question = match question {
            Ok(question) => question,
            Err(invalid) => return Ok(Err(invalid.to_string())),
        };
        Ok(match self.ask(question)? {
            LookupResult::Answer(LookupReply::Image(image)) => Ok(image.map(Into::into)),
            LookupResult::Answer(_) => return Err(wasmtime::Error::msg(OTHER_KIND)),
            LookupResult::Error(sentence) => Err(sentence),
        })
    }
}

impl From<Service> for services::Service {
    fn from(service: Service) -> Self {
        let Service { cluster, name, tags, containers, deployed_by } = service;
        let setting = |(name, value)| types::Setting { name, value };
        let container = |container: RunningContainer| services::RunningContainer {
            name: container.name,
            image: container.image,
        };
        let stamp = |by: DeployedBy| services::Stamp {
            repository: by.repository,
            commit: by.commit,
            number: by.number,
        };
        Self {
            cluster,
            name,
            tags: tags.into_iter().map(setting).collect(),
            containers: containers.into_iter().map(container).collect(),
            deployed_by: deployed_by.map(stamp),
        }
    }
}

impl From<PushedImage> for registry::PushedImage {
    fn from(image: PushedImage) -> Self {
        Self { digest: image.digest.as_str().to_owned(), tags: image.tags, pushed_at: image.pushed_at }
    }
}
