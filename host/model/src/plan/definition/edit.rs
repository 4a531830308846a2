//! The planned changes of a task definition, and the check that a copy has no others.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{DefinitionError, LABEL_PREFIX, TaskDefinition, text_field};
use crate::decision::ContainerSettings;

/// The planned changes of a task definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionEdit {
    /// The changes of single containers.
    pub containers: Vec<ContainerEdit>,
    /// The size of the task.
    pub size: TaskSize,
    /// The docker labels of the stamp, which replace those of an earlier one on the containers that change, or on the
    /// first container if none does.
    pub labels: Vec<(String, String)>,
}

/// The planned change of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEdit {
    /// The container's name.
    pub container: String,
    /// Its new image; `None`: it keeps its image.
    pub image: Option<String>,
    /// The other changes.
    pub settings: ContainerSettings,
}

/// The size of a task. What is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TaskSize {
    /// The CPU units; 1024 are one vCPU.
    pub cpu_units: Option<u32>,
    /// The memory in MiB.
    pub memory_mib: Option<u32>,
}

impl TaskSize {
    /// The fields of a task definition that change, each with its value. Both are texts (the ECS API reference,
    /// `RegisterTaskDefinition`).
    fn fields(self) -> impl Iterator<Item = (&'static str, String)> {
        let fields = [("cpu", self.cpu_units), ("memory", self.memory_mib)];
        fields.into_iter().filter_map(|(name, number)| Some((name, number?.to_string())))
    }
}

impl TaskDefinition {
    /// A copy with the planned changes, after a check that it has no others.
    ///
    /// # Errors
    /// [`DefinitionError`] if the container of an edit does not exist, or the copy would differ in another path.
    pub fn revise(&self, edit: &DefinitionEdit) -> Result<Self, DefinitionError> {
        let mut revision = self.clone();
        let edited = edit.containers.iter().map(|edit| edit.container.clone());
        edited.chain(self.stamped(edit)).try_for_each(|container| self.check_fields(&container))?;
        for container in &edit.containers {
            revision.apply_edit(container)?;
        }
        for (name, value) in edit.size.fields() {
            revision.0.insert(name.to_owned(), json!(value));
        }
        for container in self.stamped(edit) {
            revision.container_mut(&container).into_iter().for_each(|own| set_stamp(own, &edit.labels));
        }
        let [before, after] = [self, &revision].map(|definition| definition.without_edited_paths(edit));
        if let Some(change) = before.changes(&after).first() {
            return Err(DefinitionError::UnplannedChange(change.path.to_string()));
        }
        Ok(revision)
    }

    /// The containers that get the stamp.
    fn stamped(&self, edit: &DefinitionEdit) -> Vec<String> {
        let first = self.containers().next().filter(|_| edit.containers.is_empty());
        let edited = edit.containers.iter().map(|edit| edit.container.clone());
        edited.chain(first.map(|(name, _)| name.to_owned())).collect()
    }

    /// Checks that the fields of a container in which something can be set have their types.
    fn check_fields(&self, container: &str) -> Result<(), DefinitionError> {
        for (field, expected) in [("environment", "list"), ("secrets", "list"), ("dockerLabels", "map")] {
            let own = self.container(container).and_then(|container| container.get(field));
            let is_valid = match own {
                None | Some(Value::Null) => true,
                Some(Value::Array(_)) => expected == "list",
                Some(value) => expected == "map" && value.is_object(),
            };
            if !is_valid {
                return Err(DefinitionError::FieldType { container: container.to_owned(), field, expected });
            }
        }
        Ok(())
    }

    fn apply_edit(&mut self, edit: &ContainerEdit) -> Result<(), DefinitionError> {
        let no_container = || DefinitionError::NoContainer(edit.container.clone());
        let container = self.container_mut(&edit.container).ok_or_else(no_container)?;
        if let Some(image) = &edit.image {
            container.insert("image".to_owned(), json!(image));
        }
        let ContainerSettings { environment, secrets, unset, command } = &edit.settings;
        let names = |list: &[(String, String)]| -> Vec<String> {
            list.iter().map(|(name, _)| name.clone()).collect()
        };
        // ECS rejects a variable that is plain and a secret.
        let not_plain = [unset.clone(), names(secrets)].concat();
        let not_secret = [unset.clone(), names(environment)].concat();
        remove_named(container, "environment", &not_plain);
        remove_named(container, "secrets", &not_secret);
        set_named(container, "environment", "value", environment);
        set_named(container, "secrets", "valueFrom", secrets);
        if let Some(command) = command {
            container.insert("command".to_owned(), json!(command));
        }
        Ok(())
    }

