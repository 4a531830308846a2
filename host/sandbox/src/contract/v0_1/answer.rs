//! The conversion of a policy's images and targets to a deployment, which checks every name.

use std::collections::BTreeSet;

use super::types;
use crate::contract::Problem;
use model::decision::{
    Assignment, Deployment, Destination, DockerBuild, FailureAction, Image, ImageSource, OneOffTask,
    Reference, ServiceName, Target,
};
use model::names;
use model::names::{EcsResource, InvalidName, Region, Repository, RoleArn, Tag};
use model::text::{abbreviate, printable};

/// Converts a policy's images and targets.
///
/// # Errors
/// Every problem of the answer, so that the policy's author sees all of them at once.
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets call it"))]
pub fn to_deployment(
    images: Vec<types::Image>,
    targets: Vec<types::Target>,
) -> Result<Deployment, Vec<Problem>> {
    let mut converter = Converter::default();
    let images: Vec<Image> = images.into_iter().filter_map(|image| converter.image(image)).collect();
    let names: BTreeSet<&str> = images.iter().map(|image| image.name.as_str()).collect();
    if names.len() < images.len() {
        converter.report("images: two have the same name; rename one of them");
    }
    if images.is_empty() && converter.problems.is_empty() {
        converter.report("images: the list is empty; return `skip` if the build deploys nothing");
    }
    if targets.is_empty() {
        converter.report("targets: the list is empty; return `skip` if the build deploys nothing");
    }
    let targets: Vec<Target> =
        targets.into_iter().filter_map(|target| converter.target(target, &names)).collect();
    converter.check_duplicate_tags(&images);
    converter.check_duplicate_targets(&targets);
    if converter.problems.is_empty() { Ok(Deployment { images, targets }) } else { Err(converter.problems) }
}

/// Converts the parts of an answer, and collects their problems. A part with a problem is `None`. A `subject` is the
/// part that a problem is about, as the problem's text names it.
#[derive(Default)]
struct Converter {
    problems: Vec<Problem>,
}

impl Converter {
    fn report(&mut self, problem: impl Into<String>) {
        self.problems.push(Problem { text: problem.into(), value: None });
    }

    fn report_value(&mut self, problem: String, value: String) {
        self.problems.push(Problem { text: problem, value: Some(value) });
    }

    fn valid<T>(&mut self, subject: &str, result: Result<T, InvalidName>) -> Option<T> {
        result.map_err(|error| self.report_value(format!("{subject}: {error}"), error.text)).ok()
    }

    /// A name that only the answer itself refers to.
    fn label(&mut self, subject: &str, name: String) -> Option<String> {
        let valid = !name.is_empty() && name.chars().count() <= 128 && printable(&name) == name;
        if !valid {
            let problem = format!("{subject}: a name is one line of 1 to 128 visible characters");
            self.report_value(problem, name);
            return None;
        }
        Some(name)
    }

    fn image(&mut self, image: types::Image) -> Option<Image> {
        let subject = format!("image `{}`", abbreviate(&image.name));
        let name = self.label(&subject, image.name);
        let repository = self.valid(&subject, Repository::parse(&image.repository));
        let tags: Vec<_> = image.tags.iter().map(|tag| self.valid(&subject, Tag::parse(tag))).collect();
        if tags.is_empty() {
            self.report(format!("{subject}: it has no tag; an image is pushed under at least one"));
        }
        let source = match image.source {
            types::ImageSource::Dockerfile(build) => {
                self.docker_build(&subject, build).map(ImageSource::Dockerfile)
            }
            types::ImageSource::Pushed(reference) => {
                self.valid(&subject, Reference::parse(&reference)).map(ImageSource::Pushed)
            }
        };
        let mut tags: Vec<Tag> = tags.into_iter().collect::<Option<_>>()?;
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        Some(Image { name: name?, repository: repository?, tags, source: source? })
    }

