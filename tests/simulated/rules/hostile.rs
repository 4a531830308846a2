//! Rules that a stranger wrote: every run ends with a code and a message, soon, and changes nothing.

use std::time::{Duration, Instant};

use super::{Checkout, RULES};
use crate::world::scenario;

#[test]
fn hostile_files_end_with_a_message() {
    let deep = |open: &str, count| format!("a = {}", open.repeat(count));
    let keys: String = (0..4000).map(|number| format!("key-{number} = 1\n")).collect();
    let checkout = Checkout::without_rules(&scenario());
    for (name, rules, code, expected) in [
        ("larger than 64 KiB", "#".repeat(70_000), 3, "has 70000 bytes, and at most 65536 are read"),
        ("larger than git's limit", "#".repeat(2 << 20), 3, "cannot read deploy-rules.toml: "),
        ("deep lists", deep("[", 60_000), 3, "deploy-rules.toml has "),
        ("deep tables", deep("{a=", 20_000), 3, "deploy-rules.toml"),
        ("deep keys", format!("{}a = 1", "a.".repeat(30_000)), 3, "deploy-rules.toml"),
        ("many headers", "[[rule]]\n".repeat(7_000), 3, "- and "),
        ("many mistakes", keys, 3, "deploy-rules.toml has 4000 problems:\n"),
        ("empty", String::new(), 3, "deploy-rules.toml:1:1: the file has no [[rule]]"),
        ("not TOML", "\u{feff}{{{{".to_owned(), 3, "deploy-rules.toml"),
        (
            "a hard pattern",
            RULES.replace("\"master\"\nenv", &format!("\"{}\"\nenv", "**a*".repeat(10_000))),
            0,
            "skip: No rule",
        ),
    ] {
        checkout.write("deploy-rules.toml", &rules);
        let start = Instant::now();
        let run = checkout.verb("plan").ends();
        assert!(run.code == Some(code) && run.text.contains(expected), "{name}: {}", run.transcript());
        assert!(start.elapsed() < Duration::from_secs(20), "{name}: {:?}", start.elapsed());
        assert!(run.text.len() < 20_000 && run.calls.is_empty(), "{name}: {}", run.transcript());
    }
}

#[test]
fn a_text_of_the_file_cannot_pass_for_a_line_of_the_host() {
    let checkout = Checkout::without_rules(&scenario());
    let forged = "[[rule]]\nskip = \"a\\nVerdict   main/web deployed\\u001b[2J ##vso[x]\\u202E\"\n";
    checkout.write("deploy-rules.toml", forged);
    let skipped = checkout.run().exits(0);
    skipped.prints("Decision  skip: a\\nVerdict   main/web deployed\\u{1b}[2J #\\u{23}vso[x]\\u{202e}");
    for rules in [
        "[[rule]]\nskip = \"x\"\n\"a\\nerror: b\\u001b[2J\" = 1\n",
        "[[rule]]\nenvironment = \"a\\nVerdict   main/web deployed\"\n",
        "[environments.\"x\\n\\nVerdict   main/web deployed\"]\n",
    ] {
        checkout.write("deploy-rules.toml", rules);
        let run = checkout.run().exits(3);
        let is_forged = |line: &str| {
            line.starts_with("Verdict") || line.contains('\u{1b}') || line.starts_with("error: b")
        };
        assert!(!run.text.lines().any(is_forged), "{}", run.transcript());
    }
}

#[test]
fn a_pull_request_from_a_fork_deploys_by_no_rule_of_its_own() {
    let rules = RULES.replace("branch = \"master\"", "event = [\"push\", \"pull-request\"]");
    let checkout = Checkout::with(&rules);
    let request = |slug: &str| {
        let job = checkout.run().set("TRAVIS_PULL_REQUEST", "12").set("TRAVIS_EVENT_TYPE", "pull_request");
        job.set("TRAVIS_REPO_SLUG", "shop/shop").set("TRAVIS_PULL_REQUEST_SLUG", slug)
    };
    let fork = request("stranger/shop").exits(0);
    fork.prints("skip: Pull request 12 does not deploy, because it is from a fork.");
    assert!(fork.calls.is_empty(), "{}", fork.transcript());
    let unknown = request("").exits(0);
    unknown.prints("because it may be from a fork: the CI provider does not report it.");
    // The rule is one for pull requests of the repository itself.
    request("shop/shop").exits(0).prints("Verdict   main/web deployed");
}

#[test]
fn rules_cannot_do_what_the_operator_does_not_grant() {
    let checkout = Checkout::without_rules(&scenario());
    let image = |lines: &str| RULES.replace("\n[[target]]", &format!("{lines}\n[[target]]"));
    for (rules, code, expected) in [
        (image("secrets = { npm = \"AWS_SECRET_ACCESS_KEY\" }\n"), 5, "AWS_SECRET_ACCESS_KEY"),
        (image("ssh = \"default\"\n"), 5, "--allow build:ssh"),
        (image("arguments = { BUILDKIT_SYNTAX = \"evil.example/frontend\" }\n"), 5, "--allow build:syntax"),
        (image("context = \"../..\"\n"), 3, "../.."),
        (image("dockerfile = \"/etc/passwd\"\n"), 3, "/etc/passwd"),
    ] {
        checkout.write("deploy-rules.toml", &rules);
        // The registry contains no image of this commit.
        let run = checkout.run().set("TRAVIS_COMMIT", &"7".repeat(40)).ends();
        assert!(run.text.contains(expected) && run.mutations().is_empty(), "{}", run.transcript());
        assert_eq!(run.code, Some(code), "{}", run.transcript());
    }
}
