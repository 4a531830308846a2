//! A task definition as the JSON that it is.
//!
//! The typed SDK drops every field that it does not know, and turns empty
//! values into absent ones; so a definition is carried as ECS gave it, and a
//! revision changes the planned paths and nothing else.

use serde_json::{Map, Value, json};
use thiserror::Error;

/// What `DescribeTaskDefinition` adds to what was registered, and
/// `RegisterTaskDefinition` does not take back (the ECS API reference,
/// `TaskDefinition` against the parameters of `RegisterTaskDefinition`).
const RESPONSE_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// The docker labels that tell which build a container came from.
const STAMP: &str = "ecs-host.";

/// A task definition in the shape in which it is registered.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskDefinition(Map<String, Value>);

/// A planned change to one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The container's name.
    pub container: String,
    /// Its new image.
    pub image: String,
    /// Environment variables to set or replace.
    pub environment: Vec<(String, String)>,
    /// Docker labels to set or replace.
    pub labels: Vec<(String, String)>,
}

/// A document that is no task definition, or an edit that does not fit one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DefinitionError {
    /// The answer of `DescribeTaskDefinition` lacks a part.
    #[error("the task definition that ECS gave has no {0}")]
    Lacks(&'static str),
    /// No container of that name.
    #[error("it has no container `{0}`")]
    NoContainer(String),
    /// ECS takes a variable either as plain text or as a secret.
    #[error(
        "container `{container}` takes `{variable}` from a secret; a policy can't set it as plain text too"
    )]
    Secret {
        /// The container.
        container: String,
        /// The variable.
        variable: String,
    },
    /// The revision differs where no change was planned.
    #[error(
        "a copy of it would change {0}, which was not planned; this is a defect of ecs-host, and nothing was registered"
    )]
    Loss(String),
}

impl TaskDefinition {
    /// Takes a definition from the answer of `DescribeTaskDefinition`.
    ///
    /// # Errors
    /// [`DefinitionError::Lacks`] where it holds no task definition.
    pub fn from_described(answer: Value) -> Result<Self, DefinitionError> {
        let Value::Object(mut answer) = answer else { return Err(DefinitionError::Lacks("fields")) };
        let Some(Value::Object(mut document)) = answer.remove("taskDefinition") else {
            return Err(DefinitionError::Lacks("`taskDefinition`"));
        };
        document.retain(|name, _| !RESPONSE_ONLY.contains(&name.as_str()));
        // Tags stand beside the definition in the answer and inside it in the
        // request, and an empty list of them is refused.
        if let Some(tags) =
            answer.remove("tags").filter(|tags| tags.as_array().is_some_and(|t| !t.is_empty()))
        {
            document.insert("tags".to_owned(), tags);
        }
        let definition = Self(document);
        if definition.0.get("family").and_then(Value::as_str).is_none() {
            return Err(DefinitionError::Lacks("`family`"));
        }
        if definition.0.get("containerDefinitions").and_then(Value::as_array).is_none() {
            return Err(DefinitionError::Lacks("`containerDefinitions`"));
        }
        Ok(definition)
    }

    /// The family that its revisions belong to.
    #[must_use]
    pub fn family(&self) -> &str {
        self.0.get("family").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether registering it needs `ecs:TagResource`.
    #[must_use]
    pub fn has_tags(&self) -> bool {
        self.0.contains_key("tags")
    }

    /// Name and image of each container.
    pub fn containers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.container_values().map(|container| (str_of(container, "name"), str_of(container, "image")))
    }

    /// The value of a docker label of one container.
    #[must_use]
    pub fn label(&self, container: &str, label: &str) -> Option<&str> {
        let container = self.container_values().find(|c| str_of(c, "name") == container)?;
        container.get("dockerLabels")?.get(label)?.as_str()
    }

    fn container_values(&self) -> impl Iterator<Item = &Value> {
        self.0.get("containerDefinitions").and_then(Value::as_array).into_iter().flatten()
    }

