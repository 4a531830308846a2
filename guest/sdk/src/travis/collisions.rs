use alloc::{string::String, vec::Vec};

use super::{DEPLOY_BRANCHES, ECS_CLUSTER, tag, variable_suffix};

/// Fails where two different names lead to one variable or one image tag, and so
/// to one another's services.
pub(super) fn refuse_collisions(names: &[&str]) -> Result<(), String> {
    let derived: Vec<_> = names.iter().map(|name| (*name, variable_suffix(name), tag(name))).collect();
    for (position, (a, suffix, tag)) in derived.iter().enumerate() {
        for (b, other_suffix, other_tag) in derived.iter().take(position) {
            if a != b && suffix == other_suffix {
                return Err(collision(b, a, &["the variable ", ECS_CLUSTER, suffix].concat()));
            }
            if a != b && tag == other_tag {
                return Err(collision(b, a, &["the image tag `", tag, "`"].concat()));
            }
        }
    }
    Ok(())
}

fn collision(a: &str, b: &str, shared: &str) -> String {
    [
        "`",
        a,
        "` and `",
        b,
        "` in ",
        DEPLOY_BRANCHES,
        " would share ",
        shared,
        ", so one would deploy over the other: rename one of them.",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn names_with_variables_and_tags_of_their_own_do_not_collide() {
        assert_eq!(refuse_collisions(&[]), Ok(()));
        assert_eq!(refuse_collisions(&["master", "production", "feature/x"]), Ok(()));
    }

    #[test]
    fn the_same_name_twice_is_no_collision() {
        assert_eq!(refuse_collisions(&["master", "production", "master"]), Ok(()));
    }

    #[test]
    fn two_names_of_one_variable_are_both_named() {
        assert_eq!(
            refuse_collisions(&["master", "feature/x", "feature_x"]),
            Err("`feature/x` and `feature_x` in DEPLOY_BRANCHES would share the variable \
                 ECS_CLUSTER_FEATURE_X, so one would deploy over the other: rename one of them."
                .into())
        );
    }

    #[test]
    fn two_names_of_one_tag_are_both_named() {
        let (a, b) = ("x".repeat(128) + "a", "x".repeat(128) + "b");
        let error = refuse_collisions(&[&a, &b]).unwrap_err();
        assert!(error.contains(&format!("`{a}` and `{b}`")), "{error}");
        assert!(error.contains(&format!("the image tag `{}`,", "x".repeat(128))), "{error}");
    }

    #[test]
    fn names_that_differ_in_case_collide_in_the_variable() {
        let error = refuse_collisions(&["Master", "master"]).unwrap_err();
        assert!(error.contains("the variable ECS_CLUSTER_MASTER,"), "{error}");
    }
}
