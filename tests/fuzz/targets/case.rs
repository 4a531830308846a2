//! An arbitrary file of cases, and after a NUL the text of a policy's answer: a problem is reported with its
//! line; a valid file can be updated to expect that answer, and the answer can be recorded.
#![no_main]

mod printed;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use model::decision::{Decision, Deployment, Reference};
use model::lookup::{LookupQuery, LookupResult, PolicyLookup};
use model::names::{Digest, Repository};
use model::review::{Finding, Severity};
use printed::assert_line;
use sandbox::cases::{Answer, Case, CaseResult, Difference, Outcome, parse, record, update};
use sandbox::fuzzing::{to_deployment, types};
use sandbox::kind::{ComponentKind, Subject};
use sandbox::lookup::LookupError;
use sandbox::settings::Settings;
use sandbox::{ComponentError, Evaluation, LookupSource as _};

/// A file with more cases takes longer and finds no more.
const MAX_CASES: usize = 200;

fuzz_target!(|text: &str| {
    let (text, sentence) = text.split_once('\0').unwrap_or((text, "No."));
    match parse("cases.toml", text) {
        Err(error) => {
            error.problems.iter().for_each(|problem| assert_line(&problem.text));
            let lines = 1..=text.split('\n').count();
            assert!(error.problems.iter().all(|problem| lines.contains(&problem.line)), "{error}");
        }
        Ok(cases) if cases.len() > MAX_CASES => {}
        Ok(cases) => {
            assert!(!cases.is_empty());
            let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
            names.iter().for_each(|name| assert_line(name));
            assert_updates(text, &cases, sentence);
            cases.iter().take(4).for_each(|case| assert_records(case, sentence));
        }
    }
});

/// An outcome of the kind that the first letter selects.
fn outcome(sentence: &str) -> Outcome {
    let sentence = sentence.to_owned();
    match sentence.chars().next() {
        Some('d') => Outcome::Decided(Decision::Deploy(deployment(sentence))),
        Some('s') => Outcome::Decided(Decision::Skip { reason: sentence }),
        Some('f') => Outcome::Reviewed(vec![Finding {
            severity: Severity::Deny,
            rule: "rule".to_owned(),
            target: (sentence.len() > 8).then(|| sentence.clone()),
            message: sentence,
        }]),
        _ => Outcome::Rejected(sentence),
    }
}

fn deployment(value: String) -> Deployment {
    // A NUL character is a problem of the answer.
    let value = value.replace('\0', " ");
    let setting = || types::Setting { name: "MODE".to_owned(), value: value.clone() };
    let build = types::DockerBuild {
        context: ".".to_owned(),
        dockerfile: None,
        stage: None,
        arguments: vec![setting()],
        platforms: Vec::new(),
        labels: vec![setting()],
        pull: false,
        buildkit: None,
    };
    let image = types::Image {
        name: "web".to_owned(),
        repository: "registry.example.com/web".to_owned(),
        tags: vec!["master".to_owned()],
        source: types::ImageSource::Build(build),
        publish_only: false,
    };
    let target = types::Target {
        destination: types::Destination::Service(types::ServiceName {
            cluster: "production".to_owned(),
            service: "web".to_owned(),
        }),
        region: None,
        role: None,
        containers: Some(vec![types::ContainerChange {
            container: "web".to_owned(),
            image: Some("web".to_owned()),
            environment: vec![setting()],
            secrets: Vec::new(),
            unset: Vec::new(),
            command: None,
        }]),
        task_definition: None,
        rollout: Some(types::RolloutOptions {
            desired_count: None,
            timeout_seconds: Some(60),
            bake_seconds: None,
            on_failure: None,
        }),
        tasks_before: Vec::new(),
        tasks_after: Vec::new(),
        wave: u32::MAX,
    };
    to_deployment(vec![image], vec![target]).expect("a valid answer")
}

