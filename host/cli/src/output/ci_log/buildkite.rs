//! Buildkite: <https://buildkite.com/docs/pipelines/configure/managing-log-output#grouping-log-output>. A line that begins
//! with `---` or `+++` begins a group, and ends the one before. Those of texts are indented, or follow a heading.

use std::time::Duration;

use super::{Section, Stage, Syntax};

pub(super) struct Buildkite;

impl Syntax for Buildkite {
    fn begin(&self, section: &Section) -> Option<String> {
        // `+++` opens the group.
        let mark = if section.stage == Stage::Docker { "---" } else { "+++" };
        Some(format!("{mark} {}\n", section.stage.title()))
    }

    fn end(&self, _section: &Section, _now: Duration, has_failed: bool) -> Option<String> {
        // It opens the group that ends.
        has_failed.then(|| "^^^ +++\n".to_owned())
    }
}
