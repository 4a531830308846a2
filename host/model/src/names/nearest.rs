//! Suggestions for names that are not known.

/// The known name that is most similar to `name`; `None` if all of them differ much.
///
/// `known` is in lower case with `-`; in `name` neither case nor `_` for `-` counts.
pub fn nearest_name<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let name = name.replace('_', "-").to_lowercase();
    // Measure and threshold are clap's, so that suggestions for keys and for flags agree.
    let similar = known.map(|known| (strsim::jaro(&name, known), known)).filter(|(score, _)| *score > 0.7);
    similar.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// The end of a message about an unknown name: the most similar known name, or all of them.
#[must_use]
pub fn suggestion(name: &str, known: &[&str]) -> String {
    match nearest_name(name, known.iter().copied()) {
        Some(similar) => format!("; did you mean `{similar}`?"),
        None => format!("; expected one of {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_gets_a_suggestion_and_another_word_does_not() {
        let known = ["timeout", "on-failure", "on-cancel", "region"];
        let nearest = |name: &str| nearest_name(name, known.into_iter());
        assert_eq!(nearest("tiemout"), Some("timeout"));
        assert_eq!(nearest("on_failure"), Some("on-failure"));
        assert_eq!(nearest("Region"), Some("region"));
        assert_eq!(nearest("zzz"), None);
    }
}
