//! What the book names exists: verbs, flags, keys of ecs-host.toml, events, verdicts and environment variables.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use ecs_host::cli::Cli;
use ecs_host::config::{CONFINEMENT_KEYS, KEYS};

use crate::support::book::{Block, Chapter, all};

/// The command line, with everything that clap adds when it is used.
fn cli() -> clap::Command {
    let mut cli = Cli::command();
    cli.build();
    cli
}

/// The flags of a verb, or of all.
fn flags(verb: Option<&str>) -> BTreeSet<String> {
    let cli = cli();
    let verbs = cli.get_subcommands().filter(|command| verb.is_none_or(|verb| command.get_name() == verb));
    let flags = verbs.flat_map(|command| command.get_arguments().filter_map(|arg| arg.get_long()));
    flags.map(str::to_owned).chain(["help", "version"].map(str::to_owned)).collect()
}

/// The flags of docker, npm and install.sh that the book names.
const FOREIGN: [&str; 8] =
    ["build-context", "cache-from", "cache-to", "from", "omit", "secret", "ssh", "target"];

/// A value of a variable in a command, of the type that its flag accepts.
fn value(variable: &str) -> &'static str {
    match variable.trim_matches(['{', '}']) {
        "GITHUB_REPOSITORY" | "CI_PROJECT_PATH" => "example/simple-todo",
        "SLACK_WEBHOOK" => "https://hooks.slack.com/services/x",
        "CI_COMMIT_SHA" | "GITHUB_SHA" | "TRAVIS_COMMIT" => "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20",
        "DIGEST" => "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        _ => "1",
    }
}

/// The words of a command line in which `ecs-host` is called, after the name of the program.
fn calls(block: &Block) -> Vec<(usize, Vec<String>)> {
    let mut calls = Vec::new();
    let text = block.text.replace("\\\n", "  ");
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start().trim_start_matches(['$', '-', ' ']);
        let line = line.strip_prefix("run: ").or_else(|| line.strip_prefix("script: ")).unwrap_or(line);
        if let Some(rest) = line.strip_prefix("ecs-host ") {
            calls.push((block.line + 1 + number, split(rest)));
        }
    }
    calls
}

/// Splits a command as a shell does, up to what ends it.
fn split(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = command.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, quote) {
            (c, Some(end)) if c == end => quote = None,
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('$', None | Some('"')) if characters.peek() == Some(&'(') => {
                let _ = characters.by_ref().find(|c| *c == ')');
                word.get_or_insert_default().push('1');
            }
            ('$', None | Some('"')) => {
                let mut name = String::new();
                let is_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '}');
                while let Some(c) = characters.next_if(is_name) {
                    name.push(c);
                }
                word.get_or_insert_default().push_str(value(&name));
            }
            ('>' | '|' | ';' | '&', None) => break,
            ('#', None) if word.is_none() => break,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[test]
fn every_call_in_the_book_is_a_command_line_that_the_program_accepts() {
    let mut problems = Vec::new();
    for chapter in all() {
        for block in &chapter.blocks {
            for (line, words) in calls(block) {
                // The command line of the reader's own verbs can lack what ecs-host.toml adds.
                if let Err(error) =
                    cli().try_get_matches_from(["ecs-host".to_owned()].into_iter().chain(words))
                    && !matches!(
                        error.kind(),
                        clap::error::ErrorKind::DisplayHelp
                            | clap::error::ErrorKind::DisplayVersion
                            | clap::error::ErrorKind::MissingRequiredArgument
                    )
                {
                    problems.push(format!("{}: {error}", chapter.at(line)));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_flag_in_a_sentence_exists() {
    let all_flags = flags(None);
    let mut problems = Vec::new();
    // The messages of the catalogue are those of the source.
    for chapter in all().iter().filter(|chapter| chapter.path != "docs/reference/messages.md") {
        for (line, code) in &chapter.code {
            let words: Vec<&str> = code.split_whitespace().collect();
            let verb = match words.as_slice() {
                ["ecs-host", verb, ..] => {
                    Some(*verb).filter(|verb| !verb.starts_with('-') && *verb != "VERB")
                }
                [first, ..] => {
                    Some(*first).filter(|verb| cli().get_subcommands().any(|c| c.get_name() == *verb))
                }
                [] => None,
            };
            // A command of another program.
            if !words.first().is_some_and(|word| word.starts_with('-') || *word == "ecs-host")
                && verb.is_none()
            {
                continue;
            }
            let known = verb.map_or_else(|| all_flags.clone(), |verb| flags(Some(verb)));
            if known.len() == 2 {
                problems.push(format!(
                    "{}: `{code}`: there is no verb `{}`",
                    chapter.at(*line),
                    verb.unwrap_or("")
                ));
            }
            for flag in words.iter().filter_map(|word| word.strip_prefix("--")) {
                let flag = flag.split('=').next().unwrap_or(flag);
                if !known.contains(flag) && !FOREIGN.contains(&flag) {
                    problems.push(format!("{}: `{code}`: there is no flag --{flag}", chapter.at(*line)));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The names in the first column of the first table.
fn first_column(chapter: &str) -> BTreeSet<String> {
    let chapter = Chapter::read(chapter);
    let rows = chapter.text.lines().skip_while(|line| !line.replace(' ', "").starts_with("|--")).skip(1);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn the_chapters_about_verdicts_and_providers_list_all_of_them() {
    let reference = Chapter::read("docs/reference/verdicts.md");
    let verdicts: BTreeSet<String> =
        reference.anchors.iter().skip(1).map(|name| name.replace('-', " ")).collect();
    assert_eq!(first_column("docs/failures.md"), verdicts);
    let cli = cli();
    let run = cli.find_subcommand("run").unwrap();
    let ci = run.get_arguments().find(|arg| arg.get_long() == Some("ci")).unwrap();
    let providers = ci.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    assert_eq!(first_column("docs/ci-providers.md"), providers);
}

#[test]
fn every_key_of_the_files_is_in_the_book() {
    let mut code: BTreeSet<String> = BTreeSet::new();
    for chapter in all() {
        code.extend(chapter.code.iter().map(|(_, code)| code.trim_start_matches("--").to_owned()));
        code.extend(
            chapter
                .code
                .iter()
                .filter_map(|(_, code)| code.strip_prefix("--")?.split([' ', '=']).next().map(str::to_owned)),
        );
    }
    for key in KEYS.iter().chain(&CONFINEMENT_KEYS) {
        assert!(code.contains(key.name), "no chapter names `{}`", key.name);
    }
}
