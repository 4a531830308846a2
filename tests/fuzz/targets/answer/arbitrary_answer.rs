//! An arbitrary answer of a policy. Most of its parts are valid, so that some answers pass every check.

use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use sandbox::fuzzing::types;

/// Texts that are hostile in any field.
const HOSTILE: [&str; 20] = [
    "",
    "--privileged",
    "-",
    "a\nVerdict   web deployed",
    "::error::x",
    "a ::add-mask::x",
    "##vso[task.setvariable variable=a]b",
    "a##[error]b",
    "\u{1b}[2J\u{202e}",
    "a\u{2028}b",
    "../../etc",
    "/etc",
    "https://github.com/x/y",
    "a b",
    "a\0b",
    "=",
    "é",
    "'; rm -rf /; '",
    "arn:aws:ecs:eu-central-1:1\n2:service/production/web",
    "registry.example.com/web:1@sha256:0",
];

/// A text: a valid one for its field, a hostile one, or an arbitrary one.
#[derive(Debug)]
pub struct Text {
    kind: u8,
    any: Option<String>,
}

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let kind = u8::arbitrary(bytes)?;
        Ok(Self { kind, any: (kind >= 230).then(|| String::arbitrary(bytes)).transpose()? })
    }
}

impl Text {
    /// The text for a field with these valid texts.
    pub fn of(&self, valid: &[&str]) -> String {
        let kind = usize::from(self.kind);
        match &self.any {
            Some(any) => any.clone(),
            None if kind >= 200 => HOSTILE[(kind - 200) % HOSTILE.len()].to_owned(),
            None => valid[kind % valid.len()].to_owned(),
        }
    }

