//! GitHub Actions: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

use std::time::Duration;

use super::{Section, Severity, Stage, Syntax};

pub(super) struct GithubActions;

impl Syntax for GithubActions {
    fn begin(&self, section: &Section) -> Option<String> {
        (section.stage == Stage::Docker).then(|| format!("::group::{}\n", section.stage.title()))
    }

    fn end(&self, section: &Section, _now: Duration, _has_failed: bool) -> Option<String> {
        (section.stage == Stage::Docker).then(|| "::endgroup::\n".to_owned())
    }

    fn annotate(&self, severity: Severity, message: &str) -> Option<String> {
        let command = severity.word();
        let message = message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        Some(format!("::{command} title=ecs-host::{message}\n"))
    }
}
