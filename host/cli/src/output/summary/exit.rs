//! The last lines of a run: its page, and its exit code.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::{JudgedTarget, Summary, counts};
use crate::output::events::duration_text;
use crate::output::layout::{FAINT, put_line, write_heading};
use crate::output::phrases::{exit_summary, verdict_word};
use model::exit::Exit;
use model::text::printable;
use model::verdict::Verdict;

impl Summary {
    /// Records that the page of the run was written.
    pub(in crate::output) fn set_page(&mut self, path: &Path) {
        self.page = Some(printable(&path.display().to_string()));
    }

    /// Why a run ended with this exit code, in a few words: what became of its targets, if the code alone leaves that open.
    pub(in crate::output) fn exit_reason(&self, exit: Exit) -> String {
        let mut decisive = self.targets.iter().filter(|target| target.verdict.exit() == exit);
        match (exit, decisive.next(), self.targets.as_slice()) {
            (Exit::Failed, Some(_), [target]) => verdict_word(&target.verdict).to_owned(),
            (Exit::Failed | Exit::Unknown, Some(_), [_, _, ..]) => counts(&self.targets),
            (
                Exit::Unknown,
                Some(JudgedTarget {
                    verdict: verdict @ Verdict::TimedOut { unread_seconds: None, .. }, ..
                }),
                [_],
            ) => verdict_word(verdict).to_owned(),
            (Exit::Unknown, Some(_), [_]) => "not known: ECS could not be read".to_owned(),
            _ => exit_summary(exit).to_owned(),
        }
    }

    /// Writes the last lines of a run, `elapsed` after its start.
    pub(in crate::output) fn write_exit(
        &self,
        out: &mut impl Write,
        exit: Exit,
        elapsed: Duration,
    ) -> io::Result<()> {
        if let Some(page) = &self.page {
            write_heading(out, "Report", page)?;
        }
        let (time, reason) = (duration_text(elapsed), self.exit_reason(exit));
        match exit.code() {
            0 => put_line!(out, "{FAINT}{reason} in {time}{FAINT:#}"),
            code => put_line!(out, "{FAINT}exit code {code} ({reason}) after {time}{FAINT:#}"),
        }
    }
}
