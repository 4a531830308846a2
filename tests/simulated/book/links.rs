//! Every chapter is in the table of contents, and every link leads somewhere.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::support::WORKSPACE;
use crate::support::book::{Chapter, all, chapters};

/// The path of a link in a chapter, from the root of the workspace.
fn resolve(chapter: &str, link: &str) -> String {
    let mut path = PathBuf::new();
    for part in Path::new(chapter).with_file_name("").join(link).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{chapter}: `{link}` leaves the repository"),
            part => path.push(part),
        }
    }
    path.display().to_string()
}

#[test]
fn the_table_of_contents_lists_each_chapter_by_its_title_once() {
    let summary = Chapter::read("docs/SUMMARY.md");
    let listed: Vec<String> = summary.links.iter().map(|(_, link)| resolve(&summary.path, link)).collect();
    let mut sorted = listed.clone();
    sorted.sort();
    let chapters = chapters();
    let paths: Vec<&str> = chapters.iter().map(|chapter| chapter.path.as_str()).collect();
    assert_eq!(sorted, paths, "docs/SUMMARY.md lists each chapter once");
    for chapter in &chapters {
        assert!(!chapter.title.is_empty(), "{} begins with a title", chapter.path);
        let link = chapter.path.strip_prefix("docs/").unwrap();
        let title = chapter.title.replace('`', "");
        let entry = format!("]({link})");
        let line = summary.text.lines().find(|line| line.contains(&entry)).unwrap();
        let short = line.trim_start_matches(['-', ' ', '[']).split("](").next().unwrap().replace('`', "");
        assert!(title.contains(&short), "{}: the title is `{title}`, and the entry `{short}`", chapter.path);
    }
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let all = all();
    let anchors: BTreeMap<&str, &Vec<String>> =
        all.iter().map(|chapter| (chapter.path.as_str(), &chapter.anchors)).collect();
    let mut problems = Vec::new();
    for chapter in &all {
        let mut report =
            |line: usize, problem: String| problems.push(format!("{}: {problem}", chapter.at(line)));
        for (line, link) in &chapter.links {
            if link.starts_with("https://") {
                continue;
            }
            let (file, fragment) = link.split_once('#').map_or((link.as_str(), None), |(f, a)| (f, Some(a)));
            let path = if file.is_empty() { chapter.path.clone() } else { resolve(&chapter.path, file) };
            if !Path::new(WORKSPACE).join(&path).exists() {
                report(*line, format!("`{link}`: there is no {path}"));
            } else if chapter.path.starts_with("docs/") && !path.starts_with("docs/") {
                // The pages of the book are not beside the repository.
                report(*line, format!("`{link}` leaves the book: write the path as code"));
            } else if let Some(fragment) = fragment
                && !anchors.get(path.as_str()).is_some_and(|anchors| anchors.iter().any(|a| a == fragment))
            {
                report(*line, format!("`{link}`: {path} has no such heading"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
