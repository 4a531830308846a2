//! The conversion of a policy's images and targets to a deployment, which checks every name.

use std::collections::{BTreeMap, BTreeSet};

use super::types;
use model::decision::{
    Assignment, Deployment, Destination, DockerBuild, FailureAction, Image, ImageSource, OneOffTask,
    Reference, ServiceName, Target,
};
use model::names;
use model::names::{EcsResource, InvalidName, Region, Repository, RoleArn, Tag};
use model::text::printable;

/// Converts a policy's images and targets.
///
/// # Errors
/// Every problem of the answer, so that the policy's author sees all of them at once.
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets call it"))]
pub fn to_deployment(
    images: Vec<types::Image>,
    targets: Vec<types::Target>,
) -> Result<Deployment, Vec<String>> {
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
    converter.check_duplicate_targets(&targets);
    if converter.problems.is_empty() { Ok(Deployment { images, targets }) } else { Err(converter.problems) }
}

/// Converts the parts of an answer, and collects their problems. A part with a problem is `None`.
#[derive(Default)]
struct Converter {
    problems: Vec<String>,
}

impl Converter {
    fn report(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    fn valid<T>(&mut self, place: &str, result: Result<T, InvalidName>) -> Option<T> {
        result.map_err(|error| self.report(format!("{place}: {error}"))).ok()
    }

    /// A name that only the answer itself refers to.
    fn label(&mut self, place: &str, name: String) -> Option<String> {
        let valid = !name.is_empty() && name.chars().count() <= 128 && printable(&name) == name;
        if !valid {
            self.report(format!("{place}: a name is one line of 1 to 128 visible characters"));
        }
        valid.then_some(name)
    }

    /// Reports two targets that are one place. A target without a region may be in any region.
    fn check_duplicate_targets(&mut self, targets: &[Target]) {
        let mut places: BTreeMap<_, Vec<&Target>> = BTreeMap::new();
        for target in targets {
            let place = (target.destination.to_string(), target.role.as_ref().map(ToString::to_string));
            places.entry(place).or_default().push(target);
        }
        for same in places.values() {
            let regions: BTreeSet<_> = same.iter().filter_map(|target| target.region.as_ref()).collect();
            // Two have one region, or one of them has none.
            if let [first, _, ..] = same.as_slice()
                && regions.len() < same.len()
            {
                self.report(format!("targets: {} is named twice; name it once", first.destination));
            }
        }
    }

    fn image(&mut self, image: types::Image) -> Option<Image> {
        let place = format!("image `{}`", printable(&image.name));
        let name = self.label(&place, image.name);
        let repository = self.valid(&place, Repository::parse(&image.repository));
        let tags: Vec<_> = image.tags.iter().map(|tag| self.valid(&place, Tag::parse(tag))).collect();
        if tags.is_empty() {
            self.report(format!("{place}: it has no tag; an image is pushed under at least one"));
        }
        let source = match image.source {
            types::ImageSource::Dockerfile(build) => {
                self.docker_build(&place, build).map(ImageSource::Dockerfile)
            }
            types::ImageSource::Pushed(reference) => {
                self.valid(&place, Reference::parse(&reference)).map(ImageSource::Pushed)
            }
        };
        let mut tags: Vec<Tag> = tags.into_iter().collect::<Option<_>>()?;
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        Some(Image { name: name?, repository: repository?, tags, source: source? })
    }

    fn docker_build(&mut self, place: &str, build: types::DockerBuild) -> Option<DockerBuild> {
        let word = |kind, text: &str| {
            let is_word = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
            let valid = text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_word);
            let rule = "letters, digits and . _ - /, a letter or digit first";
            if valid { Ok(text.to_owned()) } else { Err(InvalidName { kind, text: text.to_owned(), rule }) }
        };
        let context = self.valid(place, names::parse_build_path("build context", &build.context));
        let dockerfile =
            build.dockerfile.map(|path| names::parse_build_path("Dockerfile path", &path)).transpose();
        let dockerfile = self.valid(place, dockerfile);
        let stage = self.valid(place, build.stage.map(|stage| word("build stage", &stage)).transpose());
        let platform = self.valid(place, build.platform.map(|name| word("platform", &name)).transpose());
        let arguments = self.variables(place, "build argument", build.arguments);
        Some(DockerBuild {
            context: context?,
            dockerfile: dockerfile?,
            stage: stage?,
            arguments: arguments?,
            platform: platform?,
        })
    }

