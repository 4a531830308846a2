//! Reporting what is wrong with a command line or with a file: without secrets, and at a bounded length.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Error;
use clap::error::{ContextKind, ContextValue};

use crate::notify::NotifyUrl;
use crate::output::{Secrets, wrap_lines};
use model::Environment;
use model::exit::Exit;
use model::secret::{MASK, secret_parts};
use model::text::{TRUNCATION_MARK, abbreviate};

/// The number of characters of a line that are printed.
const MAX_LINE: usize = 1000;

/// The number of characters of a value that is not shortened.
const MAX_VALUE: usize = 200;

/// Prints the error to stderr, or requested help to stdout, and returns the exit code.
#[must_use]
pub fn report_error(
    mut error: Error,
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
) -> ExitCode {
    if !error.use_stderr() {
        return print_help(&error);
    }
    hide_address(&mut error);
    abbreviate_values(&mut error);
    let mut secrets = Secrets::from_environment(environment);
    secrets.add(argument_secrets(arguments));
    let text = error.render();
    // Without styles, which may be around a value.
    let plain = text.to_string();
    let parts = secret_parts("", &plain);
    let text = parts.into_iter().fold(text.ansi().to_string(), |text, secret| text.replace(secret, MASK));
    let lines: Vec<String> = secrets.mask(&text).split('\n').map(cut_line).collect();
    let text = lines.join("\n");
    // As for the errors of later stages, a log is not wrapped.
    anstream::eprint!("{}", if io::stderr().is_terminal() { wrap_lines(&text) } else { text });
    ExitCode::from(Exit::Usage.code())
}

/// Prints help. A pipe that its reader closed is no error: the reader has read what it wanted.
fn print_help(help: &Error) -> ExitCode {
    match help.print().and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            anstream::eprintln!("error: cannot write the output to stdout: {error}");
            ExitCode::from(Exit::Preflight.code())
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Hides the value of `--notify`, which is a secret however short it is.
fn hide_address(error: &mut Error) {
    let is_address = matches!(
        error.get(ContextKind::InvalidArg),
        Some(ContextValue::String(argument)) if argument.starts_with("--notify")
    );
    if is_address && error.get(ContextKind::InvalidValue).is_some() {
        error.insert(ContextKind::InvalidValue, ContextValue::String(MASK.to_owned()));
    }
}

/// Shortens the values that the message repeats, so that a line contains what follows them.
fn abbreviate_values(error: &mut Error) {
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand] {
        if let Some(ContextValue::String(value)) = error.get(kind)
            && value.chars().count() > MAX_VALUE
        {
            let short = abbreviate(value);
            error.insert(kind, ContextValue::String(short));
        }
    }
}

/// The secrets in the values of a command line, such as a token that stands where another value is expected.
pub(super) fn argument_secrets(arguments: impl IntoIterator<Item = OsString>) -> Vec<String> {
    let mut is_address = false;
    let secrets = |argument: OsString| -> Vec<String> {
        let argument = argument.to_string_lossy();
        // Addresses that are notified contain a token, in any form.
        let address = argument.strip_prefix("--notify=").or(is_address.then_some(&*argument));
        is_address = argument == "--notify";
        if let Some(address) = address {
            return NotifyUrl::secret_parts(address);
        }
        // The value alone: that of `--allow-secret` is a name.
        let value = match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => value,
            _ => &argument,
        };
        secret_parts("", value).into_iter().map(str::to_owned).collect()
    };
    arguments.into_iter().flat_map(secrets).collect()
}

fn cut_line(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => {
            let reset = anstyle::Reset.render();
            format!("{}{TRUNCATION_MARK}{reset}", line.get(..end).unwrap_or_default())
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(arguments: &[&str]) -> Vec<String> {
        argument_secrets(arguments.iter().map(OsString::from))
    }

    #[test]
    fn an_address_that_is_notified_is_a_secret_but_for_its_host() {
        let address = "https://hooks.slack.com/services/T0/B0/x";
        for arguments in [&["run", "--notify", address][..], &["run", &format!("--notify={address}")]] {
            assert_eq!(found(arguments), [address, "/services/T0/B0/x"]);
        }
        assert_eq!(found(&["--notify", "services/T0/B0/x", "--poll", "1"]), ["services/T0/B0/x"]);
    }

    #[test]
    fn a_token_is_a_secret_and_the_name_of_one_is_not() {
        let token = "ghp_0123456789abcdefghijABCDEFGHIJ456789";
        assert_eq!(found(&["run", "--timeout", token]), [token]);
        assert_eq!(found(&[&format!("--timeout={token}"), "https://me:hunter2@x"]), [token, "hunter2"]);
        assert!(found(&["--allow-secret=NPM_TOKEN_OF_CI", "--allow-secret", "NPM_TOKEN"]).is_empty());
    }
}
