use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    Assignment, Destination, DockerBuild, Image, ImageSource, OneOffTask, ServiceName, Setting,
    SettingDeclaration, Target,
};

impl Setting {
    /// A name and its value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

impl SettingDeclaration {
    /// A setting without which no build can deploy.
    pub fn required(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), description: description.into(), required: true }
    }

    /// A setting that may be absent.
    pub fn optional(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { required: false, ..Self::required(name, description) }
    }
}

/// The `Dockerfile` of the working directory, built with the directory as its
/// context, and nothing else said.
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
    /// An image built from the `Dockerfile` of the working directory.
    ///
    /// For another source, set the field:
    ///
    /// ```
    /// use ecs_host_policy::{DockerBuild, Image, ImageSource};
    ///
    /// let api = Image {
    ///     source: ImageSource::Dockerfile(DockerBuild {
    ///         context: "api".into(),
    ///         ..DockerBuild::default()
    ///     }),
    ///     ..Image::built("api", "registry.example/todo-api", ["master"])
    /// };
    /// let promoted = Image {
    ///     source: ImageSource::Pushed("staging".into()),
    ///     ..Image::built("web", "registry.example/todo", ["production"])
    /// };
    /// # assert_ne!(api, promoted);
    /// ```
    pub fn built<Tag: Into<String>>(
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
    /// A service, in the run's own region and account, in the first wave, in
    /// which every container gets the image whose repository it already runs.
    ///
    /// ```
    /// use ecs_host_policy::Target;
    ///
    /// let last = Target { wave: 1, ..Target::service("todo-production", "web") };
    /// # assert_eq!(last.region, None);
    /// ```
    pub fn service(cluster: impl Into<String>, service: impl Into<String>) -> Self {
        Self::of(Destination::Service(ServiceName { cluster: cluster.into(), service: service.into() }))
    }

    /// A task definition family, of which a new revision is registered.
    pub fn family(family: impl Into<String>) -> Self {
        Self::of(Destination::Family(family.into()))
    }

    fn of(destination: Destination) -> Self {
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
    /// An image for a container, whose environment stays as it is.
    pub fn new(container: impl Into<String>, image: impl Into<String>) -> Self {
        Self { container: container.into(), image: image.into(), environment: Vec::new() }
    }
}

impl OneOffTask {
    /// A command to run once in a container, with the host's default timeout.
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
