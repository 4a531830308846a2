//! Arbitrary images.

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use sandbox::fuzzing::types;

use super::{DIGEST, MAX_ITEMS, NAMES, REPOSITORIES, Text, Variable, texts, variables};

#[derive(Arbitrary, Debug)]
pub(super) struct Image {
    name: Text,
    repository: Text,
    tag: Text,
    more_tags: Vec<Text>,
    source: ComponentSource,
    publish_only: bool,
}

#[derive(Arbitrary, Debug)]
enum ComponentSource {
    Dockerfile,
    Build {
        context: Text,
        dockerfile: Option<Text>,
        stage: Option<Text>,
        platforms: Vec<Text>,
        arguments: Vec<Variable>,
        labels: Vec<Variable>,
        pull: bool,
        buildkit: Option<BuildkitOptions>,
    },
    Pushed(Text),
}

#[derive(Arbitrary, Debug)]
struct BuildkitOptions {
    secrets: Vec<(Text, Text)>,
    ssh: Option<Text>,
    caches: Vec<Text>,
    contexts: Vec<(Text, Text, bool)>,
}

impl Image {
    pub(super) fn to_contract(&self, number: usize, secret: &str) -> types::Image {
        let optional = |text: &Option<Text>, valid: &[&str]| text.as_ref().map(|text| text.of(valid));
        let source = match &self.source {
            ComponentSource::Dockerfile => types::ImageSource::Dockerfile,
            ComponentSource::Build {
                context,
                dockerfile,
                stage,
                platforms,
                arguments,
                labels,
                pull,
                buildkit,
            } => types::ImageSource::Build(types::DockerBuild {
                context: context.of(&[".", "web", "./services/api", "a##b"]),
                dockerfile: optional(dockerfile, &["Dockerfile", "docker/Dockerfile.prod"]),
                stage: optional(stage, &["run"]),
                arguments: variables(arguments, secret),
                platforms: texts(platforms, &["linux/arm64", "linux/amd64", "linux/s390x"]),
                labels: variables(labels, secret),
                pull: *pull,
                buildkit: buildkit.as_ref().map(BuildkitOptions::to_contract),
            }),
            ComponentSource::Pushed(reference) => {
                types::ImageSource::Pushed(reference.of(&["master", DIGEST]))
            }
        };
        let tags = std::iter::once(&self.tag).chain(self.more_tags.iter().take(MAX_ITEMS));
        types::Image {
            name: self.name.of(&NAMES[number % NAMES.len()..]),
            repository: self.repository.of(&REPOSITORIES[number % REPOSITORIES.len()..]),
            tags: tags
                .map(|tag| tag.of(&["master", "master-3f2a9c10d1e2f30415263748596a7b8c9d0e1f20"]))
                .collect(),
            source,
            publish_only: self.publish_only,
        }
    }
}

impl BuildkitOptions {
    fn to_contract(&self) -> types::BuildkitOptions {
        let secret = |(id, variable): &(Text, Text)| types::BuildSecret {
            id: id.of(&["npm", "git"]),
            variable: variable.of(&["NPM_TOKEN", "GIT_TOKEN"]),
        };
        let context = |(name, content, is_image): &(Text, Text, bool)| types::BuildContext {
            name: name.of(&["common", "base"]),
            content: match is_image {
                true => types::ContextContent::Image(content.of(&["registry.example.com/base:1"])),
                false => types::ContextContent::Directory(content.of(&["common", "."])),
            },
        };
        let caches =
            ["registry.example.com/web:cache", "type=gha,scope=web", "type=registry,ref=r.example/c:1"];
        types::BuildkitOptions {
            secrets: self.secrets.iter().take(MAX_ITEMS).map(secret).collect(),
            ssh: self.ssh.iter().map(|id| id.of(&["default"])).collect(),
            cache_from: texts(&self.caches, &caches),
            cache_to: texts(&self.caches, &caches),
            contexts: self.contexts.iter().take(MAX_ITEMS).map(context).collect(),
        }
    }
}