/// After an update, the cases of a file expect the answer, and all else is unchanged.
fn assert_updates(text: &str, cases: &[Case], sentence: &str) {
    let answer = Answer { outcome: outcome(sentence), log: vec![sentence.to_owned()] };
    let results: Vec<CaseResult> = cases.iter().map(|case| result(case, &answer)).collect();
    let results: Vec<(&Case, &CaseResult)> = cases.iter().zip(&results).collect();
    let update = match update(text, &results) {
        Ok(update) => update,
        Err(error) => panic!("the file was parsed, and updating it failed: {error}"),
    };
    let updated = match parse("cases.toml", &update.text) {
        Ok(updated) => updated,
        Err(error) => panic!("the updated file is invalid: {error}\n{}", update.text),
    };
    assert_eq!(updated.len(), cases.len());
    for (case, before) in updated.iter().zip(cases) {
        assert_eq!(
            (&case.name, &case.build, &case.settings),
            (&before.name, &before.build, &before.settings)
        );
        assert_eq!((&case.facts, case.index), (&before.facts, before.index));
        let differences = case.expect.differences(&answer);
        if !update.skipped.iter().any(|(line, _)| *line == case.line) && !case.expect.is_empty() {
            assert!(differences.is_empty(), "{differences:?} in\n{}", update.text);
        }
    }
}

fn result(case: &Case, answer: &Answer) -> CaseResult {
    let differences = match case.expect.is_empty() {
        true => vec![Difference::new("expect", "", "")],
        false => case.expect.differences(answer),
    };
    CaseResult {
        answer: answer.clone(),
        differences,
        fuel: 0,
        duration: Duration::ZERO,
        settings: Vec::new(),
        unused_settings: Vec::new(),
        lookups: Vec::new(),
    }
}

/// A recorded decision parses as a case of the same build. Its facts return the same results, and it expects
/// the decision.
fn assert_records(case: &Case, sentence: &str) {
    let decision = match outcome(sentence) {
        Outcome::Decided(decision) => Ok(decision),
        Outcome::Rejected(reason) => {
            let component = Subject::new(ComponentKind::Policy, "policy");
            Err(ComponentError::Rejected { component, reason })
        }
        // A guard has no recorded case.
        Outcome::Reviewed(_) | Outcome::Failed(_) => return,
    };
    let evaluation = Evaluation {
        policy_name: "policy".to_owned(),
        manifest: None,
        settings: Settings { values: case.environment().iter().map(owned).collect(), withheld: Vec::new() },
        output: vec![sentence.to_owned()],
        lookups: queries().into_iter().filter_map(|query| look_up(case, query)).collect(),
        fuel: 0,
        decision,
    };
    let secrets = BTreeSet::from(["SECRET".to_owned()]);
    let text = match record(&case.build, &evaluation, &secrets) {
        Ok(text) => text,
        Err(error) => panic!("recording failed: {error}"),
    };
    let recorded = match parse("recorded.toml", &text) {
        Ok(recorded) => recorded,
        Err(error) => panic!("the recorded file is invalid: {error}\n{text}"),
    };
    let [recorded] = recorded.as_slice() else { panic!("{} cases in\n{text}", recorded.len()) };
    assert_eq!(recorded.build, case.build);
    let settings = evaluation.settings.values.iter().filter(|(name, _)| !secrets.contains(name));
    assert_eq!(recorded.settings, settings.cloned().collect());
    for lookup in &evaluation.lookups {
        assert_eq!(look_up(recorded, lookup.query.clone()).as_ref(), Some(lookup), "{text}");
    }
    let answer = Answer { outcome: outcome(sentence), log: evaluation.output };
    let differences = recorded.expect.differences(&answer);
    assert!(differences.is_empty(), "{differences:?} in\n{text}");
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn queries() -> Vec<LookupQuery> {
    let repository = || Repository::parse("123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/web");
    let image = |reference: &str| {
        Some(LookupQuery::GetImage {
            repository: repository().ok()?,
            reference: Reference::parse(reference).ok()?,
        })
    };
    let cluster = || "production".to_owned();
    let arn = "arn:aws:ecs:eu-central-1:123456789012:service/production/web".to_owned();
    let digest = Digest::parse(&format!("sha256:{}", "a".repeat(64)));
    [
        Some(LookupQuery::GetService { cluster: cluster(), name: "web".to_owned() }),
        Some(LookupQuery::ListServices { cluster: cluster() }),
        Some(LookupQuery::GetService { cluster: cluster(), name: arn }),
        image("master"),
        digest.ok().and_then(|digest| image(digest.as_str())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn look_up(case: &Case, query: LookupQuery) -> Option<PolicyLookup> {
    let facts = Arc::clone(&case.facts);
    let result = match facts.look_up(&query, Instant::now()) {
        Ok(reply) => LookupResult::Reply(reply),
        Err(LookupError::Failed(message)) => LookupResult::Error(message),
        Err(LookupError::TimedOut) => return None,
    };
    Some(PolicyLookup { query, result })
}
