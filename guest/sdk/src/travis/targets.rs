use alloc::{string::String, vec::Vec};

use super::{
    ECS_CLUSTER, ECS_SERVICE,
    messages::{missing_settings, subject},
    variable_suffix,
};
use crate::{Build, Target};

/// Returns the targets of the convention: the services in
/// `ECS_SERVICE_<ENVIRONMENT>`, separated by spaces or commas, in the cluster
/// `ECS_CLUSTER_<ENVIRONMENT>`.
///
/// `<ENVIRONMENT>` is the [`variable_suffix`] of the environment. All services are
/// in one wave. A repeated service is one target.
///
/// ```
/// use ecs_host_policy::{Build, Target, travis};
///
/// let build = Build::on_branch("feature/x")
///     .with_setting("ECS_CLUSTER_FEATURE_X", "todo")
///     .with_setting("ECS_SERVICE_FEATURE_X", "web worker");
/// assert_eq!(
///     travis::targets(&build, "feature/x"),
///     Ok(vec![Target::service("todo", "web"), Target::service("todo", "worker")])
/// );
/// ```
///
/// # Errors
///
/// Returns an error if one of the two variables is not set, if the list contains
/// no service, or if a value is neither a name nor an ARN. The error contains the
/// variable and its value.
pub fn targets(build: &Build, environment: &str) -> Result<Vec<Target>, String> {
    let suffix = variable_suffix(environment);
    let cluster_variable = [ECS_CLUSTER, &suffix].concat();
    let service_variable = [ECS_SERVICE, &suffix].concat();
    let no_target = |reason: &[&str]| {
        [&subject(build, environment), " has no deployment target: ", &reason.concat(), "."].concat()
    };
    let (Some(cluster), Some(list)) = (build.setting(&cluster_variable), build.setting(&service_variable))
    else {
        let missing = missing_settings(
            build,
            [(&cluster_variable, "its cluster"), (&service_variable, "its services")],
        );
        return Err(no_target(&["set ", &missing]));
    };
    let mut invalid = (!is_name_or_arn(cluster)).then_some((&cluster_variable, cluster));
    let mut services = Vec::new();
    for service in list.split(|c: char| c.is_ascii_whitespace() || c == ',') {
        if !service.is_empty() && !services.contains(&service) {
            if !is_name_or_arn(service) {
                invalid = Some((&service_variable, service));
            }
            services.push(service);
        }
    }
    if let Some((variable, value)) = invalid {
        return Err([variable, " contains `", value, RULE].concat());
    }
    if services.is_empty() {
        return Err(no_target(&[&service_variable, " names no service"]));
    }
    Ok(services.into_iter().map(|service| Target::service(cluster, service)).collect())
}

/// The end of the message for a value that is neither.
const RULE: &str = "`: expected a name or an ARN.";

/// Whether a value can be a name or an ARN of ECS. The host checks its length, and the
/// parts of an ARN.
#[inline(never)]
fn is_name_or_arn(value: &str) -> bool {
    let is_part_of_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    value.as_bytes().first_chunk() == Some(b"arn:") || value.bytes().all(is_part_of_name)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn build(cluster: &str, services: &str) -> Build {
        Build::on_branch("master")
            .with_setting("ECS_CLUSTER_MASTER", cluster)
            .with_setting("ECS_SERVICE_MASTER", services)
    }

    #[test]
    fn the_variables_of_the_branch_set_cluster_and_service() {
        let build = build("simple-todo-master", "simple-todo");
        let targets = targets(&build, "master").unwrap();
        assert_eq!(targets, [Target::service("simple-todo-master", "simple-todo")]);
    }

    #[test]
    fn a_target_sets_only_its_destination() {
        let [target] = <[Target; 1]>::try_from(targets(&build("a", "b"), "master").unwrap()).unwrap();
        assert_eq!((target.region, target.role, target.wave), (None, None, 0));
        assert_eq!((target.containers, target.task_definition, target.rollout), (None, None, None));
        assert!(target.tasks_before.is_empty() && target.tasks_after.is_empty());
    }

    #[test]
    fn spaces_or_commas_separate_services() {
        for list in ["web worker", "web,worker", " web ,\tworker,\n", "web worker web"] {
            assert_eq!(
                targets(&build("todo", list), "master"),
                Ok(vec![Target::service("todo", "web"), Target::service("todo", "worker")]),
                "{list:?}"
            );
        }
    }

    #[test]
    fn all_missing_variables_are_reported_with_the_branch() {
        assert_eq!(
            targets(&Build::on_branch("feature/x-1"), "feature/x-1"),
            Err("Branch `feature/x-1` has no deployment target: set ECS_CLUSTER_FEATURE_X_1 (its \
                 cluster) and ECS_SERVICE_FEATURE_X_1 (its services)."
                .into())
        );
    }

    #[test]
    fn a_variable_that_is_set_is_not_reported_as_missing() {
        assert_eq!(
            targets(&build(" ", "web"), "master"),
            Err("Branch `master` has no deployment target: set ECS_CLUSTER_MASTER (its cluster).".into())
        );
    }

    #[test]
    fn an_error_contains_the_environment_and_the_branch() {
        let error = targets(&Build::on_branch("release/1"), "staging").unwrap_err();
        assert!(
            error.starts_with("Branch `release/1` (environment `staging`) has no deployment target"),
            "{error}"
        );
        assert!(error.contains("set ECS_CLUSTER_STAGING"), "{error}");
    }

    #[test]
    fn a_value_that_is_no_name_is_reported_with_its_variable() {
        for (cluster, service, problem) in [
            ("\"todo\"", "web", "ECS_CLUSTER_MASTER contains `\"todo\"`"),
            ("todo;x", "web", "ECS_CLUSTER_MASTER contains `todo;x`"),
            ("todo", "'web'", "ECS_SERVICE_MASTER contains `'web'`"),
            ("todo", "web other/worker", "ECS_SERVICE_MASTER contains `other/worker`"),
        ] {
            let error = targets(&build(cluster, service), "master").unwrap_err();
            let expected = [problem, ": expected a name or an ARN."].concat();
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn an_arn_names_a_cluster_or_a_service() {
        let (cluster, service) = ("arn:aws:ecs:eu-west-1:123456789012:cluster/c", "arn:aws:ecs:x");
        let targets = targets(&build(cluster, service), "master").unwrap();
        assert_eq!(targets, [Target::service(cluster, service)]);
    }

    #[test]
    fn a_list_without_a_service_is_an_error() {
        assert_eq!(
            targets(&build("todo", ", ,"), "master"),
            Err("Branch `master` has no deployment target: ECS_SERVICE_MASTER names no service.".into())
        );
    }
}
