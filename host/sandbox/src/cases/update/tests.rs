use model::decision::{
    Decision, Deployment, Destination, Image, ImageSource, RolloutOptions, ServiceName, Target,
    TaskDefinitionOptions,
};
use model::names::{Repository, Tag};

use super::*;
use crate::cases::{Difference, parse};

/// The text after an update with answers, one for each case or combination in the file.
fn updated(text: &str, outcomes: &[Outcome]) -> Update {
    let cases = parse("cases.toml", text).unwrap();
    assert_eq!(cases.len(), outcomes.len(), "{text}");
    let result = |(case, outcome): (&Case, &Outcome)| {
        let mut result = CaseResult::new(outcome.clone(), Vec::new(), Vec::new());
        result.differences = case.expect.differences(&result.answer);
        if case.expect.is_empty() {
            result.differences.push(Difference::new("expect", "", ""));
        }
        result
    };
    let results: Vec<CaseResult> = cases.iter().zip(outcomes).map(result).collect();
    let pairs: Vec<_> = cases.iter().zip(&results).collect();
    let update = update(text, &pairs).unwrap();
    let after = parse("cases.toml", &update.text).unwrap();
    if update.skipped.is_empty() {
        for (case, result) in after.iter().zip(&results) {
            assert_eq!(case.expect.differences(&result.answer), [], "{}", update.text);
        }
    }
    let again: Vec<_> = after.iter().zip(&results).collect();
    let again: Vec<_> = again
        .iter()
        .map(|(case, result)| {
            let mut result = (*result).clone();
            result.differences = case.expect.differences(&result.answer);
            (*case, result)
        })
        .collect();
    let again: Vec<_> = again.iter().map(|(case, result)| (*case, result)).collect();
    if update.skipped.is_empty() {
        assert_eq!(
            super::update(&update.text, &again).unwrap().text,
            update.text,
            "a second update changes nothing"
        );
    }
    update
}

fn skip(reason: &str) -> Outcome {
    Outcome::Decided(Decision::Skip { reason: reason.to_owned() })
}

/// A deployment with one image for each list of tags, to one service for each name.
fn deploy(tags: &[&[&str]], services: &[&str]) -> Outcome {
    let image = |(index, tags): (usize, &&[&str])| Image {
        name: format!("i{index}"),
        repository: Repository::parse("r.example.com/web").unwrap(),
        tags: tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect(),
        source: ImageSource::Dockerfile,
        publish_only: true,
    };
    let target = |service: &&str| Target {
        destination: Destination::Service(ServiceName {
            cluster: "c".to_owned(),
            service: (*service).to_owned(),
        }),
        region: None,
        arn_region: None,
        account: None,
        role: None,
        containers: None,
        task_definition: TaskDefinitionOptions::default(),
        rollout: RolloutOptions::default(),
        tasks_before: Vec::new(),
        tasks_after: Vec::new(),
        wave: 0,
    };
    Outcome::Decided(Decision::Deploy(Deployment {
        images: tags.iter().enumerate().map(image).collect(),
        targets: services.iter().map(target).collect(),
    }))
}

#[test]
fn an_answer_with_a_placeholder_of_the_matrix_is_not_written() {
    for (matrix, reason, is_skipped) in [
        ("matrix.branch = [\"a\"]", "Not {branch}.", true),
        ("matrix.settings.X = [\"a\"]", "Not {settings.X}.", true),
        ("matrix.settings.X = [\"a\"]", "Not {branch}.", true),
        ("matrix.settings.X = [\"a\"]", "Not {settings.X or {it}.", true),
        ("matrix.settings.X = [\"a\"]", "Not {it}.", false),
        ("", "Not {branch}.", false),
    ] {
        let text = format!("[[case]]\nname = \"one\"\n{matrix}\n");
        let update = updated(&text, &[Outcome::Rejected(reason.to_owned())]);
        assert_eq!(!update.skipped.is_empty(), is_skipped, "{matrix}: {reason}");
    }
}

