//! Reading a rule.

use alloc::{borrow::ToOwned as _, format, string::String, vec::Vec};

use super::table::{Table, find_word};
use crate::pattern::Pattern;
use crate::problem::{Located, Problems, quoted};
use crate::settings::Reference;
use crate::template::Template;

/// Which builds deploy, and where; or which do not, and why.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) at: usize,
    pub(crate) branch: Option<Patterns>,
    pub(crate) tag: Option<Patterns>,
    pub(crate) events: Option<Vec<Kind>>,
    pub(crate) provider_event: Option<Patterns>,
    pub(crate) repository: Option<Patterns>,
    pub(crate) message: Option<Patterns>,
    pub(crate) changed: Option<Patterns>,
    pub(crate) action: Action,
}

/// What a rule decides.
#[derive(Debug)]
pub(crate) enum Action {
    /// Nothing is deployed, for this reason.
    Skip(Located<Template>),
    /// The build is deployed to this environment.
    Deploy(Located<Template>),
}

/// What a build is, as the key `event` names it. A pull request is one whatever started it, and so is a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Push,
    PullRequest,
    Tag,
    Schedule,
    Manual,
}

/// The words of `event`.
pub(crate) const EVENTS: [(&str, Kind); 5] = [
    ("push", Kind::Push),
    ("pull-request", Kind::PullRequest),
    ("tag", Kind::Tag),
    ("schedule", Kind::Schedule),
    ("manual", Kind::Manual),
];

/// A list of patterns, of which one has to match, and none that begins with `!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Patterns(pub(crate) Vec<Located<Entry>>);

/// An entry of [`Patterns`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A pattern.
    Matches(Pattern),
    /// A pattern after `!`.
    Excludes(Pattern),
    /// The words of a setting, each a literal.
    Words(Reference),
}

/// What a list of patterns is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A branch or a tag, in which git allows no `?` and no `[`.
    Ref,
    /// A path, in which every character is valid.
    Path,
    /// A text, in which `/` has no meaning.
    Text,
}

/// The keys of a rule.
pub(crate) const KEYS: [&str; 9] =
    ["branch", "tag", "event", "provider-event", "repository", "message", "changed", "environment", "skip"];

/// Reads a rule. It is `None` if it decides nothing.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Option<Rule> {
    let is_known = table.check_keys(&KEYS, problems);
    let environment = table.template("environment", problems);
    let skip = table.template("skip", problems);
    let events = read_events(table, problems);
    let mut patterns = |key, subject| read_patterns(table, key, subject, problems);
    let branch = patterns("branch", Subject::Ref);
    let tag = patterns("tag", Subject::Ref);
    let provider_event = patterns("provider-event", Subject::Text);
    let repository = patterns("repository", Subject::Ref);
    let message = patterns("message", Subject::Text);
    let changed = patterns("changed", Subject::Path);
    check_kinds(table, events.as_deref(), problems);
    let has_both = table.position("environment").is_some();
    if has_both == table.position("skip").is_some() && (has_both || is_known) {
        let only = if has_both { "only " } else { "" };
        problems.add(
            table.at,
            format!(
                "[[rule]] needs {only}one of `environment` and `skip`: where it deploys, or why it does not"
            ),
        );
    }
    let action = environment.map(Action::Deploy).or(skip.map(Action::Skip))?;
    let at = table.at;
    Some(Rule { at, branch, tag, events, provider_event, repository, message, changed, action })
}

fn read_events(table: &Table<'_>, problems: &mut Problems) -> Option<Vec<Kind>> {
    let words = table.texts("event", problems)?;
    Some(words.iter().filter_map(|word| find_word("event", &table.name, word, &EVENTS, problems)).collect())
}

/// A combination that matches no build is a mistake.
fn check_kinds(table: &Table<'_>, events: Option<&[Kind]>, problems: &mut Problems) {
    let (branch, tag) = (table.position("branch"), table.position("tag"));
    if let (Some(_), Some(at)) = (branch, tag) {
        problems.add(at, "a build is that of a branch or of a tag, so a rule with `branch` and `tag` matches none; write two rules");
    } else if let (Some(at), Some(events)) = (tag, events.filter(|events| !events.is_empty())) {
        if events.iter().any(|kind| *kind != Kind::Tag) {
            problems.add(at, "a rule with `tag` matches the event `tag` only; remove `event`");
        }
    } else if let (Some(at), Some(events)) = (branch, events)
        && events.contains(&Kind::Tag)
    {
        problems.add(at, "a rule with `branch` does not match the event `tag`; write a rule with `tag`");
    }
}

/// Reads a list of patterns.
pub(super) fn read_patterns(
    table: &Table<'_>,
    key: &str,
    subject: Subject,
    problems: &mut Problems,
) -> Option<Patterns> {
    let texts = table.texts(key, problems)?;
    let parse = |text: Located<String>| match parse_entry(&text.value, subject) {
        Ok(value) => Some(Located { value, at: text.at }),
        Err(problem) => {
            problems.add(text.at, problem);
            None
        }
    };
    Some(Patterns(texts.into_iter().filter_map(parse).collect()))
}

fn parse_entry(text: &str, subject: Subject) -> Result<Entry, String> {
    if text.starts_with("{settings.") {
        let template = Template::parse(text)?;
        return match template.as_setting() {
            Some(reference) if !reference.depends_on_environment() => Ok(Entry::Words(reference.clone())),
            _ => Err(
                "a setting in a list of patterns is the whole text, such as \"{settings.DEPLOY_BRANCHES}\""
                    .to_owned(),
            ),
        };
    }
    let (pattern, is_excluded) = match text.strip_prefix('!') {
        Some(pattern) => (pattern, true),
        None => (text, false),
    };
    if pattern.is_empty() {
        return Err("`!` needs a pattern after it".to_owned());
    }
    if let (Subject::Ref, Some(character)) =
        (subject, pattern.chars().find(|c| matches!(c, '?' | '[' | '\\' | '^')))
    {
        return Err(format!(
            "`{character}` has no meaning in a pattern and is in no name; `*` and `**` match characters"
        ));
    }
    if subject == Subject::Path {
        check_path(pattern, if is_excluded { "!" } else { "" })?;
    }
    let pattern = match subject {
        Subject::Ref => Pattern::for_path(pattern),
        Subject::Path => Pattern::for_changed_path(pattern),
        Subject::Text => Pattern::for_text(pattern),
    };
    Ok(if is_excluded { Entry::Excludes(pattern) } else { Entry::Matches(pattern) })
}

/// What git reports is relative to the root of the repository, and has no part that is empty, `.` or `..`.
fn check_path(pattern: &str, mark: &str) -> Result<(), String> {
    if pattern.contains(char::is_whitespace) {
        return Err(format!(
            "{} has a space in it: write several patterns as a list, such as [\"web/**\", \"!**/*.md\"]; \
             `*` matches a space in a path",
            quoted(pattern)
        ));
    }
    let is_kept = |part: &&str| !matches!(*part, "" | "." | "..");
    if pattern.split('/').all(|part| is_kept(&part)) {
        return Ok(());
    }
    let mut parts: Vec<&str> = pattern.split('/').filter(is_kept).collect();
    if parts.is_empty() || pattern.ends_with('/') && parts.last() != Some(&"**") {
        parts.push("**");
    }
    Err(format!(
        "{} matches no path, because paths are relative to the root of the repository, such as `web/main.rs`; \
         write {}",
        quoted(&[mark, pattern].concat()),
        quoted(&[mark, &parts.join("/")].concat())
    ))
}
