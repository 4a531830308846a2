//! The schemas of what programs read: the stream of events, and the document of a plan. They are generated from the types
//! here, in tests only, and are the files of `docs/schema`.
//!
//! The schemas are open: a reader ignores fields that it does not know, because adding a field keeps [`SCHEMA`]. The
//! end-to-end tests close them, and check every event that a run writes.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::decision::{EventRuleName, Reference, ScheduleName};
use crate::event::{Event, PlanDocument, SCHEMA};
use crate::exit::Exit;
use crate::lifecycle::{LifecycleStage, WaitUntil};
use crate::names::{Repository, RoleArn, TaskDefinitionArn};
use crate::plan::ChangePath;
use crate::review::ReviewedPlan;
use crate::saved_plan::{SAVED_PLAN_SCHEMA, SavedPlan};
use crate::source::ComponentSource;
use crate::time::Time;

/// Types that serialize as a text by code of their own.
macro_rules! text_schemas {
    ($($type:ident: $description:literal,)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "description": $description})
            }
        }
    )*};
}

text_schemas! {
    ChangePath: "The path of a difference, such as `containerDefinitions[web].image`.",
    EventRuleName: "`BUS/RULE`.",
    ComponentSource: "A path, `built-in`, `rules`, or `oci://REGISTRY/REPOSITORY:TAG`.",
    Reference: "A tag or a digest of an image.",
    Repository: "The repository of an image, `HOST/PATH`.",
    RoleArn: "The ARN of a role.",
    ScheduleName: "`GROUP/SCHEDULE`.",
    TaskDefinitionArn: "The ARN of a task definition.",
    Time: "A point in time, RFC 3339 in UTC, to the second.",
}

impl JsonSchema for WaitUntil {
    fn schema_name() -> Cow<'static, str> {
        "WaitUntil".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let stages = LifecycleStage::ALL.map(WaitUntil::Stage);
        let all = [WaitUntil::Deployed, WaitUntil::Paused].into_iter().chain(stages);
        let names: Vec<String> = all.map(|until| until.to_string()).collect();
        json_schema!({"type": "string", "enum": names, "description": "Until when a rollout is watched."})
    }
}

impl JsonSchema for LifecycleStage {
    fn schema_name() -> Cow<'static, str> {
        "LifecycleStage".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Self::ALL.map(Self::as_str);
        json_schema!({"type": "string", "enum": names, "description": "A lifecycle stage of ECS."})
    }
}

impl JsonSchema for Exit {
    fn schema_name() -> Cow<'static, str> {
        "Exit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let outcomes = [
            Self::Success,
            Self::Superseded,
            Self::Paused,
            Self::Unknown,
            Self::Failed,
            Self::Usage,
            Self::Rejected,
            Self::PolicyFailed,
            Self::Preflight,
            Self::Docker,
            Self::Signal(0),
        ];
        json_schema!({
            "type": "object",
            "properties": {
                "exit_code": {"type": "integer", "minimum": 0, "maximum": 255, "description": "The exit code."},
                "outcome": {
                    "type": "string",
                    "enum": outcomes.map(Self::as_str),
                    "description": "The name of the exit code.",
                },
            },
            "required": ["exit_code", "outcome"],
        })
    }
}

fn generate<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    open(&mut schema);
    schema
}

/// Lets objects have further fields, and omits what only describes Rust's types.
fn open(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for closed in ["additionalProperties", "unevaluatedProperties"] {
                if fields.get(closed) == Some(&json!(false)) {
                    fields.shift_remove(closed);
                }
            }
            fields.retain(|name, value| name != "format" || !value.is_string());
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text =
                    text.replace('\n', " ").replace("`None`", "`null`").replace("[`", "`").replace("`]", "`");
            }
            fields.values_mut().for_each(open);
        }
        Value::Array(elements) => elements.iter_mut().for_each(open),
        _ => {}
    }
}

fn event_schema() -> Value {
    let mut schema = generate::<Event>();
    schema["title"] = json!("An event of ecs-host");
    schema["description"] = json!(format!(
        "One line of the output of `--json`, version {SCHEMA}. Adding events or fields keeps the version; removing or renaming \
         them raises it. The first event of a run, `run-started`, contains the version in `schema`."
    ));
    let variants = schema["oneOf"].as_array_mut().unwrap();
    for variant in variants {
        // `Event::to_json` adds it to each event.
        variant["properties"]["elapsed"] =
            json!({"type": "number", "minimum": 0, "description": "The seconds since the start of the run."});
        variant["required"].as_array_mut().unwrap().push(json!("elapsed"));
    }
    schema
}

fn plan_schema() -> Value {
    let mut schema = generate::<PlanDocument>();
    schema["title"] = json!("A plan of ecs-host");
    schema["description"] = json!(format!(
        "The output of `ecs-host plan --format json`, version {SCHEMA}. Adding fields keeps the version; removing or renaming \
         them raises it."
    ));
    schema
}

fn recorded_plan_schema() -> Value {
    let mut schema = generate::<ReviewedPlan>();
    schema["title"] = json!("A recorded plan of ecs-host");
    schema["description"] = json!(
        "What `ecs-host plan --record-plan` writes: the plan as guards receive it, without secrets. The cases of a guard name \
         it. Its fields are those of the record `plan` of the contract, with `_` for `-`."
    );
    schema
}

fn saved_plan_schema() -> Value {
    let mut schema = generate::<SavedPlan>();
    schema["title"] = json!("A saved plan of ecs-host");
    schema["description"] = json!(format!(
        "What `ecs-host plan --out` writes and `ecs-host apply` reads, version {SAVED_PLAN_SCHEMA}. It contains no secret. A \
         plan of another version of the host is not applied."
    ));
    schema
}

fn assert_committed(name: &str, schema: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(name);
    let text = format!("{schema:#}\n");
    if std::env::var_os("ECS_HOST_UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/schema/{name} is not the schema of the types: `ECS_HOST_UPDATE_SCHEMAS=1 cargo test the_committed_schemas` writes \
         it; then check what changed, and whether event::SCHEMA must be raised"
    );
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    assert_committed("events.schema.json", &event_schema());
    assert_committed("plan.schema.json", &plan_schema());
    assert_committed("recorded-plan.schema.json", &recorded_plan_schema());
    assert_committed("saved-plan.schema.json", &saved_plan_schema());
}