    /// The definition as the body of a `RegisterTaskDefinition` request.
    #[must_use]
    pub fn to_request(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// A copy with the planned changes, and proof that it has no others.
    ///
    /// # Errors
    /// [`DefinitionError`] where an edit names no container of this
    /// definition, sets what the container takes from a secret, or where the
    /// copy would differ elsewhere.
    pub fn revise(&self, edits: &[Edit]) -> Result<Self, DefinitionError> {
        let mut revision = self.clone();
        for edit in edits {
            revision.apply(edit)?;
        }
        if let Some(change) = super::diff::changes(&self.outside(edits).0, &revision.outside(edits).0).first()
        {
            return Err(DefinitionError::Loss(change.path.clone()));
        }
        Ok(revision)
    }

    fn apply(&mut self, edit: &Edit) -> Result<(), DefinitionError> {
        let no_container = || DefinitionError::NoContainer(edit.container.clone());
        let container = self.container_mut(&edit.container).ok_or_else(no_container)?;
        container.insert("image".to_owned(), json!(edit.image));
        let secrets = container.get("secrets").and_then(Value::as_array);
        let secret = |name: &str| secrets.into_iter().flatten().any(|s| str_of(s, "name") == name);
        if let Some((variable, _)) = edit.environment.iter().find(|(name, _)| secret(name)) {
            return Err(DefinitionError::Secret {
                container: edit.container.clone(),
                variable: variable.clone(),
            });
        }
        if !edit.environment.is_empty() {
            let variables = container.entry("environment").or_insert_with(|| json!([]));
            set_variables(variables, &edit.environment);
        }
        if !edit.labels.is_empty() {
            let labels = container.entry("dockerLabels").or_insert_with(|| json!({}));
            if !labels.is_object() {
                *labels = json!({});
            }
            for (name, value) in &edit.labels {
                if let Some(labels) = labels.as_object_mut() {
                    labels.insert(name.clone(), json!(value));
                }
            }
        }
        Ok(())
    }

    fn container_mut(&mut self, name: &str) -> Option<&mut Map<String, Value>> {
        let containers = self.0.get_mut("containerDefinitions")?.as_array_mut()?;
        containers.iter_mut().find(|c| str_of(c, "name") == name)?.as_object_mut()
    }

    /// What is left of the definition without the paths that edits change.
    fn outside(&self, edits: &[Edit]) -> Self {
        let mut rest = self.clone();
        for edit in edits {
            let Some(container) = rest.container_mut(&edit.container) else { continue };
            container.remove("image");
            if !edit.environment.is_empty() {
                remove_variables(container, &edit.environment);
            }
            let labels: Vec<&str> = edit.labels.iter().map(|(name, _)| name.as_str()).collect();
            remove_labels(container, |name| labels.contains(&name));
        }
        rest
    }

    /// Whether two definitions run the same thing: the stamps aside, which
    /// tell only who deployed it.
    #[must_use]
    pub fn runs_the_same_as(&self, other: &Self) -> bool {
        self.unstamped() == other.unstamped()
    }

    fn unstamped(&self) -> Self {
        let mut plain = self.clone();
        let containers = plain.0.get_mut("containerDefinitions").and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
            remove_labels(container, |name| name.starts_with(STAMP));
        }
        plain
    }

    /// What differs in another definition.
    #[must_use]
    pub fn changes(&self, revision: &Self) -> Vec<super::Change> {
        super::diff::changes(&self.0, &revision.0)
    }
}

fn str_of<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn set_variables(variables: &mut Value, wanted: &[(String, String)]) {
    if !variables.is_array() {
        *variables = json!([]);
    }
    let Some(variables) = variables.as_array_mut() else { return };
    for (name, value) in wanted {
        match variables.iter_mut().find(|v| str_of(v, "name") == name).and_then(Value::as_object_mut) {
            Some(variable) => {
                variable.insert("value".to_owned(), json!(value));
            }
            None => variables.push(json!({"name": name, "value": value})),
        }
    }
}

fn remove_variables(container: &mut Map<String, Value>, named: &[(String, String)]) {
    let Some(variables) = container.get_mut("environment").and_then(Value::as_array_mut) else { return };
    variables.retain(|v| !named.iter().any(|(name, _)| str_of(v, "name") == name));
    if variables.is_empty() {
        container.remove("environment");
    }
}

