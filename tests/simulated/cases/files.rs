//! Which case files `ecs-host test` reads.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::{Folder, SETTINGS};

#[test]
fn the_cases_of_a_folder_run_and_a_pattern_selects_some() {
    let skip = |name: &str| {
        format!("{SETTINGS}[[case]]\nname = \"{name}\"\nbuild.branch = \"x\"\nexpect.skip.matches = \"x\"\n")
    };
    let folder = Folder::with(&[
        ("cases/b.toml", &skip("second")),
        ("cases/deep/a.toml", &skip("third")),
        ("cases/a.toml", &skip("first")),
        ("cases/notes.txt", "no cases"),
    ]);
    let (out, _) = folder.test("built-in", &["cases"], 0);
    let names = ["first", "second", "third"].map(|name| out.find(name).unwrap_or_else(|| panic!("{out}")));
    assert!(names.is_sorted(), "{out}");
    let (out, _) = folder.test("built-in", &["cases", "--run", "^(fir|thi)"], 0);
    assert!(out.contains("2 passed") && !out.contains("second"), "{out}");
    let (_, err) = folder.test("built-in", &["cases", "--run", "fourth"], 2);
    assert!(err.contains("no case has a name that matches `--run`"), "{err}");
    folder.test("built-in", &["cases", "--run", "("], 2);
    let (_, err) = folder.test("built-in", &["nowhere"], 2);
    assert!(err.contains("cannot read cases from nowhere"), "{err}");
}

#[test]
fn hidden_names_and_links_to_folders_are_skipped() {
    let skip =
        format!("{SETTINGS}[[case]]\nname = \"a\"\nbuild.branch = \"x\"\nexpect.skip.matches = \"x\"\n");
    let folder = Folder::with(&[("cases/a.toml", &skip), ("cases/.git/b.toml", "x"), ("cases/.c.toml", "x")]);
    symlink("..", folder.path("cases/loop")).expect("a link");
    symlink("a.toml", folder.path("cases/linked.toml")).expect("a link");
    let (out, _) = folder.test("built-in", &["cases"], 0);
    assert!(out.contains("cases/linked.toml") && out.contains("2 passed"), "{out}");
}

#[test]
fn a_device_a_pipe_and_a_large_file_are_not_read() {
    let folder = Folder::with(&[]);
    let at = |name: &str| folder.path(name);
    // A sparse file, which occupies no space on the disk.
    File::create(at("large.toml")).and_then(|file| file.set_len(5 << 30)).expect("a large file");
    symlink("/dev/zero", at("endless.toml")).expect("a link");
    assert!(Command::new("mkfifo").arg(at("pipe.toml")).status().expect("it starts").success());
    for (name, expected) in [
        ("large.toml", "it is larger than the maximum of 64 MiB"),
        ("endless.toml", "it is a device, not a file"),
        ("pipe.toml", "it is a named pipe, not a file"),
    ] {
        let (out, err) = folder.test("built-in", &[name], 2);
        assert!(
            out.is_empty() && err.contains(&format!("cannot read cases from {name}: {expected}")),
            "{out}{err}"
        );
    }
}
