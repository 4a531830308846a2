//! Masking secrets in the texts of events that come from outside as they are. They are escaped, shortened and split into
//! lines when they are written, and then a secret would not be recognized.

use std::borrow::Cow;

use serde_json::Value;

use super::Secrets;
use model::decision::{Decision, DockerBuild, OneOffTask};
use model::diagnosis::{Diagnosis, LogTail};
use model::event::Event;
use model::plan::{ChangePath, ImageAction, Plan, Step};

/// The event with the secrets of such texts masked.
pub(crate) fn mask_raw_text<'e>(event: &'e Event, secrets: &Secrets) -> Cow<'e, Event> {
    let masked = match event {
        Event::DockerOutput { line } => Event::DockerOutput { line: secrets.mask(line) },
        Event::PolicyOutput { policy, line } => {
            Event::PolicyOutput { policy: policy.clone(), line: secrets.mask(line) }
        }
        Event::GuardOutput { guard, line } => {
            Event::GuardOutput { guard: guard.clone(), line: secrets.mask(line) }
        }
        Event::ServiceEvent { target, message } => {
            Event::ServiceEvent { target: target.clone(), message: secrets.mask(message) }
        }
        Event::FailureDiagnosed { target, diagnosis } => {
            Event::FailureDiagnosed { target: target.clone(), diagnosis: mask_diagnosis(diagnosis, secrets) }
        }
        Event::Warning { message } => Event::Warning { message: secrets.mask(message) },
        Event::DecisionMade(Decision::Skip { reason }) => {
            Event::DecisionMade(Decision::Skip { reason: secrets.mask(reason) })
        }
        Event::PlanCreated { plan, commands, dry_run } => {
            let commands = commands.iter().map(|command| secrets.mask(command)).collect();
            Event::PlanCreated { plan: mask_plan(plan, secrets), commands, dry_run: *dry_run }
        }
        Event::PlanRejected { problems } => {
            Event::PlanRejected { problems: problems.iter().map(|problem| secrets.mask(problem)).collect() }
        }
        Event::Error { message } => Event::Error { message: secrets.mask(message) },
        _ => return Cow::Borrowed(event),
    };
    Cow::Owned(masked)
}

fn mask_diagnosis(diagnosis: &Diagnosis, secrets: &Secrets) -> Diagnosis {
    let mask = |lines: &[String]| lines.iter().map(|line| secrets.mask(line)).collect();
    let mut masked = diagnosis.clone();
    for cause in &mut masked.causes {
        cause.description = secrets.mask(&cause.description);
    }
    masked.logs = masked.logs.into_iter().map(|log| LogTail { lines: mask(&log.lines), ..log }).collect();
    masked.unread = mask(&masked.unread);
    masked
}

fn mask_plan(plan: &Plan, secrets: &Secrets) -> Plan {
    let mut masked = plan.clone();
    mask_texts(&mut masked.unread, secrets);
    for finding in masked.reviews.iter_mut().flat_map(|review| &mut review.findings) {
        finding.message = secrets.mask(&finding.message);
    }
    for image in &mut masked.images {
        if let ImageAction::Build(build) = &mut image.action {
            mask_build(build, secrets);
        }
    }
    for target in &mut masked.targets {
        mask_texts(&mut target.warnings, secrets);
        for change in &mut target.changes {
            change.path = mask_path(&change.path, secrets);
            [&mut change.before, &mut change.after]
                .into_iter()
                .flatten()
                .for_each(|it| mask_value(it, secrets));
        }
        for OneOffTask { command, environment, .. } in
            target.tasks_before.iter_mut().chain(&mut target.tasks_after)
        {
            mask_texts(command, secrets);
            environment.iter_mut().for_each(|(_, value)| *value = secrets.mask(value));
        }
    }
    masked
}

fn mask_texts(texts: &mut [String], secrets: &Secrets) {
    texts.iter_mut().for_each(|text| *text = secrets.mask(text));
}

fn mask_build(build: &mut DockerBuild, secrets: &Secrets) {
    let pairs = build.arguments.iter_mut().chain(&mut build.labels);
    pairs.for_each(|(_, value)| *value = secrets.mask(value));
    build.context = secrets.mask(&build.context);
}

fn mask_path(path: &ChangePath, secrets: &Secrets) -> ChangePath {
    let mask = |step: &Step| match step {
        Step::Field(name) => Step::Field(secrets.mask(name)),
        Step::Element(name) => Step::Element(secrets.mask(name)),
        Step::Position(_) | Step::Order => step.clone(),
    };
    path.steps().iter().map(mask).collect()
}

pub(super) fn mask_value(value: &mut Value, secrets: &Secrets) {
    match value {
        Value::String(text) => *text = secrets.mask(text),
        Value::Array(elements) => elements.iter_mut().for_each(|element| mask_value(element, secrets)),
        Value::Object(fields) => fields.values_mut().for_each(|field| mask_value(field, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
