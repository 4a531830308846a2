use alloc::{string::String, vec::Vec};

use super::{ECS_CLUSTER, commit_tag, variable_suffix};

/// Checks that no two different environments map to the same variables or to the
/// same image tag.
///
/// Only the commit tag is compared: it contains less of the name than the
/// environment tag, so environments with the same environment tag also have the
/// same commit tag.
///
/// # Errors
///
/// Returns a sentence with the setting that lists both, the two environments, and what
/// they share.
pub(super) fn check_collisions(setting: &str, environments: &[&str], commit: &str) -> Result<(), String> {
    let derived: Vec<_> =
        environments.iter().map(|name| (*name, variable_suffix(name), commit_tag(name, commit))).collect();
    for (position, (a, suffix, tag)) in derived.iter().enumerate() {
        for (b, other_suffix, other_tag) in derived.iter().take(position) {
            if a != b && suffix == other_suffix {
                return Err(collision_message(
                    setting,
                    b,
                    a,
                    &["the variable ", ECS_CLUSTER, suffix].concat(),
                ));
            }
            if a != b && tag == other_tag {
                return Err(collision_message(setting, b, a, &["the image tag `", tag, "`"].concat()));
            }
        }
    }
    Ok(())
}

fn collision_message(setting: &str, a: &str, b: &str, shared: &str) -> String {
    ["`", a, "` and `", b, "` in ", setting, " both use ", shared, ": rename one."].concat()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn collision(names: &[&str]) -> String {
        check_collisions("DEPLOY_BRANCHES", names, COMMIT).unwrap_err()
    }

    #[test]
    fn different_variables_and_tags_do_not_collide() {
        assert_eq!(check_collisions("DEPLOY_BRANCHES", &[], COMMIT), Ok(()));
        assert_eq!(
            check_collisions("DEPLOY_BRANCHES", &["master", "production", "feature/x"], COMMIT),
            Ok(())
        );
    }

    #[test]
    fn a_repeated_name_does_not_collide_with_itself() {
        assert_eq!(check_collisions("DEPLOY_BRANCHES", &["master", "production", "master"], COMMIT), Ok(()));
    }

    #[test]
    fn reports_both_names_that_share_a_variable() {
        assert_eq!(
            collision(&["master", "feature/x", "feature_x"]),
            "`feature/x` and `feature_x` in DEPLOY_BRANCHES both use the variable \
             ECS_CLUSTER_FEATURE_X: rename one."
        );
    }

    #[test]
    fn reports_both_names_that_share_a_tag() {
        // Truncated in the commit tag only, and in the environment tag as well.
        for shared in ["x".repeat(87), "x".repeat(128)] {
            let (a, b) = (format!("{shared}a"), format!("{shared}b"));
            let error = collision(&[&a, &b]);
            assert!(error.contains(&format!("`{a}` and `{b}`")), "{error}");
            let tag = "x".repeat(87) + "-" + COMMIT;
            assert!(error.contains(&format!("the image tag `{tag}`:")), "{error}");
        }
    }

    #[test]
    fn names_that_differ_before_the_truncation_do_not_collide() {
        let (a, b) = ("x".repeat(86) + "a", "x".repeat(86) + "b");
        assert_eq!(check_collisions("DEPLOY_BRANCHES", &[&a, &b], COMMIT), Ok(()));
        assert!(check_collisions("DEPLOY_BRANCHES", &[&a, &b], &"0".repeat(64)).is_err());
    }

    #[test]
    fn names_that_differ_only_in_case_share_a_variable() {
        let error = collision(&["Master", "master"]);
        assert!(error.contains("the variable ECS_CLUSTER_MASTER:"), "{error}");
    }
}
