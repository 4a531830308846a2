//! An arbitrary file as a policy: it is rejected with a message, or it runs within its limits and returns the
//! same answer every time.
#![no_main]

mod printed;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ecs_host::fuzzing;
use ecs_host::output::{Secrets, inspection};
use libfuzzer_sys::fuzz_target;
use model::Environment;
use model::build::{Build, BuildEvent};
use model::event::Event;
use model::lookup::{Grant, LookupQuery, LookupReply, PushedImage, RunningContainer, Service};
use model::names::Digest;
use model::secret::is_secret;
use model::source::ComponentSource;
use printed::{assert_line, assert_lines, assert_written};
use sandbox::inspect::Inspection;
use sandbox::limits::Limit;
use sandbox::lookup::LookupError;
use sandbox::{
    Binary, Compiler, ComponentError, ComponentKind, Evaluation, Limits, LookupSource, Policy, SandboxOptions,
};

/// Much lower than the defaults, so that more inputs reach a limit, and sooner.
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
    let source = ComponentSource::File(PathBuf::from("policy.wasm"));
    let binary = match Binary::new(ComponentKind::Policy, source, Cow::Owned(bytes.to_vec()), &limits()) {
        Ok(binary) => binary,
        Err(error) => return assert_rejected(&error),
    };
    assert_eq!((binary.digest(), &**binary.bytes), (&Digest::sha256(bytes), bytes));
    let inspection = match Inspection::new(&binary, &Compiler::default(), BTreeSet::new(), limits()) {
        Ok(inspection) => inspection,
        Err(error) => return assert_rejected(&error),
    };
    let grants: BTreeSet<Grant> = Grant::ALL.into_iter().collect();
    let mut text = Vec::new();
    inspection::write(&mut text, &inspection, &grants).expect("a write to memory");
    assert_lines(&String::from_utf8_lossy(&text));
    assert!(inspection.manifest.is_some() != inspection.problem.is_some());
    // A policy without a manifest runs for no build.
    if inspection.manifest.is_none() {
        return;
    }
    let policy = match Policy::compile(&binary, &Compiler::default(), &grants, &limits()) {
        Ok(policy) => policy,
        Err(error) => panic!("it was inspected, and compiling it failed: {error}"),
    };
    let first = evaluate(&policy);
    let second = evaluate(&policy);
    assert_valid(&first);
    // The wall-clock limit ends a policy at different places.
    let timed_out = |evaluation: &Evaluation| {
        matches!(evaluation.decision, Err(ComponentError::LimitExceeded { limit: Limit::Time(_), .. }))
    };
    if !timed_out(&first) && !timed_out(&second) {
        assert_eq!(format!("{first:?}"), format!("{second:?}"), "the second answer differs");
    }
});

/// Asserts that the error is printable, and not one of the host or its compiler.
fn assert_rejected(error: &ComponentError) {
    let text = error.to_string();
    assert_lines(&text);
    assert!(!matches!(error, ComponentError::Sandbox { .. }), "{text}");
    assert!(!text.contains("the compiler panicked"), "{text}");
    assert!(!matches!(error, ComponentError::LimitExceeded { limit: Limit::Compile(_), .. }), "{text}");
}

fn evaluate(policy: &Policy) -> Evaluation {
    let build = Build {
        provider: "travis".into(),
        repository: Some("team/app".to_owned()),
        branch: "master".to_owned(),
        commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".to_owned(),
        commit_message: Some("A change".to_owned()),
        commit_time: None,
        base_commit: None,
        event: BuildEvent::Push,
        provider_event: None,
        tag: None,
        pull_request: None,
        number: Some(12),
        number_scope: None,
        job: Some(1),
        actor: None,
        started_at: 1_800_000_000,
    };
    let environment = Environment::from_iter([
        ("DEPLOY_BRANCHES", "master production"),
        ("IMAGE_NAME", "web"),
        ("REMOTE_IMAGE_URL", "123456789012.dkr.ecr.eu-central-1.amazonaws.com/web"),
        ("ECS_CLUSTER_MASTER", "master"),
        ("ECS_SERVICE_MASTER", "web"),
        ("ECS_CLUSTER_CACHE", "redis://:hunter2-hunter2@cache"),
        ("NPM_TOKEN", "hunter2-hunter2"),
    ]);
    let options =
        SandboxOptions { limits: limits(), allowed_secrets: BTreeSet::new(), lookup: Arc::new(KnownFacts) };
    match policy.evaluate(&build, &environment, &options) {
        Ok(evaluation) => evaluation,
        Err(error) => panic!("the sandbox failed: {error}"),
    }
}

fn assert_valid(evaluation: &Evaluation) {
    assert!(evaluation.fuel <= limits().fuel);
    assert!(!evaluation.settings.values.iter().any(|(name, value)| is_secret(name, value)));
    assert!(!format!("{evaluation:?}").contains("hunter2"), "the policy received a secret");
    evaluation.output.iter().for_each(|line| assert_line(line));
    match &evaluation.decision {
        Ok(decision) => {
            let decided = Event::DecisionMade(decision.clone());
            assert_written(&fuzzing::event_output(&decided, &Secrets::default()));
        }
        Err(error) => {
            assert!(!matches!(error, ComponentError::Sandbox { .. }), "{error}");
            assert_lines(&error.to_string());
        }
    }
    for lookup in &evaluation.lookups {
        let event = Event::PolicyLookup {
            policy: evaluation.policy_name.clone(),
            lookup: lookup.clone(),
            commit: None,
        };
        assert_written(&fuzzing::event_output(&event, &Secrets::default()));
    }
    assert_eq!(evaluation.manifest.as_ref().map(|manifest| &manifest.name), Some(&evaluation.policy_name));
}

/// A source of facts that has every cluster, and most services and images.
struct KnownFacts;

impl LookupSource for KnownFacts {
    fn look_up(&self, query: &LookupQuery, _: Instant) -> Result<LookupReply, LookupError> {
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
        Ok(match query {
            LookupQuery::ListServices { cluster } => LookupReply::Services(vec![service(cluster, "web")]),
            LookupQuery::GetService { name, .. } if name.len() > 20 => LookupReply::Service(None),
            LookupQuery::GetService { cluster, name } => LookupReply::Service(Some(service(cluster, name))),
            LookupQuery::GetImage { repository, .. } if repository.path().len() > 40 => {
                return Err(LookupError::Failed("there is no such repository".to_owned()));
            }
            LookupQuery::GetImage { reference, .. } => LookupReply::Image(Some(PushedImage {
                digest: Digest::sha256(b"image"),
                tags: vec![reference.as_str().to_owned()],
                pushed_at: 1_700_000_000,
            })),
            LookupQuery::ChangedFiles { .. } => LookupReply::ChangedFiles(vec!["web/index.html".to_owned()]),
            LookupQuery::ReadFile { path, .. } => {
                LookupReply::File((path.len() < 20).then(|| "a = 1".to_owned()))
            }
        })
    }
}
