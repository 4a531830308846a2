//! `docs/any-language.md` from its first command to its last one.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::bench::emulator::cache;
use crate::project::text;
use crate::support::WORKSPACE;

/// The fenced blocks of a chapter, each with its language.
fn blocks(chapter: &str) -> Vec<(&str, &str)> {
    let parts = chapter.split("\n```").skip(1).step_by(2);
    parts.map(|block| block.split_once('\n').expect("a language and a block")).collect()
}

#[test]
fn the_chapter_about_c_is_a_policy_that_passes_its_cases() {
    let chapter = fs::read_to_string(format!("{WORKSPACE}/docs/any-language.md")).expect("the chapter");
    let folder = TempDir::with_prefix_in("chapter-", env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let bin = Path::new(env!("CARGO_BIN_EXE_ecs-host")).parent().unwrap().display().to_string();
    let wit_bindgen = cache().join("wit-bindgen-cli/bin").display().to_string();
    let path = format!("{bin}:{wit_bindgen}:{}", std::env::var("PATH").unwrap_or_default());
    let mut printed = Vec::new();
    for (language, block) in blocks(&chapter) {
        let file = match language {
            "console" => {
                for line in block.lines() {
                    let command = line.strip_prefix("$ ").expect("a command");
                    printed.push((command.to_owned(), execute(folder.path(), &path, command)));
                }
                continue;
            }
            "wit" => "wit/world.wit",
            "c" => "policy.c",
            "make" => "Makefile",
            "toml" => "cases/canary.toml",
            other => panic!("what is a block in `{other}`?"),
        };
        // The blocks of one language are the parts of one file.
        let file = folder.path().join(file);
        let before = fs::read_to_string(&file).map_or(String::new(), |before| before + "\n");
        fs::write(file, format!("{before}{block}\n")).expect("a folder that a command has made");
    }
    let commands: Vec<&str> = printed.iter().map(|(command, _)| command.as_str()).collect();
    assert_eq!(
        commands,
        [
            "mkdir -p wit/deps cases",
            "ecs-host inspect --wit > wit/deps/ecs-host-policy.wit",
            "make build",
            "ecs-host inspect policy.wasm",
            "ecs-host test policy.wasm cases",
        ]
    );
    assert!(printed[3].1.contains("canary 1.0.0"), "{}", printed[3].1);
    assert!(printed[4].1.contains("9 passed in "), "{}", printed[4].1);
}

/// The output of a command of the chapter, which succeeds.
fn execute(folder: &Path, path: &str, command: &str) -> String {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).env("PATH", path);
    shell.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    // Those of a make that runs the tests.
    shell.env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    let output = shell.output().expect("sh starts");
    assert!(output.status.success(), "`{command}`: {}", text(&output));
    text(&output)
}

/// The reader is that of the emulator, which is in Python.
#[test]
fn the_files_for_ci_are_yaml() {
    let mut count = 0;
    for chapter in crate::support::book::chapters() {
        for block in chapter.blocks.iter().filter(|block| block.language == "yaml") {
            let python = cache().join("emulator/bin/python");
            let script = "import sys, yaml; file = yaml.safe_load(sys.argv[1]); assert isinstance(file, (dict, list)), file";
            let output =
                Command::new(python).args(["-c", script, &block.text]).output().expect("python starts");
            assert!(output.status.success(), "{}: {}", chapter.at(block.line), text(&output));
            count += 1;
        }
    }
    assert!(count > 10, "{count} files");
}
