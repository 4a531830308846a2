//! Travis CI: folds and timings, which its scripts print in this form.

use std::time::Duration;

use super::{Section, Stage, Syntax};

pub(super) struct Travis;

/// It makes the viewer remove the line from the log.
const END: &str = "\r\u{1b}[0K";

impl Syntax for Travis {
    fn begin(&self, section: &Section) -> Option<String> {
        let name = name(section)?;
        Some(format!("travis_fold:start:{name}{END}travis_time:start:{name}{END}{}\n", section.stage.title()))
    }

    fn end(&self, section: &Section, now: Duration, _has_failed: bool) -> Option<String> {
        let name = name(section)?;
        let (start, finish) = (section.started_at.as_nanos(), now.as_nanos());
        let duration = finish.saturating_sub(start);
        Some(format!(
            "travis_time:end:{name}:start={start},finish={finish},duration={duration}{END}travis_fold:end:{name}{END}"
        ))
    }
}

fn name(section: &Section) -> Option<String> {
    (section.stage == Stage::Docker).then(|| format!("ecs-host.docker.{}", section.number))
}
