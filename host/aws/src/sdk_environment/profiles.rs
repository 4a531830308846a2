//! The profiles of the AWS SDK.

use std::path::PathBuf;

/// The value of a variable that is not empty.
pub(crate) fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The files of profiles, with their text, which is empty if they cannot be read.
pub(crate) fn profile_files() -> Vec<(PathBuf, String)> {
    let file = |name: &str, own: &str| {
        set(name).map(PathBuf::from).or_else(|| Some(PathBuf::from(set("HOME")?).join(".aws").join(own)))
    };
    let files = [file("AWS_CONFIG_FILE", "config"), file("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    files
        .into_iter()
        .flatten()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            (path, text)
        })
        .collect()
}

/// The profiles of a file, `[NAME]` or `[profile NAME]`, with their lines.
pub(crate) fn sections(text: &str) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
    let is_header = |line: &&str| line.trim_start().starts_with('[');
    let headers = text.lines().enumerate().filter(move |(_, line)| is_header(line));
    headers.filter_map(move |(number, line)| {
        let section = line.trim().strip_prefix('[')?.split(']').next()?;
        let name =
            section.trim().strip_prefix("profile").filter(|rest| rest.starts_with(char::is_whitespace));
        let lines = text.lines().skip(number + 1).take_while(move |line| !is_header(line));
        Some((name.unwrap_or(section).trim(), lines))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_a_section() {
        let text = "[default]\nregion = x\n[profile  ci]\n[staging] # comment\n";
        let names: Vec<&str> = sections(text).map(|(name, _)| name).collect();
        assert_eq!(names, ["default", "ci", "staging"]);
    }
}
