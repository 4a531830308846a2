extern crate std;

mod derived;
mod names;
mod paths;
mod syntax;

use alloc::string::ToString as _;

use super::*;

/// A valid file, to which the tests add mistakes.
const VALID: &str = "\
[[rule]]
branch = \"main\"
environment = \"staging\"

[environments.staging]
cluster = \"staging\"

[images.web]
repository = \"registry.example/web\"

[[target]]
service = \"web\"
";

/// The problems of a file, each on a line, without the name of the file.
fn problems(text: &str) -> Vec<String> {
    let Err(report) = File::parse(text) else { panic!("valid: {text}") };
    let lines = report.lines().filter(|line| !line.ends_with(" problems:"));
    lines.map(|line| line.trim_start_matches("- ").replace("deploy-rules.toml:", "")).collect()
}

#[test]
fn a_valid_file_has_no_problem() {
    let file = File::parse(VALID).unwrap();
    assert_eq!(
        (file.rules.len(), file.environments.len(), file.images.len(), file.targets.len()),
        (1, 1, 1, 1)
    );
    assert!(!file.has_all_jobs && file.images[0].tags.len() == 2);
}

#[test]
fn every_mistake_is_reported_with_its_position_and_what_is_expected() {
    let edit = |from: &str, to: &str| {
        assert!(VALID.contains(from), "{from}");
        VALID.replace(from, to)
    };
    let add = |lines: &str| [VALID, lines, "\n"].concat();
    let mut missing = Vec::new();
    for (text, expected) in [
        (edit("branch = ", "brnach = "), "2:1: unknown key `brnach` in [[rule]]; did you mean `branch`?"),
        (edit("[images.web]", "[image.web]"), "8:2: unknown key `image` in the file; did you mean `images`?"),
        (
            edit("cluster", "cluser"),
            "6:1: unknown key `cluser` in [environments.staging]; did you mean `cluster`?",
        ),
        (
            edit("\"main\"", "7"),
            "2:10: `branch` of [[rule]]: expected a text or a list of texts, none of them empty; found the number 7",
        ),
        (edit("\"main\"", "[\"main\", 7]"), "none of them empty; found the number 7 in a list"),
        (
            edit("environment = \"staging\"", "environment = true"),
            "expected a text in quotation marks, not empty; found true",
        ),
        (
            add("jobs = \"all\""),
            "13:1: unknown key `jobs` in [[target]]; write it at the top of the file, before",
        ),
        (
            "[rule]\nskip = \"x\"".to_string(),
            "expected tables, each beginning with `[[rule]]`; found one table",
        ),
        (edit("\"main\"", "[]"), "2:10: `branch` of [[rule]] is an empty list; remove it"),
        (edit("\"main\"", "\"v[0-9]\""), "2:10: `[` has no meaning in a pattern"),
        (edit("\"main\"", "\"!\""), "2:10: `!` needs a pattern after it"),
        (
            edit("\"main\"", "\"{settings.HOME}\""),
            "2:10: `HOME` is not a setting of this policy, which reads DEPLOY_*",
        ),
        (
            edit("\"main\"", "\"{settings.DEPLOY_A}/x\""),
            "2:10: a setting in a list of patterns is the whole text",
        ),
        (
            edit("environment = \"staging\"", "environment = \"stagin\""),
            "3:15: unknown environment `stagin`; did you mean `staging`?",
        ),
        (edit("environment = \"staging\"", ""), "1:1: [[rule]] needs one of `environment` and `skip`"),
        (
            edit("environment = \"staging\"", "environment = \"staging\"\nskip = \"x\""),
            "1:1: [[rule]] needs only one of `environment` and `skip`",
        ),
        (
            edit("branch = \"main\"", "event = \"puhs\""),
            "2:9: `event` of [[rule]]: unknown word `puhs`; did you mean `push`?",
        ),
        (
            edit("branch = \"main\"", "branch = \"a\"\ntag = \"b\""),
            "3:1: a build is that of a branch or of a tag",
        ),
        (
            edit("branch = \"main\"", "tag = \"b\"\nevent = \"push\""),
            "2:1: a rule with `tag` matches the event `tag` only",
        ),
        (
            edit("branch = \"main\"", "branch = \"b\"\nevent = \"tag\""),
            "2:1: a rule with `branch` does not match the event `tag`",
        ),
        (
            edit("cluster = \"staging\"", "region = \"eu-west-1\""),
            "11:1: [[target]] has no `cluster`, and neither has the environment: `staging`",
        ),
        (
            edit("registry.example/web", "https://registry.example/web"),
            "9:14: `repository` is not that of an image, such as `1234",
        ),
        (
            edit("registry.example/web", "registry.example/web:latest"),
            ": remove the tag or digest; `tags` sets the tags",
        ),
        (edit("registry.example/web", "acme/web"), ": begin with the host of the registry"),
        (edit("repository = \"registry.example/web\"", ""), "8:9: [images.web] has no `repository`"),
        (
            edit("\"registry.example/web\"", "\"registry.example/web\"\npushed = \"x\"\npull = true"),
            "11:1: `pull` is an option of a build",
        ),
        (
            edit("\"registry.example/web\"", "\"registry.example/web\"\npublish-only = true"),
            "12:1: [[target]] changes nothing: there is no image for it",
        ),
        (
            edit("service = \"web\"", "service = \"web\"\nfamily = \"b\""),
            "11:1: [[target]] needs only one of `service`, `family`",
        ),
        (
            edit("service = \"web\"", "family = \"web\"\nbake-seconds = 3"),
            "13:1: `bake-seconds` is for a service, and this target is a family",
        ),
        (add("wave = -1"), "13:8: `wave` of [[target]]: expected an integer from 0 to 4294967295"),
        (add("timeout-seconds = 0"), "13:19: `timeout-seconds` of [[target]]: expected an integer from 1 to"),
        (
            add("on-failure = \"rollback\""),
            "13:14: `on-failure` of [[target]]: unknown word `rollback`; did you mean `roll-back`?",
        ),
        (add("images = \"wbe\""), "13:10: unknown image `wbe`; did you mean `web`?"),
        (
            add("[images.other]\nrepository = \"r.example/o\"")
                .replace("service = ", "images = \"web\"\nservice = "),
            "14:9: no target runs image `other`",
        ),
        (add("environments = \"prod*\""), "13:16: `environments` of [[target]] matches no environment"),
        (
            add("environments = \"stagin\""),
            "13:16: `environments` of [[target]] matches no environment; did you mean `staging`?",
        ),
        (add("cluster = \"{comit}\""), "13:11: unknown value `comit` in braces; did you mean `commit`?"),
        (add("[[target.tasks-before]]\nname = \"m\""), "13:1: [[target.tasks-before]] has no `container`"),
        (
            add("[[target.tasks-before]]\nname = \"m\"\ncontainer = \"c\"\ncommand = \"x\""),
            "16:11: `command` of [[target.tasks-before]]: expected a list of texts",
        ),
        (add("[target.containers.web]"), "13:20: [target.containers.web] changes nothing; remove it"),
        (
            add("images = \"web\"\n[target.containers.web]\nimage = \"web\""),
            "13:1: `images` chooses the images of a target without `containers`",
        ),
        (
            add("[environments.production]\ncluster = \"x\""),
            "13:15: no rule deploys to environment `production`",
        ),
        (add("[images.web]"), "duplicate key"),
        (add("wave = "), "13:8: "),
        (
            "rule = 1".to_string(),
            "1:8: `rule` of the file: expected tables, each beginning with `[[rule]]`; found the number 1",
        ),
        (String::new(), "1:1: the file has no [[rule]], so no build deploys"),
    ] {
        let problems = problems(&text);
        if !problems.iter().any(|problem| problem.contains(expected)) {
            missing.push((expected, problems));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text =
        VALID.replace("main", "ma?n").replace("registry.example/web", "web").replace("service", "servce");
    let problems = problems(&text);
    assert_eq!(problems.len(), 3, "{problems:#?}");
    let syntax = self::problems("a = \nb = 'x\n[c\n");
    assert!(syntax.len() > 1, "{syntax:#?}");
}

#[test]
fn a_rule_that_is_never_reached_is_a_mistake() {
    let reached = |first: &str, second: &str| {
        let rule = |condition: &str| format!("[[rule]]\n{condition}\nskip = \"x\"\n");
        File::parse(&[rule(first), rule(second)].concat()).is_ok()
    };
    for (first, second) in [
        ("", "branch = 'main'"),
        ("", "tag = 'v1'"),
        ("branch = 'release/*'", "branch = 'release/1'"),
        ("branch = ['a', 'b']", "branch = 'b'"),
        ("branch = '**'", "branch = ['a', '!b']"),
        ("branch = 'a'", "branch = 'a'\nchanged = 'x/**'"),
        ("event = ['push', 'manual']", "event = 'manual'\nmessage = '*x*'"),
        ("tag = '{settings.DEPLOY_TAGS}'", "tag = '{settings.DEPLOY_TAGS}'"),
    ] {
        assert!(!reached(first, second), "{first} | {second}");
    }
    for (first, second) in [
        ("branch = 'main'", ""),
        ("", "event = 'pull-request'"),
        ("branch = 'main'", "tag = 'main'"),
        ("branch = 'release/1'", "branch = 'release/*'"),
        ("branch = 'a'\nchanged = 'x/**'", "branch = 'a'"),
        ("branch = '!a'", "branch = 'b'"),
        ("branch = 'a'", "branch = '!b'"),
        ("tag = '{settings.DEPLOY_TAGS}'", "tag = '**'"),
        ("event = 'push'", "event = ['push', 'manual']"),
    ] {
        assert!(reached(first, second), "{first} | {second}");
    }
}

#[test]
fn an_environment_from_the_build_needs_no_table() {
    let text = VALID.replace("environment = \"staging\"", "environment = \"{branch}\"");
    assert!(problems(&text)[0].contains("neither has the environment: every environment"));
    File::parse(&text.replace("service = ", "cluster = \"c\"\nservice = ")).unwrap();
}

#[test]
fn a_hostile_file_is_rejected() {
    let huge = "#".repeat(MAX_BYTES + 1);
    assert!(
        File::parse(&huge).unwrap_err().starts_with("deploy-rules.toml has 65537 bytes, and at most 65536")
    );
    for text in [
        "[".repeat(60_000),
        "a=[".repeat(20_000),
        format!("a = {}", "{a=".repeat(20_000)),
        "a.".repeat(30_000),
    ] {
        assert!(File::parse(&text).is_err());
    }
    let control = problems("[[rule]]\nskip = \"a\u{1b}[2J\"\n\"b\\u001b\\n\" = 1\n");
    assert!(control.iter().all(|line| !line.contains('\u{1b}')), "{control:?}");
    let keys: String = (0..3000).map(|number| format!("key{number} = 1\n")).collect();
    assert_eq!(problems(&keys).len(), 21);
}
