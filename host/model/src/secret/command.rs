//! Secrets on command lines: what follows options that are named like a secret (`--password …`, `-storepass …`), and the
//! short options of common programs that contain a password (`curl -u user:password`, `mysql -ppassword`).

use super::program::{Argument, GROUPS, PROGRAMS, Program, WITH_GROUPS};
use super::shell::{Word, words};
use super::{is_reference, is_secret_name, is_trivial};

/// The arguments of one command, read from its start.
#[derive(Default)]
pub(super) struct Command {
    /// Whether the words are those that the program receives, and not those of a shell or of prose.
    is_exact: bool,
    program: Option<&'static Program>,
    has_subcommand: bool,
    has_groups: bool,
    /// What the next word is, after an option.
    next: Option<Argument>,
}

impl Command {
    /// A command whose words are those that its program receives, as in a container's `command`.
    pub(super) fn exact() -> Self {
        Self { is_exact: true, ..Self::default() }
    }

    /// Reads the next word, and returns the secret in it.
    pub(super) fn read<'t>(&mut self, word: &'t str) -> Option<&'t str> {
        if let Some(argument) = self.next.take() {
            let next_option = if self.is_exact && argument == Argument::Named { "--" } else { "-" };
            if !word.starts_with(next_option) {
                return self.secret_in(argument, word);
            }
        }
        // `--password=…`, and `PASSWORD=…` before a command.
        if let Some((name, value)) = word.split_once('=')
            && is_name(name)
            && is_secret_name(name)
            // A script may begin with a variable, too.
            && (word.starts_with('-') || !value.contains(char::is_whitespace))
        {
            return Some(self.unquote(value)).filter(|value| !is_trivial(value));
        }
        if !word.starts_with('-') {
            if !word.contains(char::is_whitespace) {
                self.read_program(self.unquote(word));
            }
            return None;
        }
        self.read_option(word)
    }

    fn secret_in<'t>(&self, argument: Argument, word: &'t str) -> Option<&'t str> {
        let text = self.unquote(word);
        let is_prose = argument == Argument::Named && !self.is_exact;
        argument.secret_in(if is_prose { first_part(text) } else { text })
    }

    fn unquote<'t>(&self, word: &'t str) -> &'t str {
        if self.is_exact { word } else { unquote(word) }
    }

    fn read_program(&mut self, word: &str) {
        // An image of a container is named like its program, and has a tag.
        let name = word.rsplit('/').next().unwrap_or_default();
        let name = name.split([':', '@']).next().unwrap_or_default();
        if WITH_GROUPS.contains(&name) {
            self.has_groups = true;
        }
        match PROGRAMS.iter().find(|program| program.names.contains(&name)) {
            Some(program) => (self.program, self.has_subcommand) = (Some(program), false),
            None if self.program.is_some_and(|program| program.subcommand == Some(word)) => {
                self.has_subcommand = true;
            }
            None => {}
        }
    }

    fn read_option<'t>(&mut self, word: &'t str) -> Option<&'t str> {
        let program = self.program.filter(|program| program.subcommand.is_none() || self.has_subcommand);
        if let Some((argument, rest)) = program.and_then(|program| program.option(word)) {
            return match rest {
                Some(rest) => self.secret_in(argument, rest),
                None => {
                    self.next = Some(argument).filter(|argument| *argument != Argument::AttachedPassword);
                    None
                }
            };
        }
        let name = word.trim_start_matches('-');
        // The key of `-key` is the path of a file, in `openssl` and others.
        let is_path = word.starts_with('-') && !word.starts_with("--") && ["key", "keys"].contains(&name);
        self.next = match word {
            "-u" | "--user" if program.is_none() && !self.has_groups => Some(Argument::UserAndOther),
            _ if !is_path && is_name(name) && is_secret_name(name) => Some(Argument::Named),
            _ => None,
        };
        None
    }
}

impl Argument {
    /// The secret in the argument. A password of any length is one: the position makes it a password.
    fn secret_in(self, text: &str) -> Option<&str> {
        let secret = match self {
            Self::Password => text,
            // The ports of `docker run --name mysql -p3306:3306`.
            Self::AttachedPassword => Some(text).filter(|text| !is_port_mapping(text))?,
            Self::UserAndPassword => text.split_once(':')?.1,
            Self::UserCommaPassword => text.split_once(',')?.1,
            Self::Source => text.strip_prefix("pass:")?,
            Self::Named => return Some(text).filter(|text| !is_trivial(text)),
            Self::UserAndOther => {
                let (user, other) = text.split_once(':')?;
                let is_number = other.bytes().all(|byte| byte.is_ascii_digit());
                let is_group = is_number || other == user || GROUPS.contains(&other) || user.is_empty();
                // An address, such as `http://…`, or the name of a resource.
                let is_address = other.contains('/') || user == "arn";
                Some(other).filter(|_| !is_group && !is_address)?
            }
        };
        Some(secret).filter(|secret| !secret.is_empty() && !is_reference(secret))
    }
}

fn is_port_mapping(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || b":./tcpud".contains(&byte))
}

/// A value without what follows it in JSON or in prose.
fn first_part(text: &str) -> &str {
    if text.contains(char::is_whitespace) {
        return text;
    }
    let value = text.split(['"', '\'', '`']).next().unwrap_or_default();
    value.trim_end_matches(|c| ",;)]}<>".contains(c))
}

fn is_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// A word without the quotation marks around it.
fn unquote(word: &str) -> &str {
    let quoted = |quote| word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(word)
}

/// The secrets on the command lines in a text.
pub(super) fn find_in_commands(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut command = Command::default();
    for word in words(text) {
        match word {
            Word::Separator => command = Command::default(),
            Word::Word(word) => {
                let inner = unquote(word);
                if let Some(secret) = command.read(word) {
                    found.push(secret);
                } else if inner.len() < word.len() && inner.contains(char::is_whitespace) {
                    // A command in quotation marks, as in `sh -c '…'`.
                    found.extend(find_in_commands(inner));
                }
            }
        }
    }
    found
}
