//! Masking secrets in the texts of events that come from outside as they are. They are escaped and shortened when they
//! are written, and then a secret with a tab or an invisible character would not be recognized.

use std::borrow::Cow;

use super::Secrets;
use model::diagnosis::{Diagnosis, LogTail};
use model::event::Event;

/// The event with the secrets of such texts masked.
pub(super) fn mask_raw_text<'e>(event: &'e Event, secrets: &Secrets) -> Cow<'e, Event> {
    let masked = match event {
        Event::DockerOutput { line } => Event::DockerOutput { line: secrets.mask(line) },
        Event::PolicyOutput { policy, line } => {
            Event::PolicyOutput { policy: policy.clone(), line: secrets.mask(line) }
        }
        Event::ServiceEvent { target, message } => {
            Event::ServiceEvent { target: target.clone(), message: secrets.mask(message) }
        }
        Event::FailureDiagnosed { target, diagnosis } => {
            Event::FailureDiagnosed { target: target.clone(), diagnosis: mask_diagnosis(diagnosis, secrets) }
        }
        Event::Warning { message } => Event::Warning { message: secrets.mask(message) },
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
