//! The chapters of the book, and the blocks of code in them.

pub mod shell;

use std::path::Path;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::WORKSPACE;

/// A chapter: a file in `docs`, or one of the files beside it that are read like one.
pub struct Chapter {
    /// The path in the workspace, such as `docs/rules.md`.
    pub path: String,
    pub text: String,
    pub title: String,
    /// The anchors of the headings, as mdBook and GitHub make them.
    pub anchors: Vec<String>,
    /// The addresses of links and images, each with its line.
    pub links: Vec<(usize, String)>,
    /// What is written as code in a sentence, each with its line.
    pub code: Vec<(usize, String)>,
    pub blocks: Vec<Block>,
}

/// A fenced block of code.
#[derive(Clone)]
pub struct Block {
    /// The line of its fence.
    pub line: usize,
    pub language: String,
    pub text: String,
    /// The comments in front of it, which state how it is checked.
    pub marks: Vec<Mark>,
}

impl Block {
    /// Whether a comment is such a mark.
    pub fn is_marked(&self, is_such: impl Fn(&Mark) -> bool) -> bool {
        self.marks.iter().any(is_such)
    }
}

/// How a block is checked, if not as a block of its language is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mark {
    /// `not run: REASON`: its commands are only parsed.
    NotRun(String),
    /// `exit CODE`: its last command ends with this code.
    Exit(i32),
    /// `file: PATH`: it is a file of the reader's, which the commands that follow read.
    File(String),
    /// `from: PATH`: it is a file of this repository, or a part of one.
    From(String),
    /// `test: NAME`: the test of this name checks it.
    Test(String),
    /// `with: PARTS`: its commands run where these parts are, not in the other tests of the book.
    With(String),
}

impl Mark {
    /// Reads comments, and ignores those that are not about a block.
    fn parse_all(html: &str) -> Vec<Self> {
        let comments = html.split("<!--").skip(1);
        comments.filter_map(|rest| Self::parse(rest.split("-->").next()?)).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(code) = text.strip_prefix("exit ") {
            return Some(Self::Exit(code.parse().expect("an exit code")));
        }
        let (kind, value) = text.split_once(": ")?;
        let value = value.to_owned();
        Some(match kind {
            "not run" => Self::NotRun(value),
            "file" => Self::File(value),
            "from" => Self::From(value),
            "test" => Self::Test(value),
            "with" => Self::With(value),
            _ => return None,
        })
    }
}

/// The anchor of a heading.
pub fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

impl Chapter {
    /// Reads a file of the workspace.
    pub fn read(path: &str) -> Self {
        let file = format!("{WORKSPACE}/{path}");
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut chapter = Self {
            path: path.to_owned(),
            title: String::new(),
            anchors: Vec::new(),
            links: Vec::new(),
            code: Vec::new(),
            blocks: Vec::new(),
            text,
        };
        let text = chapter.text.clone();
        let line = |offset: usize| text[..offset].matches('\n').count() + 1;
        let (mut heading, mut comment): (Option<String>, Option<String>) = (None, None);
        for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(level)) => {
                    let heading = heading.take().unwrap_or_default();
                    chapter.anchors.push(anchor(&heading));
                    if level == HeadingLevel::H1 && chapter.title.is_empty() {
                        chapter.title = heading;
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    chapter.links.push((line(range.start), dest_url.into_string()));
                }
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&code);
                    }
                    chapter.code.push((line(range.start), code.into_string()));
                }
                Event::Text(part) => match (&mut heading, chapter.blocks.last_mut()) {
                    (Some(heading), _) => heading.push_str(&part),
                    (None, Some(block)) if block.text.is_empty() && block.line == 0 => {
                        block.text.push_str(&part)
                    }
                    _ => {}
                },
                Event::Html(html) => {
                    comment = Some(comment.unwrap_or_default() + &html);
                    continue;
                }
                Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => continue,
                Event::Start(Tag::CodeBlock(kind)) => {
                    // An indented block states no language.
                    let CodeBlockKind::Fenced(language) = kind else { continue };
                    let lines: Vec<&str> = text[range.clone()].lines().collect();
                    let body = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
                    let indent = body.first().map_or(0, |line| line.len() - line.trim_start().len());
                    // A block in a list is indented as its item is.
                    let indent = if text[..range.start].ends_with(' ') { indent } else { 0 };
                    let body: Vec<&str> =
                        body.iter().map(|line| line.get(indent..).unwrap_or_default()).collect();
                    chapter.blocks.push(Block {
                        line: line(range.start),
                        language: language.into_string(),
                        text: body.iter().map(|line| format!("{line}\n")).collect(),
                        marks: comment.as_deref().map(Mark::parse_all).unwrap_or_default(),
                    });
                }
                _ => {}
            }
            comment = None;
        }
        chapter
    }

    /// A place in the chapter, for a message.
    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// Every chapter in `docs` but the table of contents, sorted by path.
pub fn chapters() -> Vec<Chapter> {
    let mut paths = Vec::new();
    collect(Path::new("docs"), &mut paths);
    paths.retain(|path| path != "docs/SUMMARY.md");
    paths.sort();
    paths.iter().map(|path| Chapter::read(path)).collect()
}

/// The chapters, and the two files at the root of the repository.
pub fn all() -> Vec<Chapter> {
    let roots = ["README.md", "CONTRIBUTING.md"].map(Chapter::read);
    roots.into_iter().chain(chapters()).collect()
}

fn collect(folder: &Path, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(Path::new(WORKSPACE).join(folder)).expect("a folder") {
        let entry = entry.expect("a file");
        let path = folder.join(entry.file_name());
        if entry.file_type().expect("a file").is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path.display().to_string());
        }
    }
}
