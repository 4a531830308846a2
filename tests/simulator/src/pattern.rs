//! Patterns for actions.

/// Whether a name matches a pattern, without regard to case. `*` matches any text.
pub(crate) fn matches_pattern(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern.eq_ignore_ascii_case(name) };
    let Some(start) = name.get(..head.len()).filter(|start| start.eq_ignore_ascii_case(head)) else {
        return false;
    };
    let rest = name.get(start.len()..).unwrap_or_default();
    (0..=rest.len())
        .filter(|index| rest.is_char_boundary(*index))
        .any(|index| matches_pattern(tail, rest.get(index..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::matches_pattern;

    #[test]
    fn a_star_matches_any_text() {
        assert!(matches_pattern("ecs:*Tasks", "ecs:DescribeTasks"));
        assert!(matches_pattern("*", "ecs:RunTask"));
        assert!(!matches_pattern("ecs:*Tasks", "ecs:RunTask"));
        assert!(!matches_pattern("ecs:List", "ecs:ListTasks"));
    }
}
