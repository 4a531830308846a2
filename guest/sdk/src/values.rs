use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    BuildkitOptions, ContainerChange, Destination, DockerBuild, Image, ImageSource, OneOffTask,
    RolloutOptions, ServiceName, Setting, SettingDeclaration, Target, TaskDefinitionOptions,
};

impl Setting {
    /// Creates a setting: an environment variable or a build argument.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl SettingDeclaration {
    /// A setting without which no build deploys.
    pub fn required(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), description: description.into(), required: true }
    }

    /// A setting that a build can deploy without.
    pub fn optional(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { required: false, ..Self::required(name, description) }
    }
}

/// The `Dockerfile` of the working folder, with that folder as the build
/// context.
impl Default for DockerBuild {
    fn default() -> Self {
        Self {
            context: ".".to_string(),
            dockerfile: None,
            stage: None,
            arguments: Vec::new(),
            platforms: Vec::new(),
            labels: Vec::new(),
            pull: false,
            buildkit: None,
        }
    }
}

/// No option.
impl Default for BuildkitOptions {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            ssh: Vec::new(),
            cache_from: Vec::new(),
            cache_to: Vec::new(),
            contexts: Vec::new(),
        }
    }
}

/// No change: the base is the operator's, and the size stays.
impl Default for TaskDefinitionOptions {
    fn default() -> Self {
        Self { base: None, cpu_units: None, memory_mib: None }
    }
}

/// As the operator and the service define it.
impl Default for RolloutOptions {
    fn default() -> Self {
        Self { desired_count: None, timeout_seconds: None, bake_seconds: None, on_failure: None }
    }
}

impl Image {
    /// An image that is built from the `Dockerfile` of the working folder.
    ///
    /// For another source, set the field `source`:
    ///
    /// ```
    /// use ecs_host_policy::{DockerBuild, Image, ImageSource};
    ///
    /// let api = Image {
    ///     source: ImageSource::Build(DockerBuild {
    ///         context: "api".into(),
    ///         ..DockerBuild::default()
    ///     }),
    ///     ..Image::from_dockerfile("api", "registry.example/todo-api", ["master"])
    /// };
    /// let promoted = Image {
    ///     source: ImageSource::Pushed("staging".into()),
    ///     ..Image::from_dockerfile("web", "registry.example/todo", ["production"])
    /// };
    /// # assert_ne!(api, promoted);
    /// ```
    pub fn from_dockerfile<Tag: Into<String>>(
        name: impl Into<String>,
        repository: impl Into<String>,
        tags: impl IntoIterator<Item = Tag>,
    ) -> Self {
        Self {
            name: name.into(),
            repository: repository.into(),
            tags: tags.into_iter().map(Into::into).collect(),
            source: ImageSource::Dockerfile,
            publish_only: false,
        }
    }
}

impl Target {
    /// A service in the region and account of the run, in the first wave. The host
    /// updates every container that runs an image of the same repository.
    ///
    /// ```
    /// use ecs_host_policy::Target;
    ///
    /// let last = Target { wave: 1, ..Target::service("todo-production", "web") };
    /// # assert_eq!(last.region, None);
    /// ```
    pub fn service(cluster: impl Into<String>, service: impl Into<String>) -> Self {
        Self::new(Destination::Service(ServiceName { cluster: cluster.into(), service: service.into() }))
    }

    /// A task definition family. The host registers a new revision of it.
    pub fn family(family: impl Into<String>) -> Self {
        Self::new(Destination::Family(family.into()))
    }

    /// A schedule of EventBridge Scheduler, by `NAME`, `GROUP/NAME` or its ARN.
    pub fn schedule(schedule: impl Into<String>) -> Self {
        Self::new(Destination::Schedule(schedule.into()))
    }

    /// A rule of EventBridge, by `NAME`, `BUS/NAME` or its ARN.
    pub fn event_rule(rule: impl Into<String>) -> Self {
        Self::new(Destination::EventRule(rule.into()))
    }

    fn new(destination: Destination) -> Self {
        Self {
            destination,
            region: None,
            role: None,
            wave: 0,
            containers: None,
            task_definition: None,
            rollout: None,
            tasks_before: Vec::new(),
            tasks_after: Vec::new(),
        }
    }
}

impl ContainerChange {
    /// A container that stays as it is, to set the fields that change.
    ///
    /// ```
    /// use ecs_host_policy::{ContainerChange, Setting};
    ///
    /// let verbose = ContainerChange {
    ///     environment: vec![Setting::new("LOG_LEVEL", "debug")],
    ///     ..ContainerChange::of("web")
    /// };
    /// # assert_eq!(verbose.image, None);
    /// ```
    pub fn of(container: impl Into<String>) -> Self {
        Self {
            container: container.into(),
            image: None,
            environment: Vec::new(),
            secrets: Vec::new(),
            unset: Vec::new(),
            command: None,
        }
    }

    /// A container that gets an image and no other change.
    pub fn image(container: impl Into<String>, image: impl Into<String>) -> Self {
        Self { image: Some(image.into()), ..Self::of(container) }
    }
}

impl OneOffTask {
    /// A command that runs once in a container, with the host's default timeout.
    ///
    /// ```
    /// use ecs_host_policy::OneOffTask;
    ///
    /// let migrate = OneOffTask::new("migrate", "web", ["bin/migrate", "--all"]);
    /// # assert_eq!(migrate.command.len(), 2);
    /// ```
    pub fn new<Argument: Into<String>>(
        name: impl Into<String>,
        container: impl Into<String>,
        command: impl IntoIterator<Item = Argument>,
    ) -> Self {
        Self {
            name: name.into(),
            container: container.into(),
            command: command.into_iter().map(Into::into).collect(),
            environment: Vec::new(),
            timeout_seconds: None,
        }
    }
}
