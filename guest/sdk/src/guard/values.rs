use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Action, Finding, GuardManifest, Plan, PlannedContainer, PlannedTarget, PlannedVariable, Severity,
};
use crate::{Destination, ServiceName, Setting, SettingDeclaration};

impl GuardManifest {
    /// A guard without settings that does not review rollbacks.
    pub fn new(name: impl Into<String>, version: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            description: description.into(),
            settings: Vec::new(),
            reviews_rollbacks: false,
        }
    }

    /// Adds the settings that the guard reads.
    #[must_use]
    pub fn with_settings(mut self, settings: impl IntoIterator<Item = SettingDeclaration>) -> Self {
        self.settings.extend(settings);
        self
    }

    /// Has the guard review rollbacks as well.
    #[must_use]
    pub fn reviewing_rollbacks(self) -> Self {
        Self { reviews_rollbacks: true, ..self }
    }
}

impl Finding {
    /// A finding about the whole plan that ends the run.
    pub fn deny(rule: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Deny, rule: rule.into(), message: message.into(), target: None }
    }

    /// A finding about the whole plan that the host prints.
    pub fn warn(rule: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warn, ..Self::deny(rule, message) }
    }

    /// The same finding about one target.
    #[must_use]
    pub fn of(self, target: &PlannedTarget) -> Self {
        Self { target: Some(target.name.clone()), ..self }
    }
}

/// Access to the settings, and a constructor for tests.
impl Plan {
    /// A deployment to these targets by a run that starts at 2026-01-01T00:00:00Z, without
    /// a build and images. All fields are public, so a test can set them.
    pub fn of(targets: impl IntoIterator<Item = PlannedTarget>) -> Self {
        Self {
            action: Action::Deploy,
            started_at: 1_767_225_600,
            settings: Vec::new(),
            build: None,
            policy: None,
            images: Vec::new(),
            targets: targets.into_iter().collect(),
        }
    }

    /// Adds a setting of the guard, or replaces the setting with this name.
    #[must_use]
    pub fn with_setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let setting = Setting::new(name, value);
        self.settings.retain(|own| own.name != setting.name);
        self.settings.push(setting);
        self
    }

    /// The value of a setting of the guard, if it is set.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.as_str())
    }

    /// The words of a setting, which blanks and commas separate.
    pub fn words<'p>(&'p self, name: &str) -> impl Iterator<Item = &'p str> + use<'p> {
        let value = self.setting(name).unwrap_or_default();
        value.split(|c: char| c.is_ascii_whitespace() || c == ',').filter(|word| !word.is_empty())
    }
}

/// Constructors for tests.
impl PlannedTarget {
    /// A service that changes, without containers.
    pub fn service(cluster: impl Into<String>, service: impl Into<String>) -> Self {
        let (cluster, service) = (cluster.into(), service.into());
        Self {
            name: format!("{cluster}/{service}"),
            destination: Destination::Service(ServiceName { cluster, service }),
            region: "eu-central-1".to_string(),
            account: None,
            role: None,
            wave: 0,
            is_unchanged: false,
            running_revision: None,
            next_revision: None,
            changes: Vec::new(),
            containers: Vec::new(),
            definition_json: "{}".to_string(),
            rollout: None,
            tasks_before: Vec::new(),
            tasks_after: Vec::new(),
        }
    }

    /// The cluster of a service; `None` for another destination.
    pub fn cluster(&self) -> Option<&str> {
        match &self.destination {
            Destination::Service(service) => Some(&service.cluster),
            _ => None,
        }
    }
}

/// A constructor for tests.
impl PlannedContainer {
    /// A container that keeps its image, without variables.
    pub fn new(name: impl Into<String>, image: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            image: image.into(),
            image_name: None,
            privileged: false,
            environment: Vec::new(),
            secrets: Vec::new(),
        }
    }
}

/// A constructor for tests.
impl PlannedVariable {
    /// A variable with a value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Some(value.into()) }
    }

    /// A variable whose value the host detects as a secret.
    pub fn hidden(name: impl Into<String>) -> Self {
        Self { name: name.into(), value: None }
    }
}

/// Whether a text matches a pattern, in which `*` stands for any characters, also for
/// none.
///
/// ```
/// use ecs_host_policy::guard::matches;
///
/// assert!(matches("production-*", "production-eu"));
/// assert!(!matches("production-*", "preproduction-eu"));
/// ```
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asterisk_stands_for_any_characters() {
        for (pattern, text, expected) in [
            ("main", "main", true),
            ("main", "main2", false),
            ("main*", "main", true),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab*ba", "aba", false),
            ("**", "x", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_words_of_a_setting_are_separated_by_blanks_and_commas() {
        let plan = Plan::of([]).with_setting("CLUSTERS", "a, b\n c,").with_setting("CLUSTERS", "d e");
        assert_eq!(plan.words("CLUSTERS").collect::<Vec<_>>(), ["d", "e"]);
        assert_eq!(plan.words("OTHER").count(), 0);
    }
}
