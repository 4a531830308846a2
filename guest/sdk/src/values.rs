use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    Assignment, Destination, DockerBuild, Image, ImageSource, OneOffTask, ServiceName, Setting,
    SettingDeclaration, Target,
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
            platform: None,
        }
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
    ///     source: ImageSource::Dockerfile(DockerBuild {
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
            source: ImageSource::Dockerfile(DockerBuild::default()),
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

    fn new(destination: Destination) -> Self {
        Self {
            destination,
            region: None,
            role: None,
            containers: Vec::new(),
            tasks_before: Vec::new(),
            tasks_after: Vec::new(),
            wave: 0,
            timeout: None,
            on_failure: None,
        }
    }
}

impl Assignment {
    /// Assigns an image to a container without a change to its environment.
    pub fn new(container: impl Into<String>, image: impl Into<String>) -> Self {
        Self { container: container.into(), image: image.into(), environment: Vec::new() }
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
            timeout: None,
        }
    }
}
