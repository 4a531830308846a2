//! The commands of a chapter, executed in one shell, and their output compared with that of the chapter.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Block, Mark};

/// A command of a block.
#[derive(Debug)]
pub struct Step {
    /// Where it is, such as `docs/rules.md:12`.
    pub place: String,
    pub command: String,
    /// The lines that the chapter shows below it.
    pub output: Vec<String>,
    pub code: i32,
}

/// The commands of a block: lines that begin with `$ `, continued after a backslash.
pub fn steps(path: &str, block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_continued = false;
    for (number, line) in block.text.lines().enumerate() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (_, Some(step)) if is_continued => {
                step.command.push('\n');
                step.command.push_str(line);
            }
            (Some(command), _) => steps.push(Step {
                place: format!("{path}:{}", block.line + 1 + number),
                command: command.to_owned(),
                output: Vec::new(),
                code: 0,
            }),
            (None, Some(step)) => step.output.push(line.to_owned()),
            (None, None) => panic!("{path}:{}: a block of commands begins with `$ `", block.line),
        }
        is_continued =
            steps.last().is_some_and(|step| step.output.is_empty() && step.command.ends_with('\\'));
    }
    for mark in &block.marks {
        if let (Mark::Exit(code), Some(step)) = (mark, steps.last_mut()) {
            step.code = *code;
        }
    }
    steps
}

/// Executes the steps of a chapter in one shell in a folder. `files` are written before the step of their number, and the command
/// `commit` follows.
///
/// # Panics
/// If a command ends with another code, or prints something else than the chapter shows.
pub fn execute(
    folder: &Path,
    variables: &BTreeMap<String, String>,
    commit: &str,
    files: &[(usize, String, String)],
    steps: &[Step],
) {
    let mut script = format!("{commit}\n");
    for (number, step) in steps.iter().enumerate() {
        for (_, name, text) in files.iter().filter(|(at, ..)| *at == number) {
            script += &format!(
                "mkdir -p \"$(dirname '{name}')\"; cat > '{name}' <<'@@file'\n{text}@@file\n{commit}\n"
            );
        }
        script +=
            &format!("echo '@@begin {number}'\n{{ {}\n}} </dev/null\necho \"@@end $?\"\n", step.command);
    }
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut command = Command::new("timeout");
    command.args(["300", "sh", "-c"]).arg(&script).current_dir(folder);
    command.env_clear().envs(variables).stdin(Stdio::null());
    command.stdout(writer.try_clone().expect("a pipe")).stderr(writer);
    let mut shell = command.spawn().expect("a shell starts");
    // It has the ends of the pipe that are written to.
    drop(command);
    let mut printed = String::new();
    std::io::Read::read_to_string(&mut reader, &mut printed).expect("text");
    shell.wait().expect("the end of the shell");
    let mut problems = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let start = format!("@@begin {number}\n");
        let part = printed.split_once(&start).map_or("", |(_, rest)| rest);
        let (output, code) = part.split_once("@@end ").unwrap_or((part, "lost"));
        let code = code.lines().next().unwrap_or_default();
        if code != step.code.to_string() {
            problems.push(format!("{}: `{}` ended with {code}:\n{output}", step.place, step.command));
        } else if !step.output.is_empty() && !matches(&step.output, output) {
            problems.push(format!("{}: `{}` printed:\n{output}", step.place, step.command));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Whether an output is the expected one. A line `…` stands for any lines, and a `…` in a line for any text. Times, sizes
/// and digests differ between two runs, and are not compared.
fn matches(expected: &[String], output: &str) -> bool {
    let lines: Vec<String> = output.lines().map(normalize).collect();
    let expected: Vec<String> = expected.iter().map(|line| normalize(line)).collect();
    matches_lines(&expected, &lines)
}

fn matches_lines(expected: &[String], lines: &[String]) -> bool {
    match (expected.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "…" => {
            (0..=lines.len()).any(|skipped| matches_lines(rest, &lines[skipped..]))
        }
        (Some((first, rest)), Some((line, lines))) => matches_line(first, line) && matches_lines(rest, lines),
        _ => false,
    }
}

fn matches_line(expected: &str, line: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = parts.next().and_then(|start| line.strip_prefix(start)) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (number, part) in parts.iter().enumerate() {
        let found = if number + 1 == parts.len() {
            rest.strip_suffix(part).map(|_| rest.len())
        } else {
            rest.find(part).map(|at| at + part.len())
        };
        let Some(end) = found else { return false };
        rest = &rest[end..];
    }
    rest.is_empty()
}

fn normalize(line: &str) -> String {
    let mut text = line.trim().to_owned();
    for (pattern, replacement) in [
        (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "DATE"),
        (r"\b\d+(\.\d+)? (ms|s|min|h|d)\b", "TIME"),
        (r"\b[\d,]+ fuel", "N fuel"),
        (r"at most [\d,]+,", "at most N,"),
        (r"sha256:[0-9a-f]{8,64}", "sha256:DIGEST"),
        (r"  +", "  "),
    ] {
        let pattern = regex_lite::Regex::new(pattern).expect("a pattern");
        text = pattern.replace_all(&text, replacement).into_owned();
    }
    text
}