    fn target(&mut self, target: types::Target, images: &BTreeSet<&str>) -> Option<Target> {
        let mut arn_place = None;
        let destination = match target.destination {
            types::Destination::Service(name) => {
                let cluster = self.valid("target", EcsResource::parse("cluster", &name.cluster));
                let service = self.valid("target", EcsResource::parse("service", &name.service));
                let (cluster, service) = (cluster?, service?);
                let clusters = (service.cluster.as_ref(), Some(&cluster.name));
                let places = (service.scope.as_ref(), cluster.scope.as_ref());
                if matches!(clusters, (Some(a), Some(b)) if a != b)
                    || matches!(places, (Some(a), Some(b)) if a != b)
                {
                    let (cluster, service) = (&name.cluster, &name.service);
                    self.report(format!("target: the service {service} is not in the cluster {cluster}"));
                }
                arn_place = service.scope.or(cluster.scope).map(|scope| (scope.region, scope.account));
                Destination::Service(ServiceName { cluster: cluster.name, service: service.name })
            }
            types::Destination::Family(name) => Destination::Family(
                self.valid("target", names::parse_ecs_name("task definition family", &name))?,
            ),
        };
        let (arn_region, account) = arn_place.unzip();
        let place = format!("target {destination}");
        let region = self.valid(&place, target.region.map(|region| Region::parse(&region)).transpose());
        if let (Some(Some(region)), Some(other)) = (&region, &arn_region)
            && region != other
        {
            self.report(format!("{place}: its region is {region}, and its ARN is in {other}"));
        }
        let role = self.valid(&place, target.role.map(|role| RoleArn::parse(&role)).transpose());
        let containers: Vec<_> =
            target.containers.into_iter().map(|a| self.assignment(&place, a, images)).collect();
        let containers: Vec<Assignment> = containers.into_iter().collect::<Option<_>>()?;
        let named: BTreeSet<_> = containers.iter().map(|a| &a.container).collect();
        if named.len() < containers.len() {
            self.report(format!("{place}: a container is named twice"));
        }
        let is_family = matches!(destination, Destination::Family(_));
        let tasks = self.one_off_tasks(&place, is_family, target.tasks_before, target.tasks_after);
        if target.timeout == Some(0) {
            self.report(format!("{place}: its timeout is 0 seconds"));
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
        })
    }

    /// The one-off tasks of a target: those before its rollout, and those after.
    fn one_off_tasks(
        &mut self,
        place: &str,
        is_family: bool,
        before: Vec<types::OneOffTask>,
        after: Vec<types::OneOffTask>,
    ) -> Option<(Vec<OneOffTask>, Vec<OneOffTask>)> {
        let mut names: Vec<&str> = before.iter().chain(&after).map(|task| task.name.as_str()).collect();
        if is_family && !names.is_empty() {
            self.report(format!(
                "{place}: one-off tasks run in a service's cluster and network, and a family has neither; \
                 move them to a target that is a service"
            ));
        }
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            self.report(format!("{place}: two of its one-off tasks have the same name; rename one of them"));
        }
        let before: Vec<_> = before.into_iter().map(|task| self.one_off_task(place, task)).collect();
        let after: Vec<_> = after.into_iter().map(|task| self.one_off_task(place, task)).collect();
        Some((before.into_iter().collect::<Option<_>>()?, after.into_iter().collect::<Option<_>>()?))
    }

    fn one_off_task(&mut self, place: &str, task: types::OneOffTask) -> Option<OneOffTask> {
        let place = format!("{place}: the one-off task `{}`", printable(&task.name));
        let mut report_if = |wrong: bool, problem: &str| {
            if wrong {
                self.report(format!("{place}: {problem}"));
            }
            wrong
        };
        let wrong = [
            report_if(task.command.is_empty(), "it has no command"),
            report_if(
                task.command.iter().any(|argument| argument.contains('\0')),
                "its command contains a NUL character",
            ),
            report_if(task.timeout == Some(0), "its timeout is 0 seconds"),
        ];
        let container = self.valid(&place, names::parse_ecs_name("container name", &task.container))?;
        let types::OneOffTask { name, command, timeout, .. } = task;
        let name = self.label(&place, name)?;
        (!wrong.contains(&true)).then_some(OneOffTask { name, container, command, timeout })
    }

    fn assignment(
        &mut self,
        place: &str,
        assignment: types::Assignment,
        images: &BTreeSet<&str>,
    ) -> Option<Assignment> {
        let container = self.valid(place, names::parse_ecs_name("container name", &assignment.container));
        let environment = self.variables(place, "variable", assignment.environment);
        if !images.contains(assignment.image.as_str()) {
            let image = printable(&assignment.image);
            self.report(format!(
                "{place}: it assigns the image `{image}`, which is not in the list of images"
            ));
            return None;
        }
        Some(Assignment { container: container?, image: assignment.image, environment: environment? })
    }

    fn variables(
        &mut self,
        place: &str,
        kind: &'static str,
        variables: Vec<types::Setting>,
    ) -> Option<Vec<(String, String)>> {
        let checked: Vec<_> = variables
            .into_iter()
            .map(|v| Some((self.valid(place, names::parse_variable_name(kind, &v.name))?, v.value)))
            .collect();
        checked.into_iter().collect()
    }
}

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod tests;
