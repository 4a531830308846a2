//! The man pages: one of the program and one of each verb, from the definition of the command line.

use std::io;

use clap::Command;
use clap_mangen::Man;
use roff::{Roff, bold, roman};

/// The section of the manual that describes commands of users.
const SECTION: &str = "1";

/// A man page.
pub struct ManPage {
    /// The verb; `None` for the page of the program.
    pub verb: Option<String>,
    /// The page in the language of troff.
    pub text: String,
    name: String,
}

impl ManPage {
    /// The name of its file, such as `ecs-host-run.1`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}.{SECTION}", self.name)
    }
}

/// The pages of the program and of its verbs.
#[must_use]
pub fn pages(command: &Command) -> Vec<ManPage> {
    // The verb `help` has no page.
    let command = command.clone().disable_help_subcommand(true);
    let mut command = command.subcommand_help_heading("VERBS").subcommand_value_name("VERB");
    command.build();
    let version = command.get_version().unwrap_or_default().to_owned();
    let verbs = command.get_subcommands().map(|verb| page(verb, Some(verb.get_name().to_owned()), &version));
    std::iter::once(page(&command, None, &version)).chain(verbs).collect()
}

fn page(command: &Command, verb: Option<String>, version: &str) -> ManPage {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    // Without a date: two builds of one commit make the same page.
    let source = format!("ecs-host {version}");
    let man = Man::new(command.clone()).section(SECTION).date("").source(source).manual("ecs-host");
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = write_sections(command, &man, &mut text);
    // The empty date is written without quotation marks, so that the next argument would be the date.
    let empty_date = format!(".TH {name} {SECTION}  ");
    let text =
        String::from_utf8_lossy(&text).replacen(&empty_date, &format!(".TH {name} {SECTION} \"\" "), 1);
    // Two breaks and an empty line between them are one space, of which mandoc warns.
    let text = text.replace("\n.br\n\n.br\n", "\n.sp\n");
    ManPage { verb, text, name }
}

fn write_sections(command: &Command, man: &Man, text: &mut Vec<u8>) -> io::Result<()> {
    man.render_title(text)?;
    man.render_name_section(text)?;
    man.render_synopsis_section(text)?;
    man.render_description_section(text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(text)?;
    }
    man.render_options_section(text)?;
    let after_help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    examples_and_exit_codes(&after_help).to_writer(text)
}

/// The end of a verb's help: `Examples:` and `Exit codes:`, each a list of terms with their descriptions, and
/// paragraphs. A terminal may have fewer columns than its lines and the indentation of a page.
fn examples_and_exit_codes(help: &str) -> Roff {
    let mut roff = Roff::new();
    // A command that continues in the next line.
    let mut command = String::new();
    for line in help.lines() {
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        let indentation = line.len() - line.trim_start().len();
        if let Some(title) = text.strip_suffix(':').filter(|_| indentation == 0) {
            roff.control("SH", [title.to_uppercase().as_str()]);
        } else if let Some((code, meaning)) = split_exit_code(text) {
            roff.control("TP", []).text([bold(code)]).text([roman(meaning)]);
        } else if indentation == 2 && text.starts_with("ecs-host ") || !command.is_empty() {
            command.push_str(text.trim_end_matches('\\'));
            if !text.ends_with('\\') {
                roff.control("TP", []).text([bold(std::mem::take(&mut command))]);
            }
        } else {
            if indentation <= 2 {
                roff.control("PP", []);
            }
            roff.text([roman(text)]);
        }
    }
    roff
}

/// The code and the meaning in a line of `Exit codes:`.
fn split_exit_code(text: &str) -> Option<(&str, &str)> {
    let (code, meaning) = text.split_once("  ")?;
    code.bytes().all(|byte| byte.is_ascii_digit()).then_some((code, meaning))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    fn of(verb: &str) -> String {
        pages(&Cli::command()).into_iter().find(|page| page.verb.as_deref() == Some(verb)).unwrap().text
    }

    #[test]
    fn every_verb_has_a_page_with_examples_and_exit_codes() {
        let command = Cli::command();
        let pages = pages(&command);
        assert_eq!(pages.len(), command.get_subcommands().count() + 1);
        assert_eq!(pages[0].file_name(), "ecs-host.1");
        for page in &pages[1..] {
            let verb = page.verb.as_deref().unwrap();
            assert_eq!(page.file_name(), format!("ecs-host-{verb}.1"));
            for part in [".SH EXAMPLES\n", ".SH \"EXIT CODES\"\n", "\n.TP\n\\fB0\\fR\n"] {
                assert!(page.text.contains(part), "{verb}: no {part}\n{}", page.text);
            }
            assert!(pages[0].text.contains(&format!("ecs\\-host\\-{verb}(1)")), "{verb}");
        }
    }

    #[test]
    fn an_example_of_several_lines_is_one_term_and_its_description_follows() {
        let page = of("iam");
        let (_, example) = page.split_once("\\fBecs\\-host iam \\-\\-for").unwrap();
        let mut lines = example.lines();
        assert!(lines.next().unwrap().ends_with("role/web\\-*\\*(Aq\\fR"), "{example}");
        assert!(lines.next().unwrap().starts_with("Print the policy of these resources"), "{example}");
    }

    #[test]
    fn a_page_lists_the_flags_of_its_verb_and_not_the_hidden_ones() {
        assert!(of("run").contains("\\-\\-no\\-wait"));
        assert!(!of("plan").contains("\\-\\-no\\-wait"));
    }
}