fn remove_labels(container: &mut Map<String, Value>, remove: impl Fn(&str) -> bool) {
    let Some(labels) = container.get_mut("dockerLabels").and_then(Value::as_object_mut) else { return };
    labels.retain(|name, _| !remove(name));
    if labels.is_empty() {
        container.remove("dockerLabels");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn described() -> Value {
        json!({
            "taskDefinition": {
                "taskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/todo:7",
                "family": "todo", "revision": 7, "status": "ACTIVE", "registeredAt": 1.5, "compatibilities": ["EC2"],
                "containerDefinitions": [
                    {"name": "web", "image": "h.example/todo:master", "environment": [], "links": [], "cpu": 0,
                     "secrets": [{"name": "PASSWORD", "valueFrom": "arn"}], "futureField": {"x": [null, 1.50]}},
                    {"name": "log", "image": "h.example/log:1", "dockerLabels": {}},
                ],
                "volumes": [], "somethingNew": {"deep": []}, "cpu": "256",
            },
            "tags": [{"key": "team", "value": "todo"}],
        })
    }

    fn edit(container: &str) -> Edit {
        Edit {
            container: container.into(),
            image: "h.example/todo@sha256:0".into(),
            environment: vec![],
            labels: vec![("ecs-host.commit".into(), "c".into())],
        }
    }

    #[test]
    fn only_what_the_response_adds_is_left_out() {
        let definition = TaskDefinition::from_described(described()).unwrap();
        let mut expected = described()["taskDefinition"].clone();
        for name in ["taskDefinitionArn", "revision", "status", "registeredAt", "compatibilities"] {
            expected.as_object_mut().unwrap().remove(name);
        }
        expected["tags"] = described()["tags"].clone();
        assert_eq!(Value::Object(definition.0), expected);
    }

    #[test]
    fn numbers_keep_their_digits() {
        let text =
            r#"{"taskDefinition":{"family":"f","containerDefinitions":[],"n":12345678901234567890123.10}}"#;
        let definition = TaskDefinition::from_described(serde_json::from_str(text).unwrap()).unwrap();
        assert!(definition.to_request().contains("12345678901234567890123.10"));
    }

    #[test]
    fn empty_tags_are_left_out() {
        let mut answer = described();
        answer["tags"] = json!([]);
        assert!(!TaskDefinition::from_described(answer).unwrap().has_tags());
    }

    #[test]
    fn a_revision_changes_the_named_container_alone() {
        let definition = TaskDefinition::from_described(described()).unwrap();
        let revision = definition.revise(&[edit("web")]).unwrap();
        let changes: Vec<String> = definition.changes(&revision).into_iter().map(|c| c.path).collect();
        let expected = ["containerDefinitions[web].image", "containerDefinitions[web].dockerLabels"];
        assert_eq!(changes, expected);
    }

    #[test]
    fn a_variable_that_is_a_secret_is_not_overwritten() {
        let definition = TaskDefinition::from_described(described()).unwrap();
        let edit = Edit { environment: vec![("PASSWORD".into(), "x".into())], ..edit("web") };
        assert!(matches!(definition.revise(&[edit]), Err(DefinitionError::Secret { .. })));
    }

    #[test]
    fn the_stamp_alone_makes_no_difference() {
        let definition = TaskDefinition::from_described(described()).unwrap();
        let first = definition.revise(&[edit("web")]).unwrap();
        let later = Edit { labels: vec![("ecs-host.commit".into(), "d".into())], ..edit("web") };
        assert!(first.runs_the_same_as(&first.revise(&[later]).unwrap()));
        assert!(!definition.runs_the_same_as(&first));
    }

    /// Any JSON, as deep and odd as a future field may be.
    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter_map("finite", |f| serde_json::Number::from_f64(f).map(Value::Number)),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-zA-Z]{1,6}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_a_definition_holds_only_planned_paths_differ(
            extra in prop::collection::btree_map("[a-z]{3,9}", any_json(), 0..6),
            inner in prop::collection::btree_map("[a-z]{3,9}", any_json(), 0..6),
            labels in prop::option::of(prop::collection::btree_map("[a-z.]{1,9}", "[a-z]{0,3}", 0..3)),
            variables in prop::option::of(prop::collection::btree_map("[A-C]", "[a-z]{0,3}", 0..3)),
        ) {
            let mut container: Map<String, Value> = inner.into_iter().collect();
            container.insert("name".into(), json!("web"));
            container.insert("image".into(), json!("h.example/todo:1"));
            if let Some(labels) = labels {
                container.insert("dockerLabels".into(), json!(labels));
            }
            if let Some(variables) = variables {
                let list: Vec<_> = variables.iter().map(|(n, v)| json!({"name": n, "value": v})).collect();
                container.insert("environment".into(), json!(list));
            }
            let mut document: Map<String, Value> = extra.into_iter().collect();
            document.insert("family".into(), json!("todo"));
            document.insert("containerDefinitions".into(), json!([container, {"name": "other", "image": "x"}]));
            let definition = TaskDefinition::from_described(json!({"taskDefinition": document})).unwrap();
            let edit = Edit { environment: vec![("A".into(), "new".into())], ..edit("web") };
            let revision = definition.revise(std::slice::from_ref(&edit)).unwrap();

            // By hand, without the code under test: put the three planned
            // fields back and compare the texts byte by byte.
            let mut back: Value = serde_json::from_str(&revision.to_request()).unwrap();
            let before: Value = serde_json::from_str(&definition.to_request()).unwrap();
            for field in ["image", "environment", "dockerLabels"] {
                let old = before["containerDefinitions"][0].get(field).cloned();
                let new = back["containerDefinitions"][0].as_object_mut().unwrap();
                match old {
                    Some(old) => { new.insert(field.into(), old); }
                    None => { new.shift_remove(field); }
                }
            }
            prop_assert_eq!(back.to_string(), before.to_string());
            let values = &revision.0["containerDefinitions"][0];
            prop_assert_eq!(&values["image"], &json!(edit.image));
            let set = json!({"name": "A", "value": "new"});
            prop_assert!(values["environment"].as_array().unwrap().contains(&set));
        }
    }
}
