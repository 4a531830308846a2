//! The environment variables and files that the AWS SDK reads by itself, for messages that name them.

use std::path::PathBuf;

/// The endpoint that the environment sets for the service of an action, such as
/// `http://127.0.0.1:4566 (AWS_ENDPOINT_URL)` (the AWS SDKs and tools reference guide, "Service-specific endpoints").
pub(super) fn endpoint(action: &str) -> Option<String> {
    endpoint_of(action, |name| std::env::var(name).ok())
}

fn endpoint_of(action: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let service = match action.split(':').next()? {
        "logs" => "CLOUDWATCH_LOGS".to_owned(),
        service => service.to_ascii_uppercase(),
    };
    let names = [format!("AWS_ENDPOINT_URL_{service}"), "AWS_ENDPOINT_URL".to_owned()];
    names.into_iter().find_map(|name| {
        let url = variable(&name).filter(|url| !url.is_empty())?;
        Some(format!("{} ({name})", without_user(&url)))
    })
}

/// A URL without its user and password, if it has them.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit('@').next().unwrap_or(host);
    format!("{scheme}://{host}{}", path.map(|path| format!("/{path}")).unwrap_or_default())
}

/// The detail for an error about a missing region or missing credentials, if `AWS_PROFILE` names a profile that does not
/// exist.
pub(super) fn missing_profile() -> Option<String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let profile = set("AWS_PROFILE")?;
    let file = |name: &str, own: &str| {
        set(name).map(PathBuf::from).or_else(|| Some(PathBuf::from(set("HOME")?).join(".aws").join(own)))
    };
    let files = [file("AWS_CONFIG_FILE", "config"), file("AWS_SHARED_CREDENTIALS_FILE", "credentials")];
    let files: Vec<PathBuf> = files.into_iter().flatten().collect();
    let texts = files.iter().filter_map(|path| std::fs::read_to_string(path).ok());
    if texts.into_iter().any(|text| has_profile(&text, &profile)) {
        return None;
    }
    let files: Vec<String> = files.iter().map(|path| format!("`{}`", path.display())).collect();
    Some(format!(": AWS_PROFILE names the profile `{profile}`, and neither {} has it", files.join(" nor ")))
}

/// Whether a file has a section `[NAME]` or `[profile NAME]`.
fn has_profile(text: &str, profile: &str) -> bool {
    let sections = text.lines().filter_map(|line| line.trim().strip_prefix('[')?.split(']').next());
    sections.into_iter().any(|section| {
        let name =
            section.trim().strip_prefix("profile").filter(|rest| rest.starts_with(char::is_whitespace));
        name.unwrap_or(section).trim() == profile
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_of_a_service_is_named_with_its_variable() {
        let variables = |name: &str| match name {
            "AWS_ENDPOINT_URL_ECS" => Some("https://me:secret@ecs.example:1/x".to_owned()),
            "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:4566".to_owned()),
            _ => None,
        };
        let named = |action| endpoint_of(action, variables).unwrap();
        assert_eq!(named("ecs:ListServices"), "https://ecs.example:1/x (AWS_ENDPOINT_URL_ECS)");
        assert_eq!(named("ecr:PutImage"), "http://127.0.0.1:4566 (AWS_ENDPOINT_URL)");
        assert_eq!(endpoint_of("ecs:ListServices", |_| None), None);
    }

    #[test]
    fn a_profile_is_a_section() {
        let text = "[default]\nregion = x\n[profile  ci]\n[staging] # comment\n";
        for (name, is_there) in [("default", true), ("ci", true), ("staging", true), ("nope", false)] {
            assert_eq!(has_profile(text, name), is_there, "{name}");
        }
    }
}
