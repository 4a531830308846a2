//! The schema for editors, compared with the parser.

use alloc::{format, string::String, string::ToString as _, vec::Vec};

use proptest::prelude::*;
use serde_json::{Value, json};
use toml::de::{DeTable, DeValue};

use super::{SHOP, difference};
use crate::file::{self, File, image, rule, target};

const SCHEMA: &str = include_str!("../../deploy-rules.schema.json");
const EXAMPLES: [&str; 3] = [
    SHOP,
    include_str!("../../examples/travis-ecs-deploy.toml"),
    include_str!("../../../templates/rules/deploy-rules.toml"),
];

const CHAPTER: &str = include_str!("../../../../docs/rules.md");

/// The files in the chapter about rules: its examples that begin with a rule, after comments.
fn chapter_examples() -> Vec<&'static str> {
    let blocks = CHAPTER.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.trim_start_matches(|c| c != '[').starts_with("[[rule]]")).collect()
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(number) => json!(i64::from_str_radix(number.as_str(), number.radix()).unwrap()),
        DeValue::Boolean(value) => json!(value),
        DeValue::Array(values) => values.iter().map(|value| to_json(value.get_ref())).collect(),
        DeValue::Table(table) => table_to_json(table),
        other => json!({ "unsupported": format!("{other:?}") }),
    }
}

fn table_to_json(table: &DeTable<'_>) -> Value {
    Value::Object(
        table.iter().map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref()))).collect(),
    )
}

/// Whether a value is valid: the keywords of JSON Schema that the schema uses, and a panic for any other.
fn is_valid(schema: &Value, value: &Value) -> bool {
    schema.as_object().unwrap().iter().all(|(keyword, limit)| match keyword.as_str() {
        "description" | "title" | "$schema" => true,
        "type" => match limit.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            other => panic!("{other}"),
        },
        "enum" => limit.as_array().unwrap().contains(value),
        "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= limit.as_u64().unwrap()),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= limit.as_u64().unwrap()),
        "minProperties" => value.as_object().is_none_or(|keys| keys.len() as u64 >= limit.as_u64().unwrap()),
        "minimum" => value.as_i64().is_none_or(|number| number >= limit.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= limit.as_i64().unwrap()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| is_valid(limit, item))),
        "oneOf" => limit.as_array().unwrap().iter().filter(|schema| is_valid(schema, value)).count() == 1,
        "required" => {
            let has = |key: &Value| value.get(key.as_str().unwrap()).is_some();
            !value.is_object() || limit.as_array().unwrap().iter().all(has)
        }
        "properties" => limit
            .as_object()
            .unwrap()
            .iter()
            .all(|(key, schema)| value.get(key).is_none_or(|value| is_valid(schema, value))),
        "additionalProperties" => value.as_object().is_none_or(|table| {
            let known = schema.get("properties");
            table
                .iter()
                .filter(|(key, _)| known.is_none_or(|known| known.get(key).is_none()))
                .all(|(_, value)| limit.is_object() && is_valid(limit, value))
        }),
        other => panic!("the test does not know the keyword {other}"),
    })
}

fn keys_at<'s>(schema: &'s Value, path: &str) -> Vec<&'s str> {
    let table = schema.pointer(path).unwrap_or_else(|| panic!("nothing at {path}"));
    table.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_schema_has_the_keys_of_the_parser() {
    let schema = schema();
    let (target, image) =
        ("/properties/target/items/properties", "/properties/images/additionalProperties/properties");
    for (path, keys) in [
        ("/properties", &file::KEYS[..]),
        ("/properties/environments/additionalProperties/properties", &file::ENVIRONMENT_KEYS),
        ("/properties/rule/items/properties", &rule::KEYS),
        (image, &image::KEYS),
        (&format!("{image}/contexts/additionalProperties/properties"), &image::CONTEXT_KEYS),
        (target, &target::KEYS),
        (&format!("{target}/containers/additionalProperties/properties"), &target::CONTAINER_KEYS),
        (&format!("{target}/tasks-before/items/properties"), &target::TASK_KEYS),
        (&format!("{target}/tasks-after/items/properties"), &target::TASK_KEYS),
    ] {
        assert_eq!(difference(&keys_at(&schema, path), keys), [] as [&str; 0], "{path}");
    }
    let events = schema.pointer("/properties/rule/items/properties/event/oneOf/0/enum").unwrap();
    assert_eq!(*events, json!(rule::EVENTS.map(|(word, _)| word)));
}

