//! GitLab CI: <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>.

use std::time::Duration;

use super::{Section, Stage, Syntax};

pub(super) struct Gitlab;

impl Syntax for Gitlab {
    fn begin(&self, section: &Section) -> Option<String> {
        let (name, start) = (name(section)?, section.started_at.as_secs());
        let title = section.stage.title();
        Some(format!("\u{1b}[0Ksection_start:{start}:{name}[collapsed=true]\r\u{1b}[0K{title}\n"))
    }

    fn end(&self, section: &Section, now: Duration, _has_failed: bool) -> Option<String> {
        Some(format!("\u{1b}[0Ksection_end:{}:{}\r\u{1b}[0K\n", now.as_secs(), name(section)?))
    }
}

fn name(section: &Section) -> Option<String> {
    (section.stage == Stage::Docker).then(|| format!("ecs_host_docker_{}", section.number))
}
