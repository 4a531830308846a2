//! Azure Pipelines: <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>.

use std::time::Duration;

use super::{Section, Severity, Stage, Syntax};

pub(super) struct AzurePipelines;

impl Syntax for AzurePipelines {
    fn begin(&self, section: &Section) -> Option<String> {
        (section.stage == Stage::Docker).then(|| format!("##[group]{}\n", section.stage.title()))
    }

    fn end(&self, section: &Section, _now: Duration, _has_failed: bool) -> Option<String> {
        (section.stage == Stage::Docker).then(|| "##[endgroup]\n".to_owned())
    }

    fn annotate(&self, severity: Severity, message: &str) -> Option<String> {
        let kind = severity.word();
        let message = message.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A");
        Some(format!("##vso[task.logissue type={kind}]{message}\n"))
    }
}
