//! The block of lines on a terminal, which is drawn anew in place: below other text, or alone on a screen of its own.
//!
//! Below other text the cursor is at its first line, so that a terminal of another size, which wraps lines anew, moves both
//! together. Lines end where their text ends: blanks up to the edge would wrap, too.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};

use console::Term;
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

use crate::output::queue::Stream;

/// Clears the lines from that of the cursor on. Some terminals, such as tmux, keep in their history what is cleared from the
/// first character of the screen on, so it begins at the second one.
const CLEAR: &str = "\r \x1b[J\r";

/// Begins and ends the alternate screen of a terminal, which has no history.
const ENTER_SCREEN: &str = "\x1b[?1049h";
const LEAVE_SCREEN: &str = "\x1b[?1049l";

/// Where the lines are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::output) enum Frame {
    /// Below what was written before.
    Below,
    /// On the alternate screen.
    Screen,
}

/// The block. The thread that writes owns it, so that nothing else is written meanwhile. An error of the terminal cannot be
/// reported on it, so none is.
pub(in crate::output) struct Block {
    stream: Stream,
    terminal: Term,
    /// Where lines are drawn now; `None` if none are.
    drawn: Option<Frame>,
    /// The modes of the terminal before the block, if they were changed.
    modes: Option<Termios>,
}

impl Block {
    /// A block on the terminal that a stream writes to.
    pub(in crate::output) fn on(stream: Stream) -> Self {
        let terminal = match stream {
            Stream::Stdout => Term::buffered_stdout(),
            Stream::Stderr => Term::buffered_stderr(),
        };
        Self { stream, terminal, drawn: None, modes: None }
    }

    /// The columns and rows of the terminal.
    pub(in crate::output) fn size(&self) -> (usize, usize) {
        let (rows, columns) = self.terminal.size();
        (columns.into(), rows.into())
    }

    /// Draws lines in place of those that were drawn before.
    pub(in crate::output) fn draw(&mut self, lines: &[String], frame: Frame) {
        if lines.is_empty() || self.drawn.is_some_and(|drawn| drawn != frame) {
            self.remove();
        }
        self.show(lines, frame);
    }

    /// Removes the lines, writes to the terminal, and draws these lines.
    pub(in crate::output) fn write_above<T>(
        &mut self,
        lines: &[String],
        frame: Frame,
        write: impl FnOnce() -> T,
    ) -> T {
        self.remove();
        let _ = self.terminal.flush();
        let result = write();
        self.show(lines, frame);
        result
    }

    fn remove(&mut self) {
        let _ = match self.drawn.take() {
            None => Ok(()),
            Some(Frame::Below) => self.terminal.write_str(CLEAR),
            Some(Frame::Screen) => self.terminal.write_str(LEAVE_SCREEN),
        };
    }

    fn show(&mut self, lines: &[String], frame: Frame) {
        if lines.is_empty() {
            let _ = self.terminal.flush();
            return self.echo_again();
        }
        self.stop_echo();
        let _ = match (frame, self.drawn) {
            (Frame::Below, None) => Ok(()),
            (Frame::Below, Some(_)) => self.terminal.write_str(CLEAR),
            (Frame::Screen, None) => self.terminal.write_str(ENTER_SCREEN),
            (Frame::Screen, Some(_)) => Ok(()),
        };
        let _ = match frame {
            Frame::Below => {
                let _ = self.terminal.write_str(&lines.join("\r\n"));
                let _ = self.terminal.move_cursor_up(lines.len().saturating_sub(1));
                self.terminal.write_str("\r")
            }
            // From the first row on, each line and what is below the last one is cleared.
            Frame::Screen => {
                let text = lines.join("\x1b[K\r\n");
                self.terminal.write_str(&format!("\x1b[H{text}\x1b[K\x1b[J"))
            }
        };
        let _ = self.terminal.flush();
        self.drawn = Some(frame);
    }

    /// Stops the echo of what a person types, such as an empty line, which would move the cursor. A process in the
    /// background may not change the terminal: the system would stop it.
    fn stop_echo(&mut self) {
        if self.modes.is_some() {
            return;
        }
        self.modes = on_terminal(self.stream, |terminal| {
            let modes =
                tcgetattr(terminal).ok().filter(|modes| modes.local_modes.contains(LocalModes::ECHO))?;
            let mut silent = modes.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            tcsetattr(terminal, OptionalActions::Now, &silent).ok().map(|()| modes)
        });
    }

    fn echo_again(&mut self) {
        if let Some(modes) = self.modes.take() {
            on_terminal(self.stream, |terminal| tcsetattr(terminal, OptionalActions::Now, &modes).ok());
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.draw(&[], Frame::Below);
    }
}

/// Calls a function with the terminal of a stream, if this process is in its foreground.
fn on_terminal<T>(stream: Stream, call: impl FnOnce(BorrowedFd<'_>) -> Option<T>) -> Option<T> {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let terminal = match stream {
        Stream::Stdout => stdout.as_fd(),
        Stream::Stderr => stderr.as_fd(),
    };
    let is_foreground = tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp());
    if is_foreground { call(terminal) } else { None }
}
