//! The output of the command that builds a policy, for `test --build`. It is on stderr: stdout contains the results of the
//! cases only.

use std::time::Instant;

use super::Report;
use super::layout::{FAINT, put_line, write_heading};
use super::queue::Stream;
use model::text::abbreviate;

impl Report {
    /// Writes that a command starts. It is the activity that heartbeats report, until [`Report::end_activity`].
    pub fn start_policy_build(&self, command: &str) {
        self.shared.lock().activity = Some(format!("running `{}`", abbreviate(command)));
        self.write_policy_build(|out, mask| {
            write_heading(out, "Build", &format!("{FAINT}${FAINT:#} {}", mask(command)))
        });
    }

    /// Writes a line that the command printed.
    pub fn write_policy_build_line(&self, line: &str) {
        // Masked before it is escaped: a secret with an invisible character would not be recognized afterwards.
        self.write_policy_build(|out, mask| {
            put_line!(out, "  {}", anstream::adapter::strip_str(&mask(line)))
        });
    }

    /// Ends the current activity: no heartbeat is emitted until the next one starts. For a verb that waits for a person.
    pub fn end_activity(&self) {
        self.shared.lock().activity = None;
    }

    fn write_policy_build(
        &self,
        write: impl Fn(&mut Vec<u8>, &dyn Fn(&str) -> String) -> std::io::Result<()>,
    ) {
        let mut state = self.shared.lock();
        state.last_event_at = Instant::now();
        let mut text = Vec::new();
        // Writing to memory does not fail.
        let _ = write(&mut text, &|text| state.secrets.mask(text));
        let text = self.shared.without_styles(Stream::Stderr, String::from_utf8_lossy(&text).into_owned());
        self.shared.enqueue(&mut state, Stream::Stderr, text);
    }
}