#[test]
fn only_the_values_that_differ_are_rewritten() {
    for (before, after, keys) in [
        // A comment behind the value, and one above it.
        (
            "# The reason.\nexpect.skip = \"old\" # why",
            "# The reason.\nexpect.skip = \"new\" # why",
            vec![(4, "expect.skip")],
        ),
        (
            "expect = { skip = 'old' , log = [ ] }",
            "expect = { skip = \"new\" , log = [ ] }",
            vec![(3, "expect.skip")],
        ),
        ("[case.expect]\nskip='old'", "[case.expect]\nskip=\"new\"", vec![(4, "expect.skip")]),
        // A matcher that is not met is replaced, and one that is met stays.
        ("expect.skip.matches = \"^old\"", "expect.skip = \"new\"", vec![(3, "expect.skip")]),
        (
            "expect = { skip = { contains = \"old\" }, log = { absent = true } }",
            "expect = { skip = \"new\", log = { absent = true } }",
            vec![(3, "expect.skip")],
        ),
        (
            "[case.expect.skip]\nmatches = \"old\"",
            "\n[case.expect]\nskip = \"new\"",
            vec![(5, "expect.skip")],
        ),
    ] {
        let frame = |part: &str| {
            format!(
                "[[case]]\nname = \"one\"\n{part}\n\n# The next case.\n[[case]]\nname = \"two\"\nexpect.skip = \"it\"\n"
            )
        };
        let update = updated(&frame(before), &[skip("new"), skip("it")]);
        assert_eq!(update.text, frame(after));
        let [case] = update.updated.as_slice() else { panic!("{update:?}") };
        assert_eq!((case.name.as_str(), case.line), ("one", 1));
        let rewritten: Vec<_> = case.rewritten.iter().map(|(line, key)| (*line, key.as_str())).collect();
        assert_eq!(rewritten, keys, "{before}");
    }
}

#[test]
fn elements_of_lists_are_rewritten_in_their_place() {
    let frame = |part: &str| format!("[[case]]\nname = \"one\"\n{part}\n");
    for (before, after, keys) in [
        (
            "expect.images = [\n  # The image of the web.\n  { name = \"i0\", tags = [\n    \"a\", # first\n    \"x\", # second\n  ] }, # one\n  { tags = { contains = \"c\" } },\n]",
            "expect.images = [\n  # The image of the web.\n  { name = \"i0\", tags = [\n    \"a\", # first\n    \"b\", # second\n  ] }, # one\n  { tags = { contains = \"c\" } },\n]",
            vec!["expect.images[0].tags[1]"],
        ),
        // One is missing in front, and its neighbour stays with its comment.
        (
            "expect.images = [\n  { tags = [\"c\"] }, # the second\n]",
            "expect.images = [\n  { name = \"i0\", repository = \"r.example.com/web\", tags = [\"a\", \"b\"], source = \"dockerfile\", publish-only = true },\n  { tags = [\"c\"] }, # the second\n]",
            vec!["expect.images"],
        ),
        (
            "expect.targets = [\n  { wave = 0 }, # web\n  { wave = 7 }, # api\n]",
            "expect.targets = [\n  { wave = 0 }, # web\n]",
            vec!["expect.targets"],
        ),
        (
            "[[case.expect.images]]\n# The tags.\ntags = [\"x\", \"b\"] # both\n\n[[case.expect.images]]\nname = \"i1\"\n\n[[case.expect.images]]\nname = \"i2\"",
            "[[case.expect.images]]\n# The tags.\ntags = [\"a\", \"b\"] # both\n\n[[case.expect.images]]\nname = \"i1\"",
            vec!["expect.images[0].tags[0]", "expect.images"],
        ),
    ] {
        let update = updated(&frame(before), &[deploy(&[&["a", "b"], &["c"]], &["web"])]);
        assert_eq!(update.text.trim_end(), frame(after).trim_end());
        let rewritten: Vec<&str> = update.updated[0].rewritten.iter().map(|(_, key)| key.as_str()).collect();
        assert_eq!(rewritten, keys);
    }
}