    /// A value, which may contain the secret and may be long.
    pub fn value(&self, secret: &str) -> String {
        match (&self.any, self.kind) {
            (None, 0..20) => secret.to_owned(),
            (None, 20..30) => format!("https://user:{secret}@registry.example.com"),
            (None, 30..130) => format!("{}{secret}", "a".repeat(300 + usize::from(self.kind))),
            (None, 130..140) => format!("{}{secret}", "a".repeat(4076 + usize::from(self.kind - 130))),
            _ => self.of(&["1", "production"]),
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Variable {
    name: Text,
    value: Text,
}

#[derive(Arbitrary, Debug)]
struct Image {
    name: Text,
    repository: Text,
    tag: Text,
    more_tags: Vec<Text>,
    source: PolicySource,
    publish_only: bool,
}

#[derive(Arbitrary, Debug)]
enum PolicySource {
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

#[derive(Arbitrary, Debug)]
enum Destination {
    Service { cluster: Text, service: Text },
    Family(Text),
    Schedule(Text),
    EventRule(Text),
}

#[derive(Arbitrary, Debug)]
struct ContainerChange {
    container: Text,
    image: Option<Text>,
    environment: Vec<Variable>,
    secrets: Vec<(Text, Text)>,
    unset: Vec<Text>,
    command: Option<Vec<Text>>,
}

#[derive(Arbitrary, Debug)]
struct Task {
    name: Text,
    container: Text,
    command: Vec<Text>,
    environment: Vec<Variable>,
    timeout_seconds: Option<u32>,
}

#[derive(Arbitrary, Debug)]
struct Target {
    destination: Destination,
    region: Option<Text>,
    role: Option<Text>,
    containers: Option<Vec<ContainerChange>>,
    is_latest: Option<bool>,
    size: Option<(Option<u32>, Option<u32>)>,
    before: Vec<Task>,
    after: Vec<Task>,
    wave: u32,
    rollout: Option<Rollout>,
}

#[derive(Arbitrary, Debug)]
struct Rollout {
    desired_count: Option<u32>,
    timeout_seconds: Option<u32>,
    bake_seconds: Option<u32>,
    rolls_back: Option<bool>,
}

/// The images and targets of an answer.
#[derive(Arbitrary, Debug)]
pub struct Answer {
    images: Vec<Image>,
    targets: Vec<Target>,
}

/// The maximum length of a list. Longer lists make a run slower and find no more.
const MAX_ITEMS: usize = 4;

const NAMES: [&str; 3] = ["web", "api", "worker"];
const REPOSITORIES: [&str; 3] = [
    "registry.example.com/web",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/api",
    "127.0.0.1:5000/worker",
];
const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn variables(variables: &[Variable], secret: &str) -> Vec<types::Setting> {
    let setting = |variable: &Variable| types::Setting {
        name: variable.name.of(&["NPM_TOKEN", "VERSION", "MODE"]),
        value: variable.value.value(secret),
    };
    variables.iter().take(MAX_ITEMS).map(setting).collect()
}

impl Image {
    fn to_contract(&self, number: usize, secret: &str) -> types::Image {
        let optional = |text: &Option<Text>, valid: &[&str]| text.as_ref().map(|text| text.of(valid));
        let source = match &self.source {
            PolicySource::Dockerfile => types::ImageSource::Dockerfile,
            PolicySource::Build {
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
            PolicySource::Pushed(reference) => types::ImageSource::Pushed(reference.of(&["master", DIGEST])),
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

/// The texts of a list. The valid ones differ, as most lists require.
fn texts(texts: &[Text], valid: &[&str]) -> Vec<String> {
    let texts = texts.iter().take(MAX_ITEMS).enumerate();
    texts.map(|(number, text)| text.of(&valid[number % valid.len()..])).collect()
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

impl ContainerChange {
    fn to_contract(&self, secret: &str) -> types::ContainerChange {
        let reference = |(name, value_from): &(Text, Text)| types::SecretReference {
            name: name.of(&["DATABASE_URL", "TOKEN"]),
            value_from: value_from.of(&["arn:aws:ssm:eu-central-1:123456789012:parameter/db"]),
        };
        let command =
            |command: &Vec<Text>| command.iter().take(MAX_ITEMS).map(|part| part.value(secret)).collect();
        types::ContainerChange {
            container: self.container.of(&NAMES),
            image: self.image.as_ref().map(|image| image.of(&NAMES)),
            environment: variables(&self.environment, secret),
            secrets: self.secrets.iter().take(MAX_ITEMS).map(reference).collect(),
            unset: texts(&self.unset, &["OLD", "OLDER"]),
            command: self.command.as_ref().map(command),
        }
    }
}

impl Rollout {
    fn to_contract(&self) -> types::RolloutOptions {
        types::RolloutOptions {
            desired_count: self.desired_count,
            timeout_seconds: self.timeout_seconds,
            bake_seconds: self.bake_seconds,
            on_failure: self.rolls_back.map(|rolls_back| {
                if rolls_back { types::FailureAction::RollBack } else { types::FailureAction::Leave }
            }),
        }
    }
}

impl Target {
    fn to_contract(&self, number: usize, secret: &str) -> types::Target {
        let name = NAMES[number % NAMES.len()];
        let arn = format!("arn:aws:ecs:eu-central-1:123456789012:service/production/{name}");
        let destination = match &self.destination {
            Destination::Service { cluster, service } => types::Destination::Service(types::ServiceName {
                cluster: cluster
                    .of(&["production", "arn:aws:ecs:eu-central-1:123456789012:cluster/production"]),
                service: service.of(&[name, &arn]),
            }),
            Destination::Family(family) => types::Destination::Family(family.of(&[name])),
            Destination::Schedule(schedule) => {
                types::Destination::Schedule(schedule.of(&[name, "jobs/report"]))
            }
            Destination::EventRule(rule) => types::Destination::EventRule(rule.of(&[name, "orders/order"])),
        };
        let containers = |changes: &Vec<ContainerChange>| {
            changes.iter().take(MAX_ITEMS).map(|change| change.to_contract(secret)).collect()
        };
        let task_definition = (self.is_latest.is_some() || self.size.is_some()).then(|| {
            let (cpu_units, memory_mib) = self.size.unwrap_or_default();
            let base = self.is_latest.map(|is_latest| match is_latest {
                true => types::BaseRevision::Latest,
                false => types::BaseRevision::Running,
            });
            types::TaskDefinitionOptions { base, cpu_units, memory_mib }
        });
        let tasks =
            |tasks: &[Task]| tasks.iter().take(MAX_ITEMS).map(|task| task.to_contract(secret)).collect();
        types::Target {
            destination,
            region: self.region.as_ref().map(|region| region.of(&["eu-central-1", "us-east-1"])),
            role: self.role.as_ref().map(|role| role.of(&["arn:aws:iam::123456789012:role/deploy"])),
            containers: self.containers.as_ref().map(containers),
            task_definition,
            rollout: self.rollout.as_ref().map(Rollout::to_contract),
            tasks_before: tasks(&self.before),
            tasks_after: tasks(&self.after),
            wave: self.wave,
        }
    }
}

impl Task {
    fn to_contract(&self, secret: &str) -> types::OneOffTask {
        types::OneOffTask {
            name: self.name.of(&["migrate", "warm up"]),
            container: self.container.of(&NAMES),
            command: self.command.iter().take(MAX_ITEMS).map(|part| part.value(secret)).collect(),
            environment: variables(&self.environment, secret),
            timeout_seconds: self.timeout_seconds,
        }
    }
}

impl Answer {
    /// The images. Some of them contain the secret.
    pub fn images(&self, secret: &str) -> Vec<types::Image> {
        let images = self.images.iter().take(MAX_ITEMS).enumerate();
        images.map(|(number, image)| image.to_contract(number, secret)).collect()
    }

    /// The targets. Some of them contain the secret.
    pub fn targets(&self, secret: &str) -> Vec<types::Target> {
        let targets = self.targets.iter().take(MAX_ITEMS).enumerate();
        targets.map(|(number, target)| target.to_contract(number, secret)).collect()
    }
}