    fn container_mut(&mut self, name: &str) -> Option<&mut Map<String, Value>> {
        let containers = self.0.get_mut("containerDefinitions")?.as_array_mut()?;
        containers.iter_mut().find(|c| text_field(c, "name") == name)?.as_object_mut()
    }

    /// The definition without the paths that an edit changes.
    fn without_edited_paths(&self, edit: &DefinitionEdit) -> Self {
        let mut rest = self.clone();
        for (name, _) in edit.size.fields() {
            rest.0.remove(name);
        }
        for edit in &edit.containers {
            let Some(container) = rest.container_mut(&edit.container) else { continue };
            if edit.image.is_some() {
                container.remove("image");
            }
            let ContainerSettings { environment, secrets, unset, command } = &edit.settings;
            let set = environment.iter().chain(secrets).map(|(name, _)| name.clone());
            let names: Vec<String> = set.chain(unset.iter().cloned()).collect();
            for list in ["environment", "secrets"].into_iter().filter(|_| !names.is_empty()) {
                remove_named(container, list, &names);
                // An empty list, `null` and none are equal here: the edit may have added the first element.
                if container.get(list).is_some_and(is_empty) {
                    container.remove(list);
                }
            }
            if command.is_some() {
                container.remove("command");
            }
        }
        for container in self.stamped(edit).into_iter().filter(|_| !edit.labels.is_empty()) {
            rest.container_mut(&container).into_iter().for_each(remove_stamp);
        }
        rest
    }
}

/// Sets elements of a list of a container that have a name and one other field. An element that exists stays in its
/// place. ECS accepts a list that has a name twice, and docker then uses the last one: the others are removed.
fn set_named(container: &mut Map<String, Value>, list: &str, field: &str, new: &[(String, String)]) {
    if new.is_empty() {
        return;
    }
    let elements = container.entry(list).or_insert_with(|| json!([]));
    if !elements.is_array() {
        *elements = json!([]);
    }
    let Some(elements) = elements.as_array_mut() else { return };
    for (name, value) in new {
        let mut is_set = false;
        elements.retain_mut(|element| {
            let is_other = text_field(element, "name") != name;
            let is_first = !is_other && !is_set;
            if let Some(element) = element.as_object_mut().filter(|_| is_first) {
                element.insert(field.to_owned(), json!(value));
                is_set = true;
            }
            is_other || is_first
        });
        if !is_set {
            elements.push(json!({"name": name, field: value}));
        }
    }
}

/// Whether a field is `null` or has no element, which is the same to ECS as a field that is absent.
fn is_empty(field: &Value) -> bool {
    match field {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Removes elements of a list by name, and the list if none is left.
fn remove_named(container: &mut Map<String, Value>, list: &str, names: &[String]) {
    let Some(elements) = container.get_mut(list).and_then(Value::as_array_mut) else { return };
    let count = elements.len();
    elements.retain(|element| !names.iter().any(|name| text_field(element, "name") == name));
    if elements.is_empty() && count > 0 {
        container.remove(list);
    }
}

fn set_stamp(container: &mut Map<String, Value>, new: &[(String, String)]) {
    if new.is_empty() {
        return;
    }
    let labels = container.entry("dockerLabels").or_insert_with(|| json!({}));
    if !labels.is_object() {
        *labels = json!({});
    }
    if let Some(labels) = labels.as_object_mut() {
        // A mixture of two stamps would describe a build that does not exist.
        labels.retain(|name, _| !name.starts_with(LABEL_PREFIX));
        labels.extend(new.iter().map(|(name, value)| (name.clone(), json!(value))));
    }
}

pub(super) fn remove_stamp(container: &mut Map<String, Value>) {
    let Some(labels) = container.get_mut("dockerLabels") else { return };
    if let Some(labels) = labels.as_object_mut() {
        labels.retain(|name, _| !name.starts_with(LABEL_PREFIX));
    }
    if is_empty(labels) {
        container.remove("dockerLabels");
    }
}
