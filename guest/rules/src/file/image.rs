//! Reading an image.

use alloc::{borrow::ToOwned as _, format, string::String, vec, vec::Vec};

use super::names;
use super::table::Table;
use crate::grammar::{
    CACHE_DESTINATION, CACHE_SOURCE, CONTEXT, Grammar, IMAGE, LABEL, PATH, REFERENCE, SECRET, SSH, TITLE,
    VARIABLE, WORD, repository_problem,
};
use crate::problem::{Located, Problems};
use crate::template::{Part, Template, Value};

/// An image, and how it is built.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) key: String,
    pub(crate) at: usize,
    pub(crate) name: Option<Located<Template>>,
    pub(crate) repository: Located<Template>,
    pub(crate) tags: Vec<Located<Template>>,
    pub(crate) source: Source,
    pub(crate) is_publish_only: bool,
}

/// Where an image comes from.
#[derive(Debug)]
pub(crate) enum Source {
    Pushed(Located<Template>),
    Build(Box),
}

/// The options of a build, on the heap.
type Box = alloc::boxed::Box<Build>;

/// The options of a build.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Build {
    pub(crate) context: Option<String>,
    pub(crate) dockerfile: Option<String>,
    pub(crate) stage: Option<String>,
    pub(crate) arguments: Vec<(String, Located<Template>)>,
    pub(crate) platforms: Vec<String>,
    pub(crate) labels: Vec<(String, Located<Template>)>,
    pub(crate) pull: bool,
    pub(crate) secrets: Vec<(String, String)>,
    pub(crate) ssh: Vec<String>,
    pub(crate) cache_from: Vec<Located<Template>>,
    pub(crate) cache_to: Vec<Located<Template>>,
    pub(crate) contexts: Vec<(String, Context)>,
}

/// The files of an additional context.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Context {
    Directory(String),
    Image(Located<Template>),
}

/// The keys of an image.
pub(crate) const KEYS: [&str; 17] = [
    "name",
    "repository",
    "tags",
    "publish-only",
    "pushed",
    "context",
    "dockerfile",
    "stage",
    "arguments",
    "platforms",
    "labels",
    "pull",
    "secrets",
    "ssh",
    "cache-from",
    "cache-to",
    "contexts",
];

/// The keys of a context.
pub(crate) const CONTEXT_KEYS: [&str; 2] = ["directory", "image"];

/// Reads an image. It is `None` without a repository.
pub(super) fn read(key: String, table: &Table<'_>, problems: &mut Problems) -> Option<Image> {
    if table.check_keys(&KEYS, problems) {
        table.require("repository", problems);
    }
    let name = TITLE.template(table, "name", problems);
    if name.is_none() && table.position("name").is_none() {
        TITLE.check(table, "name", &key, table.at, problems);
    }
    let repository = table.template("repository", problems);
    if let Some(repository) = &repository {
        check_repository(repository, problems);
    }
    let mut tags = names::tags(table, "tags", problems);
    if table.position("tags").is_none() {
        tags = default_tags(table.at);
    }
    let is_publish_only = table.boolean("publish-only", problems).unwrap_or_default();
    let pushed = REFERENCE.template(table, "pushed", problems);
    if let Some(pushed) = pushed.as_ref().filter(|pushed| pushed.value.as_literal().is_none()) {
        names::check_tag_parts(table, "pushed", pushed, problems);
    }
    let build = read_build(table, problems);
    let source = match pushed {
        Some(pushed) => {
            let option = KEYS.into_iter().skip_while(|key| *key != "context");
            if let Some((option, at)) = option.filter_map(|key| Some((key, table.position(key)?))).next() {
                problems.add(
                    at,
                    format!("`{option}` is an option of a build, and an image with `pushed` is not built"),
                );
            }
            Source::Pushed(pushed)
        }
        None => Source::Build(build.into()),
    };
    Some(Image { key, at: table.at, name, repository: repository?, tags, source, is_publish_only })
}

/// The environment, and the environment with the commit.
fn default_tags(at: usize) -> Vec<Located<Template>> {
    let environment = || Part::Value(Value::Environment);
    let commit = vec![environment(), Part::Text("-".to_owned()), Part::Value(Value::Commit)];
    [vec![environment()], commit].map(|parts| Located { value: Template(parts), at }).into()
}

/// The repository of an example.
pub(crate) const EXAMPLE: &str = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web";

fn check_repository(repository: &Located<Template>, problems: &mut Problems) {
    if let Some(problem) = repository.value.as_literal().and_then(repository_problem) {
        problems.add(
            repository.at,
            format!("`repository` is not that of an image, such as `{EXAMPLE}`: {problem}"),
        );
    }
}

fn read_build(table: &Table<'_>, problems: &mut Problems) -> Build {
    let mut text = |grammar: &Grammar, key| grammar.text(table, key, problems).map(|text| text.value);
    let (context, dockerfile, stage) =
        (text(&PATH, "context"), text(&PATH, "dockerfile"), text(&WORD, "stage"));
    let platforms = WORD.distinct_texts(table, "platforms", problems);
    let ssh = SSH.distinct_texts(table, "ssh", problems);
    VARIABLE.names(table, "arguments", problems);
    LABEL.names(table, "labels", problems);
    SECRET.names(table, "secrets", problems);
    CONTEXT.names(table, "contexts", problems);
    let secrets = table.pairs("secrets", problems);
    for (_, variable) in &secrets {
        VARIABLE.check(table, "secrets", &variable.value, variable.at, problems);
    }
    Build {
        context,
        dockerfile,
        stage,
        arguments: table.template_pairs("arguments", problems),
        platforms,
        labels: table.template_pairs("labels", problems),
        pull: table.boolean("pull", problems).unwrap_or_default(),
        secrets: secrets.into_iter().map(|(id, variable)| (id.value, variable.value)).collect(),
        ssh,
        cache_from: CACHE_SOURCE.templates(table, "cache-from", problems),
        cache_to: CACHE_DESTINATION.templates(table, "cache-to", problems),
        contexts: read_contexts(table, problems),
    }
}

fn read_contexts(table: &Table<'_>, problems: &mut Problems) -> Vec<(String, Context)> {
    let tables = table.named_tables("contexts", problems);
    let read = |(name, table): (String, Table<'_>)| {
        let is_known = table.check_keys(&CONTEXT_KEYS, problems);
        let directory = PATH.text(&table, "directory", problems);
        let directory = directory.map(|text| Context::Directory(text.value));
        let image = IMAGE.template(&table, "image", problems).map(Context::Image);
        match (directory, image) {
            (Some(context), None) | (None, Some(context)) => Some((name, context)),
            (None, None) if !is_known => None,
            (own, _) => {
                let only = if own.is_some() { "only " } else { "" };
                problems.add(table.at, format!("{} needs {only}one of `directory` and `image`", table.name));
                None
            }
        }
    };
    tables.into_iter().filter_map(read).collect()
}
