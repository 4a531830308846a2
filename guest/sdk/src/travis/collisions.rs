use alloc::{string::String, vec::Vec};

use super::{DEPLOY_BRANCHES, ECS_CLUSTER, commit_tag, variable_suffix};

/// Fails where two different names lead to one variable or one image tag, and so
/// to one another's services or images.
///
/// Of the two tags only the commit's is looked at: it keeps less of a name, so
/// names that share the other one share it too.
pub(super) fn refuse_collisions(names: &[&str], commit: &str) -> Result<(), String> {
    let derived: Vec<_> =
        names.iter().map(|name| (*name, variable_suffix(name), commit_tag(name, commit))).collect();
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

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn refused(names: &[&str]) -> String {
        refuse_collisions(names, COMMIT).unwrap_err()
    }

    #[test]
    fn names_with_variables_and_tags_of_their_own_do_not_collide() {
        assert_eq!(refuse_collisions(&[], COMMIT), Ok(()));
        assert_eq!(refuse_collisions(&["master", "production", "feature/x"], COMMIT), Ok(()));
    }

    #[test]
    fn the_same_name_twice_is_no_collision() {
        assert_eq!(refuse_collisions(&["master", "production", "master"], COMMIT), Ok(()));
    }

    #[test]
    fn two_names_of_one_variable_are_both_named() {
        assert_eq!(
            refused(&["master", "feature/x", "feature_x"]),
            "`feature/x` and `feature_x` in DEPLOY_BRANCHES would share the variable \
             ECS_CLUSTER_FEATURE_X, so one would deploy over the other: rename one of them."
        );
    }

    #[test]
    fn two_names_of_one_tag_are_both_named() {
        // Cut for the commit's tag, and cut for the environment's as well.
        for shared in ["x".repeat(87), "x".repeat(128)] {
            let (a, b) = (format!("{shared}a"), format!("{shared}b"));
            let error = refused(&[&a, &b]);
            assert!(error.contains(&format!("`{a}` and `{b}`")), "{error}");
            let tag = "x".repeat(87) + "-" + COMMIT;
            assert!(error.contains(&format!("the image tag `{tag}`,")), "{error}");
        }
    }

    #[test]
    fn two_names_that_differ_before_the_cut_do_not_collide() {
        let (a, b) = ("x".repeat(86) + "a", "x".repeat(86) + "b");
        assert_eq!(refuse_collisions(&[&a, &b], COMMIT), Ok(()));
        assert!(refuse_collisions(&[&a, &b], &"0".repeat(64)).is_err());
    }

    #[test]
    fn names_that_differ_in_case_collide_in_the_variable() {
        let error = refused(&["Master", "master"]);
        assert!(error.contains("the variable ECS_CLUSTER_MASTER,"), "{error}");
    }
}
