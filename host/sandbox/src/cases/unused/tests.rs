use model::decision::{Decision, Reference};
use model::lookup::{LookupQuery, LookupResult, PolicyLookup};
use model::names::Repository;

use super::*;
use crate::cases::parse;

const FILE: &str = r#"
[facts]
clusters = ["empty", "old"]
files = { "a.txt" = "x", "b c.txt" = "y" }

[[facts.services]]
cluster = "todo"
name = "web"

[[facts.services]]
cluster = "todo"
name = "api"

[[case]]
name = "one"
expect.skip = "No."

[[case]]
name = "two"
matrix.branch = ["a", "b"]
expect.skip = "No."
[[case.facts.images]]
repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"
digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
tags = ["staging"]

[[case.facts.images]]
repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"
digest = "sha256:2222222222222222222222222222222222222222222222222222222222222222"

[case.facts]
clusters = ["own"]
errors = [
  { function = "services.get-service", name = "secret", error = "AccessDenied" },
  { function = "source.read-file", error = "x" },
]
"#;

fn get_service(cluster: &str, name: &str) -> LookupQuery {
    LookupQuery::GetService { cluster: cluster.to_owned(), name: name.to_owned() }
}

fn get_image(reference: &str) -> LookupQuery {
    LookupQuery::GetImage {
        repository: Repository::parse("123456789012.dkr.ecr.eu-west-1.amazonaws.com/web").unwrap(),
        reference: Reference::Tag(model::names::Tag::parse(reference).unwrap()),
    }
}

/// The unused facts, if the cases of the file look up these.
fn unused(queries: [Vec<LookupQuery>; 3], fails: bool) -> Vec<String> {
    let cases = parse("c.toml", FILE).unwrap();
    let results: Vec<CaseResult> = queries
        .into_iter()
        .map(|queries| {
            let result = LookupResult::Error("not read".to_owned());
            let lookup = |query| PolicyLookup { query, result: result.clone() };
            let outcome = if fails {
                Outcome::Failed("trap".to_owned())
            } else {
                Outcome::Decided(Decision::Skip { reason: "No.".to_owned() })
            };
            CaseResult::new(outcome, Vec::new(), queries.into_iter().map(lookup).collect())
        })
        .collect();
    let results: Vec<_> = cases.iter().zip(&results).collect();
    let text =
        |fact: UnusedFact| format!("{}: {} {}", fact.line, fact.key, fact.case.as_deref().unwrap_or("-"));
    unused_facts(FILE, &results).into_iter().map(text).collect()
}

#[test]
fn facts_of_a_case_that_ends_with_an_unexpected_error_are_not_judged() {
    let cases = parse("c.toml", FILE).unwrap();
    let result = |case: &Case| {
        let mut result = CaseResult::new(Outcome::Rejected("Set A.".to_owned()), Vec::new(), Vec::new());
        result.differences = case.expect.differences(&result.answer);
        result
    };
    let results: Vec<CaseResult> = cases.iter().map(result).collect();
    assert_eq!(unused_facts(FILE, &cases.iter().zip(&results).collect::<Vec<_>>()), []);
}

#[test]
fn a_fact_that_nothing_asks_for_is_found_with_its_line() {
    assert_eq!(
        unused([vec![], vec![], vec![]], false),
        [
            "3: facts.clusters[0] -",
            "3: facts.clusters[1] -",
            "4: facts.files.a.txt -",
            "4: facts.files.b c.txt -",
            "6: facts.services[0] -",
            "10: facts.services[1] -",
            "22: facts.images[0] two",
            "27: facts.images[1] two",
            "32: facts.clusters[0] two",
            "34: facts.errors[0] two",
            "35: facts.errors[1] two",
        ]
    );
    assert_eq!(unused([vec![], vec![], vec![]], true), [""; 0]);
}

#[test]
fn a_fact_is_asked_for_by_any_case_of_its_file_and_by_any_combination_of_its_case() {
    let list = |cluster: &str| LookupQuery::ListServices { cluster: cluster.to_owned() };
    let read = |path: &str| LookupQuery::ReadFile { path: path.to_owned() };
    let arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/old";
    let left = unused(
        [
            vec![list("empty"), list(arn), read("a.txt"), get_service("todo", "api")],
            vec![get_image("staging")],
            vec![list("own"), get_service("own", "secret"), read("c")],
        ],
        false,
    );
    assert_eq!(left, ["4: facts.files.b c.txt -", "6: facts.services[0] -", "27: facts.images[1] two"]);
    // A service that does not exist, in a cluster that exists because others are in it.
    let left = unused([vec![get_service("todo", "none")], vec![get_image("none")], vec![]], false);
    assert!(!left.iter().any(|fact| fact.contains("services[") || fact.contains("images[")), "{left:?}");
}
