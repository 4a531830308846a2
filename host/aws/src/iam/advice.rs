//! Roles in an advice to allow something on them.

use model::text::abbreviate;

/// Whether IAM reads a role as a pattern. Others may have written it, and a person who follows an advice must not allow more
/// than a run requires.
pub(crate) fn is_pattern(role: &str) -> bool {
    role.contains(['*', '?'])
}

/// The roles of a schedule or a rule, as a phrase.
pub(crate) fn list_roles<'r>(roles: impl IntoIterator<Item = &'r str>) -> String {
    let describe = |role: &str| match is_pattern(role) {
        false => role.to_owned(),
        true => format!("a single role, which has to replace the pattern \"{}\"", abbreviate(role)),
    };
    roles.into_iter().map(describe).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_pattern_is_advised() {
        assert_eq!(list_roles(["arn:aws:iam::1:role/a", "b"]), "arn:aws:iam::1:role/a and b");
        let advice = list_roles(["arn:aws:iam::1:role/*"]);
        assert_eq!(advice, "a single role, which has to replace the pattern \"arn:aws:iam::1:role/*\"");
    }
}
