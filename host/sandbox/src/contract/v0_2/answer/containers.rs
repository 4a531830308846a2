//! The changes of containers, and one-off tasks.

use super::{Converter, types};
use model::decision::{ContainerChange, ContainerSettings, Destination, Image, OneOffTask};
use model::names::{parse_ecs_name, parse_secret_arn, parse_variable_name};
use model::text::abbreviate;

impl Converter {
    pub(super) fn container_changes(
        &mut self,
        subject: &str,
        changes: Vec<types::ContainerChange>,
        images: Option<&[Image]>,
    ) -> Option<Vec<ContainerChange>> {
        self.once(subject, "container", changes.iter().map(|change| change.container.as_str()));
        self.all(changes, |this, change| this.container_change(subject, change, images))
    }

    fn container_change(
        &mut self,
        subject: &str,
        change: types::ContainerChange,
        images: Option<&[Image]>,
    ) -> Option<ContainerChange> {
        let container = self.valid(subject, parse_ecs_name("container name", &change.container));
        let subject = format!("{subject}: container `{}`", abbreviate(&change.container));
        let lists = change.environment.iter().map(|variable| variable.name.as_str());
        let lists = lists.chain(change.secrets.iter().map(|secret| secret.name.as_str()));
        self.once(&subject, "variable", lists.chain(change.unset.iter().map(String::as_str)));
        let environment =
            self.all(change.environment, |this, variable| this.variable(&subject, "variable", variable));
        let secrets = self.all(change.secrets, |this, secret| {
            let name = this.valid(&subject, parse_variable_name("variable", &secret.name));
            this.valid(&subject, parse_secret_arn(&secret.value_from))?;
            Some((name?, secret.value_from))
        });
        let unset =
            self.all(change.unset, |this, name| this.valid(&subject, parse_variable_name("variable", &name)));
        let has_command = change.command.as_ref().is_none_or(|command| self.command(&subject, command));
        let has_image =
            change.image.as_ref().is_none_or(|image| self.assigned_image(&subject, image, images));
        let settings = ContainerSettings {
            environment: environment?,
            secrets: secrets?,
            unset: unset?,
            command: change.command.filter(|_| has_command),
        };
        let changes = change.image.is_some() || !settings.is_empty() || !has_command;
        self.require(&subject, changes, || "nothing changes; leave it out".to_owned());
        Some(ContainerChange { container: container?, image: change.image.filter(|_| has_image), settings })
    }

    /// Whether a container may get an image.
    fn assigned_image(&mut self, subject: &str, name: &str, images: Option<&[Image]>) -> bool {
        let Some(images) = images else { return true };
        match images.iter().find(|image| image.name == name) {
            Some(image) => self.require(subject, !image.publish_only, || {
                format!("it gets the image `{name}`, which is `publish-only`; change one of the two")
            }),
            None => self.require(subject, false, || {
                format!("it gets the image `{}`, which is not in the list of images", abbreviate(name))
            }),
        }
    }

    /// The one-off tasks of a target: those before its rollout, and those after.
    pub(super) fn one_off_tasks(
        &mut self,
        subject: &str,
        destination: &Destination,
        before: Vec<types::OneOffTask>,
        after: Vec<types::OneOffTask>,
    ) -> Option<(Vec<OneOffTask>, Vec<OneOffTask>)> {
        let mut names: Vec<&str> = before.iter().chain(&after).map(|task| task.name.as_str()).collect();
        let is_service = matches!(destination, Destination::Service(_));
        self.require(subject, is_service || names.is_empty(), || {
            "one-off tasks run in a service's cluster and network, and this is no service; move them to a target that \
             is one"
                .to_owned()
        });
        names.sort_unstable();
        let is_once = names.windows(2).all(|pair| matches!(pair, [a, b] if a != b));
        self.require(subject, is_once, || {
            "two of its one-off tasks have the same name; rename one of them".to_owned()
        });
        let before = self.all(before, |this, task| this.one_off_task(subject, task));
        let after = self.all(after, |this, task| this.one_off_task(subject, task));
        Some((before?, after?))
    }

    fn one_off_task(&mut self, subject: &str, task: types::OneOffTask) -> Option<OneOffTask> {
        let subject = format!("{subject}: the one-off task `{}`", abbreviate(&task.name));
        let has_command = self.command(&subject, &task.command);
        self.positive(&subject, "its timeout", task.timeout_seconds);
        let container = self.valid(&subject, parse_ecs_name("container name", &task.container));
        let environment = self.variables(&subject, "variable", task.environment);
        let types::OneOffTask { name, command, timeout_seconds, .. } = task;
        let name = self.label(&subject, name);
        let (name, container, environment) = (name?, container?, environment?);
        has_command.then_some(OneOffTask { name, container, command, environment, timeout_seconds })
    }
}
