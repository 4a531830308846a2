//! A file of cases of any content, and behind a NUL the sentence that a policy answers: what is wrong
//! is told with its line; what is read can be updated to expect that answer, and recorded.
#![no_main]

mod told;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ecs_host::cases::{Answer, Case, Difference, Ran, Seen, read, record, update};
use ecs_host::fuzzing;
use ecs_host::names::{Digest, Repository};
use ecs_host::policy::decision::Reference;
use ecs_host::policy::lookup::{PolicyLookup, LookupQuery, LookupResult, LookupError};
use ecs_host::policy::settings::Settings;
use ecs_host::policy::{self, Decision, Deployment, Lookup as _, PolicyError};
use libfuzzer_sys::fuzz_target;
use told::assert_line;

/// More cases than this are only slower.
const MOST: usize = 200;

fuzz_target!(|text: &str| {
    let (text, sentence) = text.split_once('\0').unwrap_or((text, "No."));
    match read("cases.toml", text) {
        Err(error) => {
            assert_line(&error.to_string());
            assert!((1..=text.split('\n').count()).contains(&error.line), "{error}");
        }
        Ok(cases) if cases.len() > MOST => {}
        Ok(cases) => {
            assert!(!cases.is_empty());
            let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
            names.iter().for_each(|name| assert_line(name));
            updated(text, &cases, sentence);
            cases.iter().take(4).for_each(|case| recorded(case, sentence));
        }
    }
});

/// What a policy answers: by the sentence's first letter.
fn answer(sentence: &str) -> Answer {
    let sentence = sentence.to_owned();
    match sentence.chars().next() {
        Some('d') => Answer::Decided(Decision::Deploy(deployment(sentence))),
        Some('s') => Answer::Decided(Decision::Skip { reason: sentence }),
        _ => Answer::Rejected(sentence),
    }
}

fn deployment(value: String) -> Deployment {
    use fuzzing::types;
    let setting = || types::Setting { name: "MODE".to_owned(), value: value.clone() };
    let build = types::DockerBuild {
        context: ".".to_owned(),
        dockerfile: None,
        stage: None,
        arguments: vec![setting()],
        platform: None,
    };
    let image = types::Image {
        name: "web".to_owned(),
        repository: "registry.example.com/web".to_owned(),
        tags: vec!["master".to_owned()],
        source: types::ImageSource::Dockerfile(build),
    };
    let target = types::Target {
        destination: types::Destination::Service(types::ServiceName {
            cluster: "production".to_owned(),
            service: "web".to_owned(),
        }),
        region: None,
        role: None,
        containers: vec![types::Assignment {
            container: "web".to_owned(),
            image: "web".to_owned(),
            environment: vec![setting()],
        }],
        tasks_before: Vec::new(),
        tasks_after: Vec::new(),
        wave: u32::MAX,
        timeout: Some(60),
        on_failure: None,
    };
    fuzzing::check(vec![image], vec![target]).expect("it is right")
}

/// The cases of a file that was made to expect an answer expect it, and are the same in all else.
fn updated(text: &str, cases: &[Case], sentence: &str) {
    let seen = Seen { answer: answer(sentence), log: vec![sentence.to_owned()] };
    let ran: Vec<(&Case, Ran)> = cases.iter().map(|case| (case, ran(case, &seen))).collect();
    let ran: Vec<(&Case, &Ran)> = ran.iter().map(|(case, ran)| (*case, ran)).collect();
    let updated = match update(text, &ran) {
        Ok(updated) => updated,
        Err(why) => panic!("it was read, and can't be updated: {why}"),
    };
    let again = match read("cases.toml", &updated.text) {
        Ok(again) => again,
        Err(error) => panic!("what was written is not read: {error}\n{}", updated.text),
    };
    assert_eq!(again.len(), cases.len());
    for (case, was) in again.iter().zip(cases) {
        assert_eq!((&case.name, &case.build, &case.settings), (&was.name, &was.build, &was.settings));
        assert_eq!((&case.facts, case.index), (&was.facts, was.index));
        let differences = case.expect.differences(&seen);
        if !updated.left.iter().any(|(line, _)| *line == case.line) && !case.expect.is_empty() {
            assert!(differences.is_empty(), "{differences:?} in\n{}", updated.text);
        }
    }
}

fn ran(case: &Case, seen: &Seen) -> Ran {
    let differences = match case.expect.is_empty() {
        true => vec![Difference { at: String::new(), expected: String::new(), answered: String::new() }],
        false => case.expect.differences(seen),
    };
    let (given, lookups, unseen) = (Vec::new(), Vec::new(), Vec::new());
    Ran { seen: seen.clone(), differences, fuel: 0, took: Duration::ZERO, given, lookups, unseen }
}

/// What is recorded of a decision is read as a case of the same build, whose facts answer the same and
/// which expects that decision.
fn recorded(case: &Case, sentence: &str) {
    let decision = match answer(sentence) {
        Answer::Decided(decision) => Ok(decision),
        Answer::Rejected(sentence) => Err(PolicyError::Rejected { policy: "policy".to_owned(), sentence }),
        Answer::Trapped(_) => return,
    };
    let asked = policy::Answer {
        policy: "policy".to_owned(),
        manifest: None,
        settings: Settings { given: case.environment().iter().map(owned).collect(), withheld: Vec::new() },
        output: vec![sentence.to_owned()],
        lookups: questions().into_iter().filter_map(|question| look_up(case, question)).collect(),
        fuel: 0,
        decision,
    };
    let secrets = BTreeSet::from(["SECRET".to_owned()]);
    let text = match record(&case.build, &asked, &secrets) {
        Ok(text) => text,
        Err(why) => panic!("it can't be recorded: {why}"),
    };
    let again = match read("recorded.toml", &text) {
        Ok(again) => again,
        Err(error) => panic!("what was recorded is not read: {error}\n{text}"),
    };
    let [again] = again.as_slice() else { panic!("{} cases in\n{text}", again.len()) };
    assert_eq!(again.build, case.build);
    let kept = asked.settings.given.iter().filter(|(name, _)| !secrets.contains(name));
    assert_eq!(again.settings, kept.cloned().collect());
    for lookup in &asked.lookups {
        let told = look_up(again, lookup.question.clone()).map(|again| again.told);
        assert_eq!(told.as_ref(), Some(&lookup.told), "{}\n{text}", lookup.question);
    }
    let seen = Seen { answer: answer(sentence), log: asked.output };
    let differences = again.expect.differences(&seen);
    assert!(differences.is_empty(), "{differences:?} in\n{text}");
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn questions() -> Vec<LookupQuery> {
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

fn look_up(case: &Case, question: LookupQuery) -> Option<PolicyLookup> {
    let facts = Arc::clone(&case.facts);
    let told = match facts.look_up(&question, Instant::now()) {
        Ok(reply) => LookupResult::Answer(reply),
        Err(LookupError::Said(sentence)) => LookupResult::Error(sentence),
        Err(LookupError::OutOfTime) => return None,
    };
    Some(PolicyLookup { question, told })
}
