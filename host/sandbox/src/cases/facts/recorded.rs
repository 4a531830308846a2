//! The facts of a recorded decision.

use super::failure::LookupFailure;
use super::{ChangedFiles, Facts, ImageFact, short_name};
use model::lookup::{LookupQuery, LookupReply, LookupResult, PolicyLookup, Service};

impl Facts {
    /// The facts with which a case returns the same results for these lookups.
    pub(in crate::cases) fn from_lookups(lookups: &[PolicyLookup]) -> Self {
        let mut facts = Self::default();
        for PolicyLookup { query, result } in lookups {
            match result {
                LookupResult::Reply(reply) => facts.add_reply(query, reply),
                LookupResult::Error(error) => {
                    let failure = LookupFailure::new(query, error.clone());
                    facts.errors.get_or_insert_default().push(failure);
                }
            }
        }
        // A cluster of a service, and a repository of an image, need no entry of their own.
        let clusters: Vec<_> =
            facts.services.iter().flatten().map(|service| service.cluster.clone()).collect();
        facts.clusters = without(facts.clusters, &clusters);
        let repositories: Vec<_> =
            facts.images.iter().flatten().map(|image| image.repository.clone()).collect();
        facts.repositories = without(facts.repositories, &repositories);
        if let Some(images) = &mut facts.images {
            images.sort_by(|a, b| (&a.repository, &a.digest).cmp(&(&b.repository, &b.digest)));
            images.dedup();
        }
        facts
    }

    fn add_reply(&mut self, query: &LookupQuery, reply: &LookupReply) {
        match (query, reply) {
            (LookupQuery::ListServices { cluster }, LookupReply::Services(services)) => {
                self.clusters.get_or_insert_default().push(short_name(cluster));
                services.iter().for_each(|service| self.add_service(service));
            }
            (LookupQuery::GetService { cluster, .. }, LookupReply::Service(service)) => {
                self.clusters.get_or_insert_default().push(short_name(cluster));
                service.iter().for_each(|service| self.add_service(service));
            }
            (LookupQuery::GetImage { repository, .. }, LookupReply::Image(image)) => {
                let repository = repository.to_string();
                self.repositories.get_or_insert_default().push(repository.clone());
                if let Some(image) = image {
                    self.images.get_or_insert_default().push(ImageFact {
                        repository,
                        digest: image.digest.as_str().to_owned(),
                        tags: image.tags.clone(),
                        pushed_at: image.pushed_at,
                    });
                }
            }
            (LookupQuery::ChangedFiles { since }, LookupReply::ChangedFiles(files)) => {
                let change = ChangedFiles { since: since.clone(), files: files.clone() };
                self.changed_files.get_or_insert_default().push(change);
            }
            (LookupQuery::ReadFile { path }, LookupReply::File(text)) => {
                self.add_file(path, text.as_ref());
            }
            _ => {}
        }
    }

    fn add_service(&mut self, service: &Service) {
        let services = self.services.get_or_insert_default();
        if !services.contains(service) {
            services.push(service.clone());
        }
    }
}

/// The sorted names, without duplicates and without those that another fact implies.
fn without(names: Option<Vec<String>>, implied: &[String]) -> Option<Vec<String>> {
    let mut names = names?;
    names.retain(|name| !implied.contains(name));
    names.sort();
    names.dedup();
    (!names.is_empty()).then_some(names)
}