#[test]
fn the_examples_are_valid_for_both() {
    let chapter = chapter_examples();
    assert!(chapter.len() == 2 && EXAMPLES[1].ends_with(chapter[1]), "{chapter:?}");
    for example in EXAMPLES.into_iter().chain(chapter) {
        let document = DeTable::parse(example).unwrap();
        assert!(is_valid(&schema(), &table_to_json(document.get_ref())), "{example}");
        File::parse(example).unwrap();
    }
}

/// The output in the chapter is that of its first example with the mistakes that it names.
#[test]
fn the_mistakes_of_the_chapter_are_those_of_its_example() {
    let example = chapter_examples()[0];
    let text = example.replacen("branch", "brnach", 1).replacen("\"production", "\"prodution", 1);
    let report = File::parse(&text).unwrap_err();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(CHAPTER).contains(&words(&report)), "{report}");
}

/// Every key is in the example, so that the comparison above and the test below cover it.
#[test]
fn one_example_contains_every_key() {
    let document = table_to_json(DeTable::parse(SHOP).unwrap().get_ref());
    let schema = schema();
    let target = "/properties/target/items/properties";
    for (path, tables) in [
        ("/properties", [document.clone()].to_vec()),
        ("/properties/rule/items/properties", document["rule"].as_array().unwrap().clone()),
        (target, document["target"].as_array().unwrap().clone()),
        (
            "/properties/images/additionalProperties/properties",
            document["images"].as_object().unwrap().values().cloned().collect(),
        ),
    ] {
        for key in keys_at(&schema, path) {
            assert!(tables.iter().any(|table| table.get(key).is_some()), "no example of {key}");
        }
    }
}

/// A value with another one in its place, wherever it is.
fn replace_one(value: &Value, position: &mut usize, with: &Value) -> Value {
    if *position == 0 {
        *position = usize::MAX;
        return with.clone();
    }
    *position -= 1;
    match value {
        Value::Array(values) => values.iter().map(|value| replace_one(value, position, with)).collect(),
        Value::Object(table) => {
            table.iter().map(|(key, value)| (key.clone(), replace_one(value, position, with))).collect()
        }
        other => other.clone(),
    }
}

/// The inline form of a value. JSON's strings are TOML's.
fn to_toml(value: &Value) -> String {
    match value {
        Value::Object(table) => {
            let pairs: Vec<_> =
                table.iter().map(|(key, value)| format!("{} = {}", json!(key), to_toml(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Array(values) => format!("[{}]", values.iter().map(to_toml).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// What the schema rejects, the parser rejects too. The reverse is not true: a schema knows no names.
    #[test]
    fn the_parser_accepts_nothing_that_the_schema_rejects(
        position in 1..330_usize,
        with in prop::sample::select(alloc::vec![
            json!(1), json!(-1), json!(0), json!(true), json!(""), json!("main"), json!([]), json!([1]), json!(["main"]),
            json!({}), json!({ "zzz": 1 }), json!({ "name": "x" }), json!(5_000_000_000_i64),
        ]),
    ) {
        let document = table_to_json(DeTable::parse(SHOP).unwrap().get_ref());
        let changed = replace_one(&document, &mut position.clone(), &with);
        let text: String = changed.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {}\n", to_toml(value))).collect();
        let accepts = File::parse(&text).is_ok();
        prop_assert!(!accepts || is_valid(&schema(), &changed), "{}", text);
    }
}
