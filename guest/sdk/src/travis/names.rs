use alloc::string::String;

/// How long a tag may be.
const TAG_LENGTH: usize = 128;

/// The end of the variables that are set for an environment: upper case, and `_`
/// for every character that is no ASCII letter or digit.
///
/// ```
/// use ecs_host_policy::travis;
///
/// assert_eq!(travis::variable_suffix("master"), "MASTER");
/// assert_eq!(travis::variable_suffix("feature/x-1"), "FEATURE_X_1");
/// ```
#[must_use]
pub fn variable_suffix(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// The image tag of an environment. A name that is a valid tag is its own; for
/// any other name,
///
/// - a character that tags do not have becomes `-`,
/// - a first character that tags do not begin with becomes `_`,
/// - what is beyond 128 characters is cut off.
///
/// ```
/// use ecs_host_policy::travis;
///
/// assert_eq!(travis::tag("master"), "master");
/// assert_eq!(travis::tag("feature/x-1"), "feature-x-1");
/// ```
#[must_use]
pub fn tag(name: &str) -> String {
    let mut tag = String::new();
    for c in name.chars().take(TAG_LENGTH) {
        tag.push(match c {
            _ if starts_a_tag(c) => c,
            _ if tag.is_empty() => '_',
            _ if continues_a_tag(c) => c,
            _ => '-',
        });
    }
    if tag.is_empty() { "_".into() } else { tag }
}

/// The image tag of an environment for one commit: the environment's [`tag`], a
/// hyphen and the commit's full hash. The environment's part is cut so that the
/// whole has at most 128 characters.
///
/// The host takes what Amazon ECR has under a tag with the commit's hash for the
/// image that this build would give, and builds nothing. The hash alone would
/// therefore give `production` the image that was built for `master` when it is
/// fast-forwarded to the same commit, though a build may depend on its branch.
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
pub fn commit_tag(name: &str, commit: &str) -> String {
    let mut tag = tag(name);
    // A tag is of ASCII characters, so every place in it is one to cut at.
    tag.truncate(TAG_LENGTH.saturating_sub(1 + commit.len()));
    tag.extend(["-", commit]);
    tag
}

fn starts_a_tag(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn continues_a_tag(c: char) -> bool {
    starts_a_tag(c) || c == '.' || c == '-'
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString};

    use super::*;

    /// Branch names that git allows and registries do not, and worse.
    const NASTY: &[&str] = &[
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

    fn is_a_tag(tag: &str) -> bool {
        (1..=128).contains(&tag.len()) && tag.starts_with(starts_a_tag) && tag.chars().all(continues_a_tag)
    }

    #[test]
    fn every_name_gives_a_valid_tag() {
        for name in NASTY {
            for times in [1, 2, 60, 200] {
                let name = name.repeat(times);
                assert!(is_a_tag(&tag(&name)), "{name:?} gave {:?}", tag(&name));
            }
        }
    }

    #[test]
    fn a_name_that_is_a_valid_tag_is_its_own() {
        let longest = "x".repeat(128);
        for name in ["master", "Production", "1.2.3", "_a", "a-b_c.d", longest.as_str()] {
            assert_eq!(tag(name), name);
        }
    }

    #[test]
    fn a_tag_of_a_tag_is_that_tag() {
        for name in NASTY {
            assert_eq!(tag(&tag(name)), tag(name));
        }
    }

    #[test]
    fn a_tag_ends_at_128_characters() {
        assert_eq!(tag(&"ü".repeat(129)), "_".to_string() + &"-".repeat(127));
    }

    #[test]
    fn a_commit_has_a_tag_of_its_own_in_each_environment() {
        let commit = "0".repeat(40);
        assert_eq!(commit_tag("master", &commit), format!("master-{commit}"));
        assert_eq!(commit_tag("production", &commit), format!("production-{commit}"));
        assert_eq!(commit_tag("über/x", &commit), format!("_ber-x-{commit}"));
    }

    #[test]
    fn a_commits_tag_ends_with_the_whole_hash_however_long_the_name_is() {
        for (digits, kept) in [(40, 87), (64, 63)] {
            let commit = "0".repeat(digits);
            for length in [kept - 1, kept, kept + 1, 128, 1024] {
                let tag = commit_tag(&"x".repeat(length), &commit);
                assert_eq!(tag, "x".repeat(length.min(kept)) + "-" + &commit);
                assert!(is_a_tag(&tag), "{tag}");
            }
        }
    }

    #[test]
    fn every_name_gives_a_valid_tag_for_a_commit() {
        for name in NASTY {
            let tag = commit_tag(name, &"0".repeat(64));
            assert!(is_a_tag(&tag), "{name:?} gave {tag:?}");
        }
    }

    #[test]
    fn a_first_character_that_begins_no_tag_becomes_an_underscore() {
        assert_eq!(tag(".hidden"), "_hidden");
        assert_eq!(tag("-rf"), "_rf");
        assert_eq!(tag("über"), "_ber");
        assert_eq!(tag(""), "_");
    }

    #[test]
    fn every_name_gives_a_suffix_of_upper_case_letters_digits_and_underscores() {
        for name in NASTY {
            let suffix = variable_suffix(name);
            assert!(
                suffix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'),
                "{name:?} gave {suffix:?}"
            );
            assert_eq!(suffix.len(), name.chars().count(), "{name:?} gave {suffix:?}");
        }
    }

    #[test]
    fn a_suffix_replaces_what_variables_do_not_have() {
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
