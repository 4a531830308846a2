//! A policy's file of any content: refused in words, or asked within its limits, with the same answer
//! every time.
#![no_main]

mod told;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ecs_host::ci::{Build, Environment, Event as CiEvent};
use ecs_host::fuzzing;
use ecs_host::names::Digest;
use ecs_host::policy::inspect::Inspection;
use ecs_host::policy::limits::Limit;
use ecs_host::policy::lookup::{Lookup, PushedImage, LookupQuery, LookupReply, RunningContainer, Service, LookupError};
use ecs_host::policy::settings::is_secret_name;
use ecs_host::policy::{Answer, Binary, Grant, Limits, Policy, PolicyError, PolicySource, Terms};
use ecs_host::report::{Event, Secrets, inspection};
use libfuzzer_sys::fuzz_target;
use told::{assert_line, assert_lines, assert_written};

/// Far less than a real policy is given: who uses it up is told so, and sooner.
fn limits() -> Limits {
    Limits {
        size: 1 << 20,
        compile: Duration::from_secs(60),
        fuel: 300_000,
        memory: 8 << 20,
        answer: 256 << 10,
        output: 4 << 10,
        time: Duration::from_secs(2),
        ..Limits::default()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let source = PolicySource::File(PathBuf::from("policy.wasm"));
    let binary = match Binary::of(source, Cow::Owned(bytes.to_vec()), &limits()) {
        Ok(binary) => binary,
        Err(error) => return refused(&error),
    };
    assert_eq!((binary.digest(), &**binary.bytes), (&Digest::sha256(bytes), bytes));
    let found = match Inspection::of(&binary, BTreeSet::new(), limits()) {
        Ok(found) => found,
        Err(error) => return refused(&error),
    };
    let every: BTreeSet<Grant> = Grant::ALL.into_iter().collect();
    let mut text = Vec::new();
    inspection::write(&mut text, &found, &every).expect("memory takes all");
    assert_lines(&String::from_utf8_lossy(&text));
    assert!(found.manifest.is_some() != found.problem.is_some());
    // What can't be asked what it is can't be asked anything else.
    if found.manifest.is_none() {
        return;
    }
    let policy = match Policy::compile(&binary, None, &every, &limits()) {
        Ok(policy) => policy,
        Err(error) => panic!("it was inspected, and can't be compiled: {error}"),
    };
    let first = ask(&policy);
    let second = ask(&policy);
    assert_told(&first);
    // The wall clock alone may end it elsewhere.
    let timed_out =
        |answer: &Answer| matches!(answer.decision, Err(PolicyError::Limit { limit: Limit::Time(_), .. }));
    if !timed_out(&first) && !timed_out(&second) {
        assert_eq!(format!("{first:?}"), format!("{second:?}"), "it answered otherwise the second time");
    }
});

/// Why it is none, in words; never because the host or its compiler gave way.
fn refused(error: &PolicyError) {
    let text = error.to_string();
    assert_lines(&text);
    assert!(!matches!(error, PolicyError::Sandbox { .. }), "{text}");
    assert!(!text.contains("the compiler panicked"), "{text}");
    assert!(!matches!(error, PolicyError::Limit { limit: Limit::Compile(_), .. }), "{text}");
}

fn ask(policy: &Policy) -> Answer {
    let build = Build {
        provider: "travis",
        repository: Some("team/app".to_owned()),
        branch: "master".to_owned(),
        commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".to_owned(),
        commit_message: Some("A change".to_owned()),
        commit_time: None,
        event: CiEvent::Push,
        tag: None,
        pull_request: None,
        number: Some(12),
        job: Some(1),
    };
    let environment = Environment::from_iter([
        ("DEPLOY_BRANCHES", "master production"),
        ("IMAGE_NAME", "web"),
        ("REMOTE_IMAGE_URL", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web"),
        ("ECS_CLUSTER_MASTER", "master"),
        ("ECS_SERVICE_MASTER", "web"),
        ("ECS_CLUSTER_TOKEN", "hunter2-hunter2"),
        ("NPM_TOKEN", "hunter2-hunter2"),
    ]);
    let terms = Terms { limits: limits(), allowed_secrets: BTreeSet::new(), lookup: Arc::new(Known) };
    match policy.ask(|asker| asker.decide(&build, &environment, &terms)) {
        Ok(answer) => answer,
        Err(error) => panic!("there is no answer: {error}"),
    }
}

fn assert_told(answer: &Answer) {
    assert!(answer.fuel <= limits().fuel);
    assert!(!answer.settings.given.iter().any(|(name, _)| is_secret_name(name)));
    assert!(!format!("{answer:?}").contains("hunter2"), "it was told a secret");
    answer.output.iter().for_each(|line| assert_line(line));
    match &answer.decision {
        Ok(decision) => {
            let decided = Event::DecisionMade(decision.clone());
            assert_written(&fuzzing::written(&decided, &Secrets::default()));
        }
        Err(error) => {
            assert!(!matches!(error, PolicyError::Sandbox { .. }), "{error}");
            assert_lines(&error.to_string());
        }
    }
    for lookup in &answer.lookups {
        let event = Event::PolicyLookup { policy: answer.policy.clone(), lookup: lookup.clone() };
        assert_written(&fuzzing::written(&event, &Secrets::default()));
    }
    assert_eq!(answer.manifest.as_ref().map(|manifest| &manifest.name), Some(&answer.policy));
}

/// Facts to look up.
struct Known;

impl Lookup for Known {
    fn look_up(&self, question: &LookupQuery, _: Instant) -> Result<LookupReply, LookupError> {
        let service = |cluster: &str, name: &str| Service {
            cluster: cluster.to_owned(),
            name: name.to_owned(),
            tags: BTreeMap::new(),
            containers: vec![RunningContainer {
                name: "web".to_owned(),
                image: "h.example/web:1".to_owned(),
            }],
            deployed_by: None,
        };
        Ok(match question {
            LookupQuery::ListServices { cluster } => LookupReply::Services(vec![service(cluster, "web")]),
            LookupQuery::GetService { name, .. } if name.len() > 20 => LookupReply::Service(None),
            LookupQuery::GetService { cluster, name } => LookupReply::Service(Some(service(cluster, name))),
            LookupQuery::GetImage { repository, .. } if repository.path().len() > 40 => {
                return Err(LookupError::Said("there is no such repository".to_owned()));
            }
            LookupQuery::GetImage { reference, .. } => LookupReply::Image(Some(PushedImage {
                digest: Digest::sha256(b"image"),
                tags: vec![reference.as_str().to_owned()],
                pushed_at: 1_700_000_000,
            })),
        })
    }
}
