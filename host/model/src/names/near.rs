//! Suggesting the name that somebody may have meant.

/// The known name that is nearest to one that is not known, if any is near.
pub fn near<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.replace('_', "-").to_lowercase();
    // The measure, and how near is near, are those of the suggestions on the command line.
    let near = known.map(|known| (strsim::jaro(&name, known), known)).filter(|(how, _)| *how > 0.7);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let known = ["timeout", "on-failure", "on-cancel", "region"];
        let near = |name: &str| near(name, known.into_iter());
        assert_eq!(near("tiemout"), Some("timeout"));
        assert_eq!(near("on_failure"), Some("on-failure"));
        assert_eq!(near("Region"), Some("region"));
        assert_eq!(near("zzz"), None);
    }
}
