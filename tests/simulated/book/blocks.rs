//! Every block of code is checked: commands are executed, and any other block has a comment in front of it that states
//! what checks it.

use std::fs;

use crate::support::WORKSPACE;
use crate::support::book::{Mark, all};

/// The sources of the tests, in which a block's test is found by its name.
fn sources() -> String {
    fn collect(folder: &std::path::Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                collect(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                *text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    let mut text = String::new();
    for folder in ["tests/simulated", "tests/real", "host", "guest"] {
        collect(&std::path::Path::new(WORKSPACE).join(folder), &mut text);
    }
    text
}

#[test]
fn every_block_states_what_checks_it() {
    let sources = sources();
    let mut problems = Vec::new();
    for chapter in all() {
        for block in &chapter.blocks {
            let problem = match (block.marks.first(), block.language.as_str()) {
                (Some(Mark::Test(name)), _) if sources.contains(&format!("fn {name}(")) => continue,
                (Some(Mark::Test(name)), _) => format!("there is no test `{name}`"),
                (Some(Mark::From(path)), _) => {
                    let file = fs::read_to_string(format!("{WORKSPACE}/{path}"));
                    match file {
                        Err(error) => format!("{path}: {error}"),
                        Ok(file) if file.contains(&block.text) => continue,
                        Ok(_) => format!("{path} does not contain the block"),
                    }
                }
                (Some(Mark::NotRun(reason)), _) if reason.len() > 10 => continue,
                (Some(Mark::NotRun(_)), _) => "a reason is missing".to_owned(),
                (Some(Mark::File(_) | Mark::With(_)), _) | (_, "text" | "console") => continue,
                (_, language) => format!("nothing states what checks this block in `{language}`"),
            };
            problems.push(format!("{}: {problem}", chapter.at(block.line)));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
