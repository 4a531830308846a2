//! Lookups that fail in a case.

use serde::{Deserialize, Serialize};

use model::lookup::LookupQuery;

/// The functions that a policy can import.
pub(super) const FUNCTIONS: [&str; 5] = [
    "services.list-services",
    "services.get-service",
    "registry.get-image",
    "source.changed-files",
    "source.read-file",
];

/// A lookup that fails. It applies to every query that has the arguments that are set here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct LookupFailure {
    /// One of [`FUNCTIONS`].
    pub(super) function: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// The error that the policy receives.
    pub(super) error: String,
}

impl LookupFailure {
    /// The failure of exactly this query.
    pub(super) fn new(query: &LookupQuery, error: String) -> Self {
        let [list_services, get_service, get_image, changed_files, read_file] = FUNCTIONS;
        let failure = |function: &str| Self {
            function: function.to_owned(),
            cluster: None,
            name: None,
            repository: None,
            reference: None,
            since: None,
            path: None,
            error,
        };
        match query {
            LookupQuery::ListServices { cluster } => {
                Self { cluster: Some(cluster.clone()), ..failure(list_services) }
            }
            LookupQuery::GetService { cluster, name } => {
                Self { cluster: Some(cluster.clone()), name: Some(name.clone()), ..failure(get_service) }
            }
            LookupQuery::GetImage { repository, reference } => Self {
                repository: Some(repository.to_string()),
                reference: Some(reference.as_str().to_owned()),
                ..failure(get_image)
            },
            LookupQuery::ChangedFiles { since } => {
                Self { since: Some(since.clone()), ..failure(changed_files) }
            }
            LookupQuery::ReadFile { path } => Self { path: Some(path.clone()), ..failure(read_file) },
        }
    }

    pub(super) fn applies_to(&self, query: &LookupQuery) -> bool {
        let other = Self::new(query, String::new());
        let is_same = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        self.function == other.function
            && is_same(&self.cluster, &other.cluster)
            && is_same(&self.name, &other.name)
            && is_same(&self.repository, &other.repository)
            && is_same(&self.reference, &other.reference)
            && is_same(&self.since, &other.since)
            && is_same(&self.path, &other.path)
    }
}
