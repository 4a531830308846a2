//! The imports of the contract: `services`, `registry` and `source`, answered by a [`LookupSession`].

use wasmtime::component::{HasData, Linker};

use super::bindings::ecs_host::policy::{registry, services, source};
use super::values::{from_image, from_service};
use crate::lookup::LookupSession;
use crate::store::State;
use model::build::is_commit_hash;
use model::decision::Reference;
use model::lookup::{LookupQuery, LookupReply, LookupResult};
use model::names::{EcsResource, InvalidName, Repository};

/// The part of a store's data that the imports use.
struct LookupView<'a>(&'a mut LookupSession);

struct HasLookups;

impl HasData for HasLookups {
    type Data<'a> = LookupView<'a>;
}

/// Adds the imports of the contract to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    fn view(state: &mut State) -> LookupView<'_> {
        LookupView(state.lookups())
    }
    services::add_to_linker::<State, HasLookups>(linker, view)?;
    registry::add_to_linker::<State, HasLookups>(linker, view)?;
    source::add_to_linker::<State, HasLookups>(linker, view)
}

impl LookupView<'_> {
    /// Resolves a query if its names are valid. The inner error is the one that the policy receives; the outer one
    /// ends the evaluation. `reply` converts a reply of the expected kind.
    fn resolve<R>(
        &mut self,
        query: Result<LookupQuery, InvalidName>,
        reply: impl FnOnce(LookupReply) -> Option<R>,
    ) -> wasmtime::Result<Result<R, String>> {
        let query = match query {
            Ok(query) => query,
            Err(invalid) => return Ok(Err(invalid.to_string())),
        };
        match self.0.resolve(query)? {
            LookupResult::Reply(answer) => match reply(answer) {
                Some(value) => Ok(Ok(value)),
                None => Err(wasmtime::Error::msg("the host returned a reply of another query's kind")),
            },
            LookupResult::Error(message) => Ok(Err(message)),
        }
    }
}

impl services::Host for LookupView<'_> {
    fn list_services(&mut self, cluster: String) -> wasmtime::Result<Result<Vec<services::Service>, String>> {
        let query = EcsResource::parse("cluster", &cluster).map(|_| LookupQuery::ListServices { cluster });
        self.resolve(query, |reply| match reply {
            LookupReply::Services(services) => Some(services.into_iter().map(from_service).collect()),
            _ => None,
        })
    }

    fn get_service(
        &mut self,
        cluster: String,
        name: String,
    ) -> wasmtime::Result<Result<Option<services::Service>, String>> {
        let query = EcsResource::parse("cluster", &cluster)
            .and_then(|_| EcsResource::parse("service", &name))
            .map(|_| LookupQuery::GetService { cluster, name });
        self.resolve(query, |reply| match reply {
            LookupReply::Service(service) => Some(service.map(from_service)),
            _ => None,
        })
    }
}

impl registry::Host for LookupView<'_> {
    fn get_image(
        &mut self,
        repository: String,
        reference: String,
    ) -> wasmtime::Result<Result<Option<registry::PushedImage>, String>> {
        let query = Repository::parse(&repository).and_then(|repository| {
            Ok(LookupQuery::GetImage { repository, reference: Reference::parse(&reference)? })
        });
        self.resolve(query, |reply| match reply {
            LookupReply::Image(image) => Some(image.map(from_image)),
            _ => None,
        })
    }
}

impl source::Host for LookupView<'_> {
    fn changed_files(&mut self, since: String) -> wasmtime::Result<Result<Vec<String>, String>> {
        let query = parse_commit(since).map(|since| LookupQuery::ChangedFiles { since });
        self.resolve(query, |reply| match reply {
            LookupReply::ChangedFiles(files) => Some(files),
            _ => None,
        })
    }

    fn read_file(&mut self, path: String) -> wasmtime::Result<Result<Option<String>, String>> {
        let query = parse_source_path(path).map(|path| LookupQuery::ReadFile { path });
        self.resolve(query, |reply| match reply {
            LookupReply::File(text) => Some(text),
            _ => None,
        })
    }
}

fn parse_commit(text: String) -> Result<String, InvalidName> {
    let rule = "expected the full hash, 40 or 64 lower-case hexadecimal digits";
    if is_commit_hash(&text) { Ok(text) } else { Err(InvalidName::new("commit", &text, rule)) }
}

/// The longest path of a file that a policy reads, in bytes, as on Linux.
const MAX_PATH: usize = 4096;

fn parse_source_path(text: String) -> Result<String, InvalidName> {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\0', '\n']);
    let is_valid = text.len() <= MAX_PATH && text.split('/').all(is_part);
    let rule = "expected a path relative to the root of the repository, without `.` and `..`";
    if is_valid { Ok(text) } else { Err(InvalidName::new("path", &text, rule)) }
}