#[test]
fn a_value_that_the_answer_does_not_have_is_expected_to_be_absent() {
    let text = "[[case]]\nname = \"one\"\nexpect.targets = [{ wave = 0, role = { absent = false }, rollout.bake-seconds = 3 }]\n";
    let update = updated(text, &[deploy(&[&["a"]], &["web"])]);
    let expected = "[{ wave = 0, role = { absent = true }, rollout.bake-seconds = { absent = true } }]";
    assert!(update.text.contains(expected), "{}", update.text);
    // What an inserted element does not have is left out.
    let text = text.replace("[{ wave = 0, role = { absent = false }, rollout.bake-seconds = 3 }]", "[{}]");
    let update = updated(&text, &[deploy(&[&["a"]], &["web", "api"])]);
    assert!(update.text.contains("service = \"api\" } }, wave = 0 }]"), "{}", update.text);
}

#[test]
fn a_table_that_is_missing_is_added() {
    let text = "[[case]]\nname = \"one\"\n[[case.expect.images]]\ntags = [\"c\"] # kept\n\n[[case]]\nname = \"two\"\nexpect.skip = \"it\"\n";
    let update = updated(text, &[deploy(&[&["a"], &["c"]], &["web"]), skip("it")]);
    assert!(update.text.contains("tags = [\"c\"] # kept"), "{}", update.text);
    assert!(update.text.find("tags = [\"a\"]") < update.text.find("tags = [\"c\"]"), "{}", update.text);
}

#[test]
fn a_placeholder_that_is_met_stays() {
    let text = "[[case]]\nname = \"one\"\nmatrix.branch = [\"x\"]\nexpect = { skip = \"Not {branch}.\", log = [\"old\"] }\n";
    let update = updated(text, &[skip("Not x.")]);
    assert_eq!(update.text, text.replace("[\"old\"]", "[]"));
}

#[test]
fn the_line_ends_of_the_file_stay() {
    for (text, after) in [
        (
            "# a\r\n[[case]]\r\nname = \"one\"\r\nexpect.skip = \"old\"",
            "# a\r\n[[case]]\r\nname = \"one\"\r\nexpect.skip = \"new\"",
        ),
        (
            "[[case]]\nname = \"one\"\nexpect.skip = \"old\"",
            "[[case]]\nname = \"one\"\nexpect.skip = \"new\"",
        ),
    ] {
        assert_eq!(updated(text, &[skip("new")]).text, after);
    }
}

#[test]
fn an_answer_of_another_kind_replaces_the_one_expected() {
    let text = "[[case]]\nname = \"one\"\nexpect.skip = \"old\"\nexpect.log = []\n\n# Next.\n[[case]]\nname = \"two\"\n";
    let update = updated(text, &[deploy(&[&["a"]], &["web"]), skip("it")]);
    assert!(update.text.contains("expect.log = []\nexpect.images = [\n    { "), "{}", update.text);
    assert!(
        update.text.ends_with("\n\n# Next.\n[[case]]\nname = \"two\"\nexpect.skip = \"it\"\n"),
        "{}",
        update.text
    );
    let keys = |case: &UpdatedCase| {
        case.rewritten.iter().map(|(line, key)| format!("{line} {key}")).collect::<Vec<_>>()
    };
    assert_eq!(keys(&update.updated[0]), ["4 expect.images", "7 expect.targets"]);
    assert_eq!(keys(&update.updated[1]), ["14 expect.skip"]);
}

#[test]
fn an_error_does_not_replace_an_expected_decision() {
    for expect in ["expect.skip = \"No.\"", "expect.images = [{}]", "expect = { targets = [] }"] {
        let text = format!("[[case]]\nname = \"a\"\n{expect}\n");
        let update = updated(&text, &[Outcome::Rejected("Correct line 3.".to_owned())]);
        assert_eq!(update.text, text);
        let [(1, reason)] = update.skipped.as_slice() else { panic!("{update:?}") };
        assert!(reason.contains("the case expects another answer"), "{reason}");
    }
    let text = "[[case]]\nname = \"a\"\n";
    let update = updated(text, &[Outcome::Rejected("Set A.".to_owned())]);
    assert!(update.text.contains("Set A."), "{update:?}");
}
