//! Completions and man pages, in a shell and in what shows man pages.

use std::fs;
use std::process::Command;

use super::{folder, succeeds};
use crate::project::{host, text};

/// What bash completes at the end of a line.
fn complete(script: &str, words: &[&str]) -> Vec<String> {
    let (program, last) = (words[0], words[words.len() - 1]);
    // As readline does: the words, the index of the last one, and the three arguments of the function.
    let completion = format!(
        "{script}\nCOMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_LINE=\"$*\"\n\
         function=$(complete -p {program} | sed 's/.* -F \\([^ ]*\\).*/\\1/')\n\
         \"$function\" {program} '{last}' \"${{COMP_WORDS[COMP_CWORD - 1]}}\"\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    );
    let mut bash = Command::new("bash");
    let printed = succeeds(bash.args(["--norc", "-c", &completion, "bash"]).args(words));
    printed.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_verbs_flags_and_values() {
    let output = host(std::path::Path::new("/"), &["completions", "bash"]);
    assert!(output.status.success(), "{}", text(&output));
    let script = String::from_utf8(output.stdout).unwrap();
    for (words, expected) in [
        (&["ecs-host", "roll"][..], &["rollback"][..]),
        (&["ecs-host", "co"], &["completions", "config", "continue"]),
        (&["ecs-host", "run", "--on-f"], &["--on-failure"]),
        (&["ecs-host", "run", "--on-failure", "ro"], &["roll-back"]),
        (&["ecs-host", "completions", "z"], &["zsh"]),
    ] {
        let mut completed = complete(&script, words);
        completed.sort();
        assert_eq!(completed, expected, "{words:?}");
    }
}

#[test]
fn completions_of_a_broken_project_are_printed_for_every_shell() {
    let project = folder("completions");
    fs::write(project.path().join("ecs-host.toml"), "no file").unwrap();
    for (shell, part) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef ecs-host"),
        ("fish", "complete -c ecs-host"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[ecs-host]"),
    ] {
        let output = host(project.path(), &["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(text(&output).contains(part), "{shell}");
    }
}

#[test]
fn man_pages_have_no_mistakes_and_fit_80_columns() {
    let folder = folder("man");
    let out = folder.path().join("man1");
    let output = host(folder.path(), &["man", "--out", "man1"]);
    assert_eq!(text(&output), "");
    let pages: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.len() > 15, "{pages:?}");
    for page in pages {
        let name = page.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut lint = Command::new("mandoc");
        let found = super::ends(lint.args(["-Tlint", "-Wwarning"]).arg(&page));
        let found = text(&found);
        // The pages of two builds of one commit are the same.
        let found: Vec<&str> = found.lines().filter(|line| !line.contains("missing date")).collect();
        assert!(found.is_empty(), "{name}: {found:?}");
        let mut show = Command::new("mandoc");
        let shown = succeeds(show.args(["-Tutf8", "-Owidth=78"]).arg(&page));
        // Bold and underlined characters are printed over each other.
        let shown = regex_lite::Regex::new(".\u{8}").unwrap().replace_all(&shown, "").into_owned();
        for line in shown.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        assert!(shown.contains("EXIT CODES\n"), "{name}: {shown}");
        if let Some(verb) = name.strip_prefix("ecs-host-") {
            assert!(shown.contains(&format!("ecs-host {verb} ")), "{name}: {shown}");
            // The page on stdout is the same.
            let printed = host(folder.path(), &["man", verb]);
            assert!(printed.stdout == fs::read(&page).unwrap(), "{name}");
        }
    }
    let unknown = host(folder.path(), &["man", "fly"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown).contains("there is no verb `fly`"), "{}", text(&unknown));
    // Nothing is written through a link.
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
    fs::create_dir(folder.path().join("man2")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("page"), folder.path().join("man2/ecs-host.1")).unwrap();
    for (out, expected) in
        [("link/man1", "`link` is a link of the checkout to `"), ("man2", "ecs-host.1`: it is a link")]
    {
        let rejected = host(folder.path(), &["man", "--out", out]);
        assert_eq!(rejected.status.code(), Some(2));
        assert!(text(&rejected).contains(expected), "{}", text(&rejected));
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}
