use alloc::string::String;

/// The maximum length of a tag, in characters.
const TAG_LENGTH: usize = 128;

/// Returns the suffix of the variables for an environment: its name in upper case,
/// with `_` in place of every character that is not an ASCII letter or digit.
///
/// ```
/// use ecs_host_policy::travis;
///
/// assert_eq!(travis::variable_suffix("master"), "MASTER");
/// assert_eq!(travis::variable_suffix("feature/x-1"), "FEATURE_X_1");
/// ```
#[must_use]
pub fn variable_suffix(environment: &str) -> String {
    environment
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect()
}

/// Returns the image tag of an environment: its name, if that is a valid tag. In any
/// other name,
///
/// - `-` replaces every character that a tag cannot contain,
/// - `_` replaces a first character that a tag cannot begin with,
/// - characters after the first 128 are removed.
///
/// ```
/// use ecs_host_policy::travis;
///
/// assert_eq!(travis::environment_tag("master"), "master");
/// assert_eq!(travis::environment_tag("feature/x-1"), "feature-x-1");
/// ```
#[must_use]
pub fn environment_tag(environment: &str) -> String {
    let mut tag = String::new();
    for c in environment.chars().take(TAG_LENGTH) {
        tag.push(match c {
            _ if is_tag_start(c) => c,
            _ if tag.is_empty() => '_',
            _ if is_tag_character(c) => c,
            _ => '-',
        });
    }
    if tag.is_empty() { "_".into() } else { tag }
}

/// Returns the image tag of an environment for one commit: the
/// [`environment_tag`], a hyphen and the full hash of the commit. The environment
/// tag is truncated so that the result has at most 128 characters.
///
/// If Amazon ECR contains an image under a tag with the hash of the commit, the host
/// deploys that image and does not build. A build may depend on its branch, so the
/// hash alone is not enough: after `production` is fast-forwarded to a commit of
/// `master`, the host would deploy the image that was built for `master`.
///
/// ```
/// use ecs_host_policy::travis;
///
/// let commit = "0123456789abcdef0123456789abcdef01234567";
/// assert_eq!(
///     travis::commit_tag("feature/x-1", commit),
///     "feature-x-1-0123456789abcdef0123456789abcdef01234567"
/// );
/// ```
#[must_use]
pub fn commit_tag(environment: &str, commit: &str) -> String {
    let mut tag = environment_tag(environment);
    // All characters of a tag are ASCII, so every index is a character boundary.
    tag.truncate(TAG_LENGTH.saturating_sub(1 + commit.len()));
    tag.extend(["-", commit]);
    tag
}

fn is_tag_start(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_tag_character(c: char) -> bool {
    is_tag_start(c) || c == '.' || c == '-'
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    /// Names that are not valid tags, most of them valid names of git branches.
    const UNUSUAL_NAMES: &[&str] = &[
        "",
        ".",
        "-",
        "..",
        "--",
        "_",
        "/",
        "//",
        "a/",
        "/a",
        ".hidden",
        "-rf",
        "feature/x-1",
        "Feature/X_1",
        "fix: 100% of it",
        "a b",
        "a\tb\n",
        "über/straße",
        "日本語",
        "e\u{301}te",
        "🚀",
        "a@{1}",
        "dependabot/npm_and_yarn/lodash-4.17.21",
        "$(rm -rf)",
        "\0",
        "\u{7f}",
        "ß",
        "ı",
        "K",
        "refs/heads/master",
        "v1.2.3+build.4",
    ];

    fn is_tag(tag: &str) -> bool {
        (1..=128).contains(&tag.len()) && tag.starts_with(is_tag_start) && tag.chars().all(is_tag_character)
    }

    #[test]
    fn every_name_maps_to_a_valid_tag() {
        for name in UNUSUAL_NAMES {
            for times in [1, 2, 60, 200] {
                let name = name.repeat(times);
                assert!(is_tag(&environment_tag(&name)), "{name:?} maps to {:?}", environment_tag(&name));
            }
        }
    }

    #[test]
    fn a_valid_tag_is_unchanged() {
        let longest = "x".repeat(128);
        for name in ["master", "Production", "1.2.3", "_a", "a-b_c.d", longest.as_str()] {
            assert_eq!(environment_tag(name), name);
        }
    }

    #[test]
    fn an_environment_tag_is_unchanged() {
        for name in UNUSUAL_NAMES {
            assert_eq!(environment_tag(&environment_tag(name)), environment_tag(name));
        }
    }

    #[test]
    fn a_tag_is_truncated_to_128_characters() {
        assert_eq!(environment_tag(&"ü".repeat(129)), "_".to_string() + &"-".repeat(127));
    }

    #[test]
    fn a_commit_tag_is_different_in_each_environment() {
        let commit = "0".repeat(40);
        assert_eq!(commit_tag("master", &commit), format!("master-{commit}"));
        assert_eq!(commit_tag("production", &commit), format!("production-{commit}"));
        assert_eq!(commit_tag("über/x", &commit), format!("_ber-x-{commit}"));
    }

    #[test]
    fn a_commit_tag_ends_with_the_full_hash_for_a_name_of_any_length() {
        for (digits, kept) in [(40, 87), (64, 63)] {
            let commit = "0".repeat(digits);
            for length in [kept - 1, kept, kept + 1, 128, 1024] {
                let tag = commit_tag(&"x".repeat(length), &commit);
                assert_eq!(tag, "x".repeat(length.min(kept)) + "-" + &commit);
                assert!(is_tag(&tag), "{tag}");
            }
        }
    }

    #[test]
    fn every_name_maps_to_a_valid_commit_tag() {
        for name in UNUSUAL_NAMES {
            let tag = commit_tag(name, &"0".repeat(64));
            assert!(is_tag(&tag), "{name:?} maps to {tag:?}");
        }
    }

    #[test]
    fn an_underscore_replaces_an_invalid_first_character() {
        assert_eq!(environment_tag(".hidden"), "_hidden");
        assert_eq!(environment_tag("-rf"), "_rf");
        assert_eq!(environment_tag("über"), "_ber");
        assert_eq!(environment_tag(""), "_");
    }

    #[test]
    fn every_suffix_consists_of_upper_case_letters_digits_and_underscores() {
        for name in UNUSUAL_NAMES {
            let suffix = variable_suffix(name);
            assert!(
                suffix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'),
                "{name:?} maps to {suffix:?}"
            );
            assert_eq!(suffix.len(), name.chars().count(), "{name:?} maps to {suffix:?}");
        }
    }

    #[test]
    fn an_underscore_replaces_characters_that_a_variable_cannot_contain() {
        for (name, suffix) in [
            ("master", "MASTER"),
            ("feature/x-1", "FEATURE_X_1"),
            ("release_2.0", "RELEASE_2_0"),
            ("straße", "STRA_E"),
        ] {
            assert_eq!(variable_suffix(name), suffix);
        }
    }
}
