use alloc::{string::String, vec::Vec};

use super::{
    ECS_CLUSTER, ECS_SERVICE,
    sentences::{missing, subject},
    variable_suffix,
};
use crate::{Build, Target};

/// The services of the convention: those that `ECS_SERVICE_<ENVIRONMENT>` lists,
/// separated by spaces or commas, in the cluster `ECS_CLUSTER_<ENVIRONMENT>`.
///
/// `<ENVIRONMENT>` is the environment's [`variable_suffix`]. All services roll
/// out at once, and one that is listed twice is a target once.
///
/// ```
/// use ecs_host_policy::{Build, Target, travis};
///
/// let build = Build::on_branch("feature/x")
///     .with("ECS_CLUSTER_FEATURE_X", "todo")
///     .with("ECS_SERVICE_FEATURE_X", "web worker");
/// assert_eq!(
///     travis::targets(&build, "feature/x"),
///     Ok(vec![Target::service("todo", "web"), Target::service("todo", "worker")])
/// );
/// ```
///
/// # Errors
///
/// Where one of the two variables is not set, or lists no service.
pub fn targets(build: &Build, environment: &str) -> Result<Vec<Target>, String> {
    let suffix = variable_suffix(environment);
    let cluster_variable = [ECS_CLUSTER, &suffix].concat();
    let service_variable = [ECS_SERVICE, &suffix].concat();
    let nowhere = |fault: &[&str]| {
        [&subject(build, environment), " has nowhere to deploy to: ", &fault.concat(), "."].concat()
    };
    let (Some(cluster), Some(list)) = (build.setting(&cluster_variable), build.setting(&service_variable))
    else {
        let missing = missing(
            build,
            [(&cluster_variable, "its cluster"), (&service_variable, "its service, or several")],
        );
        return Err(nowhere(&["set ", &missing]));
    };
    let mut services = Vec::new();
    for service in list.split(|c: char| c.is_ascii_whitespace() || c == ',') {
        if !service.is_empty() && !services.contains(&service) {
            services.push(service);
        }
    }
    if services.is_empty() {
        return Err(nowhere(&[&service_variable, " lists no service"]));
    }
    Ok(services.into_iter().map(|service| Target::service(cluster, service)).collect())
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn build(cluster: &str, services: &str) -> Build {
        Build::on_branch("master").with("ECS_CLUSTER_MASTER", cluster).with("ECS_SERVICE_MASTER", services)
    }

    #[test]
    fn the_branch_names_the_variables_of_its_cluster_and_service() {
        let build = build("simple-todo-master", "simple-todo");
        let targets = targets(&build, "master").unwrap();
        assert_eq!(targets, [Target::service("simple-todo-master", "simple-todo")]);
    }

    #[test]
    fn a_target_leaves_everything_else_to_the_host() {
        let [target] = <[Target; 1]>::try_from(targets(&build("a", "b"), "master").unwrap()).unwrap();
        assert_eq!((target.region, target.role, target.timeout), (None, None, None));
        assert_eq!((target.wave, target.on_failure), (0, None));
        assert!(target.containers.is_empty());
        assert!(target.tasks_before.is_empty() && target.tasks_after.is_empty());
    }

    #[test]
    fn several_services_are_separated_by_spaces_or_commas() {
        for list in ["web worker", "web,worker", " web ,\tworker,\n", "web worker web"] {
            assert_eq!(
                targets(&build("todo", list), "master"),
                Ok(vec![Target::service("todo", "web"), Target::service("todo", "worker")]),
                "{list:?}"
            );
        }
    }

    #[test]
    fn all_missing_variables_are_named_with_the_branch() {
        assert_eq!(
            targets(&Build::on_branch("feature/x-1"), "feature/x-1"),
            Err("Branch `feature/x-1` has nowhere to deploy to: set ECS_CLUSTER_FEATURE_X_1 (its \
                 cluster) and ECS_SERVICE_FEATURE_X_1 (its service, or several)."
                .into())
        );
    }

    #[test]
    fn a_variable_that_is_there_is_not_asked_for() {
        assert_eq!(
            targets(&build(" ", "web"), "master"),
            Err("Branch `master` has nowhere to deploy to: set ECS_CLUSTER_MASTER (its cluster).".into())
        );
    }

    #[test]
    fn an_environment_is_named_beside_the_branch() {
        let error = targets(&Build::on_branch("release/1"), "staging").unwrap_err();
        assert!(error.starts_with("Branch `release/1` (environment `staging`) has nowhere"), "{error}");
        assert!(error.contains("set ECS_CLUSTER_STAGING"), "{error}");
    }

    #[test]
    fn a_list_of_nothing_but_commas_is_an_error() {
        assert_eq!(
            targets(&build("todo", ", ,"), "master"),
            Err("Branch `master` has nowhere to deploy to: ECS_SERVICE_MASTER lists no service.".into())
        );
    }
}
