//! The facts that a lookup asks for.

use super::{Facts, LookupFailure, short_name};
use model::lookup::LookupQuery;

/// A key of `facts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cases) enum FactKey {
    Services,
    Clusters,
    Images,
    Repositories,
    ChangedFiles,
    Files,
    Errors,
}

/// A fact: the element of a list, or a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cases) enum FactId {
    /// An element, by its index.
    Element(FactKey, usize),
    /// A file, by its path.
    File(String),
}

impl FactKey {
    /// The name in a file of cases.
    pub(in crate::cases) fn as_str(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Clusters => "clusters",
            Self::Images => "images",
            Self::Repositories => "repositories",
            Self::ChangedFiles => "changed-files",
            Self::Files => "files",
            Self::Errors => "errors",
        }
    }
}

impl FactId {
    /// The key that the fact is under.
    pub(in crate::cases) fn key(&self) -> FactKey {
        match self {
            Self::Element(key, _) => *key,
            Self::File(_) => FactKey::Files,
        }
    }
}

impl Facts {
    /// The keys that are set.
    pub(in crate::cases) fn keys(&self) -> Vec<FactKey> {
        [
            (FactKey::Services, self.services.is_some()),
            (FactKey::Clusters, self.clusters.is_some()),
            (FactKey::Images, self.images.is_some()),
            (FactKey::Repositories, self.repositories.is_some()),
            (FactKey::ChangedFiles, self.changed_files.is_some()),
            (FactKey::Files, self.files.is_some()),
            (FactKey::Errors, self.errors.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, is_set)| is_set.then_some(key))
        .collect()
    }

    /// Every fact, in the order of the keys.
    pub(in crate::cases) fn ids(&self) -> Vec<FactId> {
        fn elements<T>(key: FactKey, list: Option<&Vec<T>>) -> impl Iterator<Item = FactId> {
            (0..list.map_or(0, Vec::len)).map(move |index| FactId::Element(key, index))
        }
        elements(FactKey::Services, self.services.as_ref())
            .chain(elements(FactKey::Clusters, self.clusters.as_ref()))
            .chain(elements(FactKey::Images, self.images.as_ref()))
            .chain(elements(FactKey::Repositories, self.repositories.as_ref()))
            .chain(elements(FactKey::ChangedFiles, self.changed_files.as_ref()))
            .chain(self.files.iter().flatten().map(|(path, _)| FactId::File(path.clone())))
            .chain(elements(FactKey::Errors, self.errors.as_ref()))
            .collect()
    }

    /// The facts that the result of a query depends on. Of two with one name, the first is returned to the policy.
    pub(in crate::cases) fn asked_by(&self, query: &LookupQuery) -> Vec<FactId> {
        let failure = positions(self.errors.as_ref(), |failure: &LookupFailure| failure.applies_to(query));
        if let Some(index) = failure.into_iter().next() {
            return vec![FactId::Element(FactKey::Errors, index)];
        }
        let all =
            |key, indices: Vec<usize>| indices.into_iter().map(move |index| FactId::Element(key, index));
        match query {
            LookupQuery::ListServices { cluster } => {
                let cluster = short_name(cluster);
                let services = positions(self.services.as_ref(), |service| service.cluster == cluster);
                let clusters = positions(self.clusters.as_ref(), |known| *known == cluster);
                all(FactKey::Services, services).chain(all(FactKey::Clusters, clusters)).collect()
            }
            LookupQuery::GetService { cluster, name } => {
                let (cluster, name) = (short_name(cluster), short_name(name));
                let clusters = positions(self.clusters.as_ref(), |known| *known == cluster);
                let services = positions(self.services.as_ref(), |service| service.cluster == cluster);
                let mut named = positions(self.services.as_ref(), |service| {
                    service.cluster == cluster && service.name == name
                });
                named.truncate(1);
                // Another service of the cluster states that the cluster exists, if nothing else does.
                let others_matter = named.is_empty() && clusters.is_empty();
                let services = if others_matter { services } else { named };
                all(FactKey::Services, services).chain(all(FactKey::Clusters, clusters)).collect()
            }
            LookupQuery::GetImage { repository, reference } => {
                let name = repository.to_string();
                let repositories = positions(self.repositories.as_ref(), |known| *known == name);
                let images = positions(self.images.as_ref(), |image| image.repository == name);
                let mut named = positions(self.images.as_ref(), |image| {
                    image.repository == name && image.is_named(reference)
                });
                named.truncate(1);
                let others_matter = named.is_empty() && repositories.is_empty();
                let images = if others_matter { images } else { named };
                all(FactKey::Images, images).chain(all(FactKey::Repositories, repositories)).collect()
            }
            LookupQuery::ChangedFiles { since } => {
                let mut changes = positions(self.changed_files.as_ref(), |change| change.since == *since);
                changes.truncate(1);
                all(FactKey::ChangedFiles, changes).collect()
            }
            LookupQuery::ReadFile { path } => {
                let is_file = self.files.as_ref().is_some_and(|files| files.contains_key(path));
                is_file.then(|| FactId::File(path.clone())).into_iter().collect()
            }
        }
    }
}

fn positions<T>(list: Option<&Vec<T>>, matches: impl Fn(&T) -> bool) -> Vec<usize> {
    let elements = list.into_iter().flatten().enumerate();
    elements.filter(|(_, element)| matches(element)).map(|(index, _)| index).collect()
}