    fn docker_build(&mut self, subject: &str, build: types::DockerBuild) -> Option<DockerBuild> {
        let word = |kind, text: &str| {
            let is_word = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
            let valid = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_word);
            let rule = "expected letters, digits and . _ - /, a letter or digit first";
            if valid { Ok(text.to_owned()) } else { Err(InvalidName { kind, text: text.to_owned(), rule }) }
        };
        let context = self.valid(subject, names::parse_build_path("build context", &build.context));
        let base = context.as_deref().unwrap_or(".");
        let dockerfile = build.dockerfile.map(|path| names::parse_dockerfile_path(base, &path)).transpose();
        let dockerfile = self.valid(subject, dockerfile);
        let stage = self.valid(subject, build.stage.map(|stage| word("build stage", &stage)).transpose());
        let platform = self.valid(subject, build.platform.map(|name| word("platform", &name)).transpose());
        let arguments = self.variables(subject, "build argument", build.arguments);
        Some(DockerBuild {
            context: context?,
            dockerfile: dockerfile?,
            stage: stage?,
            arguments: arguments?,
            platform: platform?,
        })
    }

    fn target(&mut self, target: types::Target, images: &BTreeSet<&str>) -> Option<Target> {
        let mut arn_scope = None;
        let destination = match target.destination {
            types::Destination::Service(name) => {
                let cluster = self.valid("target", EcsResource::parse("cluster", &name.cluster));
                let service = self.valid("target", EcsResource::parse("service", &name.service));
                let (cluster, service) = (cluster?, service?);
                let clusters = (service.cluster.as_ref(), Some(&cluster.name));
                let scopes = (service.scope.as_ref(), cluster.scope.as_ref());
                if matches!(clusters, (Some(a), Some(b)) if a != b)
                    || matches!(scopes, (Some(a), Some(b)) if a != b)
                {
                    let (cluster, service) = (&name.cluster, &name.service);
                    self.report(format!("target: the service {service} is not in the cluster {cluster}; return the cluster of the service"));
                }
                arn_scope = service.scope.or(cluster.scope).map(|scope| (scope.region, scope.account));
                Destination::Service(ServiceName { cluster: cluster.name, service: service.name })
            }
            types::Destination::Family(name) => Destination::Family(
                self.valid("target", names::parse_ecs_name("task definition family", &name))?,
            ),
        };
        let (arn_region, account) = arn_scope.unzip();
        let subject = format!("target {destination}");
        let region = self.valid(&subject, target.region.map(|region| Region::parse(&region)).transpose());
        if let (Some(Some(region)), Some(other)) = (&region, &arn_region)
            && region != other
        {
            self.report(format!(
                "{subject}: its region is {region}, and its ARN is in {other}; return the region of the ARN"
            ));
        }
        let role = self.valid(&subject, target.role.map(|role| RoleArn::parse(&role)).transpose());
        let containers: Vec<_> =
            target.containers.into_iter().map(|a| self.assignment(&subject, a, images)).collect();
        let containers: Vec<Assignment> = containers.into_iter().collect::<Option<_>>()?;
        let mut named = BTreeSet::new();
        if let Some(twice) = containers.iter().find(|a| !named.insert(&a.container)) {
            self.report(format!("{subject}: container `{}` is named twice; name it once", twice.container));
        }
        let is_family = matches!(destination, Destination::Family(_));
        let tasks = self.one_off_tasks(&subject, is_family, target.tasks_before, target.tasks_after);
        if target.timeout == Some(0) {
            self.report(format!("{subject}: its timeout is 0 seconds; return at least 1"));
        }
        let (tasks_before, tasks_after) = tasks?;
        Some(Target {
            destination,
            region: region?,
            arn_region,
            account,
            role: role?,
            containers,
            tasks_before,
            tasks_after,
            wave: target.wave,
            timeout: target.timeout,
            on_failure: target.on_failure.map(|action| match action {
                types::FailureAction::Leave => FailureAction::Leave,
                types::FailureAction::RollBack => FailureAction::RollBack,
            }),
            base: None,
        })
    }

    /// The one-off tasks of a target: those before its rollout, and those after.
    fn one_off_tasks(
        &mut self,
        subject: &str,
        is_family: bool,
        before: Vec<types::OneOffTask>,
        after: Vec<types::OneOffTask>,
    ) -> Option<(Vec<OneOffTask>, Vec<OneOffTask>)> {
        let mut names: Vec<&str> = before.iter().chain(&after).map(|task| task.name.as_str()).collect();
        if is_family && !names.is_empty() {
            self.report(format!(
                "{subject}: one-off tasks run in a service's cluster and network, and a family has neither; \
                 move them to a target that is a service"
            ));
        }
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            self.report(format!(
                "{subject}: two of its one-off tasks have the same name; rename one of them"
            ));
        }
        let before: Vec<_> = before.into_iter().map(|task| self.one_off_task(subject, task)).collect();
        let after: Vec<_> = after.into_iter().map(|task| self.one_off_task(subject, task)).collect();
        Some((before.into_iter().collect::<Option<_>>()?, after.into_iter().collect::<Option<_>>()?))
    }

    fn one_off_task(&mut self, subject: &str, task: types::OneOffTask) -> Option<OneOffTask> {
        let subject = format!("{subject}: the one-off task `{}`", abbreviate(&task.name));
        let mut report_if = |wrong: bool, problem: &str| {
            if wrong {
                self.report(format!("{subject}: {problem}"));
            }
            wrong
        };
        let wrong = [
            report_if(task.command.is_empty(), "it has no command; return at least one argument"),
            report_if(
                task.command.iter().any(|argument| argument.contains('\0')),
                "its command contains a NUL character; remove it",
            ),
            report_if(task.timeout == Some(0), "its timeout is 0 seconds; return at least 1"),
        ];
        let container = self.valid(&subject, names::parse_ecs_name("container name", &task.container))?;
        let types::OneOffTask { name, command, timeout, .. } = task;
        let name = self.label(&subject, name)?;
        (!wrong.contains(&true)).then_some(OneOffTask { name, container, command, timeout })
    }

    fn assignment(
        &mut self,
        subject: &str,
        assignment: types::Assignment,
        images: &BTreeSet<&str>,
    ) -> Option<Assignment> {
        let container = self.valid(subject, names::parse_ecs_name("container name", &assignment.container));
        let environment = self.variables(subject, "variable", assignment.environment);
        if !images.contains(assignment.image.as_str()) {
            let image = abbreviate(&assignment.image);
            self.report(format!(
                "{subject}: it assigns the image `{image}`, which is not in the list of images"
            ));
            return None;
        }
        Some(Assignment { container: container?, image: assignment.image, environment: environment? })
    }

    fn variables(
        &mut self,
        subject: &str,
        kind: &'static str,
        variables: Vec<types::Setting>,
    ) -> Option<Vec<(String, String)>> {
        let mut names = BTreeSet::new();
        if let Some(twice) = variables.iter().find(|v| !names.insert(v.name.as_str())) {
            self.report(format!("{subject}: {kind} `{}` is set twice; set it once", abbreviate(&twice.name)));
        }
        let checked: Vec<_> = variables
            .into_iter()
            .map(|v| Some((self.valid(subject, names::parse_variable_name(kind, &v.name))?, v.value)))
            .collect();
        checked.into_iter().collect()
    }
}

#[cfg(test)]
mod arbitrary;
mod duplicates;
#[cfg(test)]
mod tests;
