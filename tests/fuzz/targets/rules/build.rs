//! An arbitrary build, with settings and changed paths. No bytes are a push to `main`.

use ecs_host_policy as guest;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use model::build::{Build, BuildEvent, PullRequest};
use model::secret::is_secret;

use crate::text::Text;

const REFS: [&str; 6] = ["main", "v1.2", "feature/x", "master", "-a/Ä-", "release/1.2"];

/// The settings, whose names the examples contain.
const SETTINGS: [&str; 9] = [
    "DEPLOY_X",
    "DEPLOY_ACCOUNT",
    "DEPLOY_BRANCHES",
    "DEPLOY_TAGS",
    "IMAGE_NAME",
    "REMOTE_IMAGE_URL",
    "ECS_CLUSTER_MAIN",
    "ECS_SERVICE_MAIN",
    "ECS_CLUSTER_STAGING",
];

const VALUES: [&str; 16] = [
    "main",
    "web, worker",
    "registry.example/web",
    "eu-west-1",
    "arn:aws:iam::123456789012:role/deploy",
    "arn:aws:ecs:eu-west-1:123456789012:cluster/main",
    "arn:aws:ecs:eu-west-1:123456789012:service/main/web",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
    "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/nightly",
    "registry.example/web:1",
    "type=registry,ref=registry.example/web:cache",
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "main v1.2 feature/x",
    "default/nightly",
    " ",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web",
];

const PATHS: [&str; 4] = ["web/index.html", "docs/a.md", "api/main.rs", "README.md"];

/// An arbitrary build.
#[derive(Arbitrary, Debug)]
pub struct DrawnBuild {
    event: u8,
    branch: Text,
    tag: Option<Text>,
    request: Option<(Text, Option<bool>)>,
    is_travis: bool,
    job: Option<u8>,
    number: Option<u64>,
    repository: Option<Text>,
    provider_event: Option<Text>,
    message: Option<Text>,
    has_base: bool,
    has_no_history: bool,
    changed: Vec<Text>,
    settings: [Option<Text>; SETTINGS.len()],
}

impl DrawnBuild {
    /// The build, in which each text is one that the host accepts.
    pub fn build(&self) -> Build {
        let text = |text: &Text, valid: &[&str]| {
            let text = text.of(valid);
            let is_valid = (1..=1024).contains(&text.len()) && !text.contains(char::is_control);
            if is_valid { text } else { valid[0].to_owned() }
        };
        let events = [
            BuildEvent::Push,
            BuildEvent::Tag,
            BuildEvent::PullRequest,
            BuildEvent::Schedule,
            BuildEvent::Manual,
        ];
        Build {
            provider: if self.is_travis { "travis" } else { "none" }.into(),
            repository: self.repository.as_ref().map(|own| text(own, &["shop/shop", "other/shop"])),
            branch: text(&self.branch, &REFS),
            commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".to_owned(),
            commit_message: self.message.as_ref().map(|own| own.of(&["A change", "Fix\n\n[skip deploy]"])),
            commit_time: None,
            base_commit: self.has_base.then(|| "1".repeat(40)),
            event: events[usize::from(self.event) % events.len()],
            provider_event: self.provider_event.as_ref().map(|own| text(own, &["cron", "api"])),
            tag: self.tag.as_ref().map(|own| text(own, &REFS)),
            pull_request: self.request.as_ref().map(|(number, is_fork)| PullRequest {
                number: text(number, &["12", "1"]),
                source_branch: None,
                is_fork: *is_fork,
            }),
            number: self.number,
            number_scope: None,
            job: self.job.map(|job| 1 + u32::from(job) / 64),
            actor: None,
            started_at: 1_800_000_000,
        }
    }

    /// The settings, without those that the host would withhold. A variable contains no NUL character.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let drawn = SETTINGS.iter().zip(&self.settings);
        let drawn = drawn.filter_map(|(name, value)| Some((*name, value.as_ref()?.of(&VALUES))));
        drawn.filter(|(name, value)| !is_secret(name, value) && !value.contains('\0')).collect()
    }

    /// The paths that git reports, or why it reports none.
    pub fn changed(&self) -> Result<Vec<String>, String> {
        match self.has_no_history {
            true => Err("the clone is shallow".to_owned()),
            false => Ok(self.changed.iter().take(4).map(|path| path.of(&PATHS)).collect()),
        }
    }
}

/// The build as the host passes it to a policy.
pub fn to_guest(build: &Build, settings: &[(&str, String)]) -> guest::Build {
    let build = build.clone();
    let event = match build.event {
        BuildEvent::Push => guest::Event::Push,
        BuildEvent::PullRequest => guest::Event::PullRequest,
        BuildEvent::Tag => guest::Event::Tag,
        BuildEvent::Schedule => guest::Event::Schedule,
        BuildEvent::Manual => guest::Event::Manual,
    };
    let pull_request = build.pull_request.map(|request| guest::PullRequest {
        number: request.number,
        source_branch: request.source_branch,
        is_fork: request.is_fork,
    });
    let drawn = guest::Build {
        provider: build.provider.clone().into_owned(),
        repository: build.repository,
        commit: build.commit,
        commit_message: build.commit_message,
        base_commit: build.base_commit,
        event,
        provider_event: build.provider_event,
        tag: build.tag,
        pull_request,
        number: build.number,
        job: build.job,
        ..guest::Build::on_branch(build.branch)
    };
    settings.iter().fold(drawn, |build, (name, value)| build.with_setting(*name, value))
}
