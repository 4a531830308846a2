//! The environment variables and files that the AWS SDK reads by itself: empty endpoints, and the names of
//! variables and files in messages.

pub(super) mod profiles;

use aws_config::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use profiles::{profile_files, sections, set};

/// The configuration, in which an endpoint that a variable or the profile sets to an empty value is unset: the SDK
/// panics at an empty URL.
pub(super) fn without_empty_endpoints(config: SdkConfig) -> SdkConfig {
    let mut builder = config.to_builder();
    if config.endpoint_url().is_some_and(is_blank) {
        builder.set_endpoint_url(None);
    }
    builder.service_config(SetValues(config)).build()
}

fn is_blank(value: &str) -> bool {
    value.trim().is_empty()
}

/// The settings of services in the environment and the profile, without empty ones.
#[derive(Debug)]
struct SetValues(SdkConfig);

impl LoadServiceConfig for SetValues {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.0.service_config()?.load_config(key).filter(|value| !is_blank(value))
    }
}

/// The endpoint that the environment sets for the service of an action, such as
/// `http://127.0.0.1:4566 (AWS_ENDPOINT_URL)` (the AWS SDKs and tools reference guide, "Service-specific endpoints").
pub(super) fn endpoint(action: &str) -> Option<String> {
    endpoint_of(action, |name| std::env::var(name).ok())
}

fn endpoint_of(action: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let service = match action.split(':').next()? {
        "logs" => "CLOUDWATCH_LOGS".to_owned(),
        "events" => "EVENTBRIDGE".to_owned(),
        service => service.to_ascii_uppercase(),
    };
    let names = [format!("AWS_ENDPOINT_URL_{service}"), "AWS_ENDPOINT_URL".to_owned()];
    names.into_iter().find_map(|name| {
        let url = variable(&name).filter(|url| !is_blank(url))?;
        Some(format!("{} ({name})", without_user(&url)))
    })
}

/// A URL without its user and password, if it has them.
pub(crate) fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = host.rsplit('@').next().unwrap_or(host);
    format!("{scheme}://{host}{}", path.map(|path| format!("/{path}")).unwrap_or_default())
}

/// The detail for an error about a missing region or missing credentials, if `AWS_PROFILE` names a profile that does not
/// exist.
pub(super) fn missing_profile() -> Option<String> {
    let profile = set("AWS_PROFILE")?;
    let files = profile_files();
    if files.iter().any(|(_, text)| sections(text).any(|(name, _)| name == profile)) {
        return None;
    }
    let files: Vec<String> = files.iter().map(|(path, _)| format!("`{}`", path.display())).collect();
    Some(format!(": AWS_PROFILE names the profile `{profile}`, and neither {} has it", files.join(" nor ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_of_a_service_is_named_with_its_variable() {
        let variables = |name: &str| match name {
            "AWS_ENDPOINT_URL_ECS" => Some("https://me:secret@ecs.example:1/x".to_owned()),
            "AWS_ENDPOINT_URL_EVENTBRIDGE" => Some("http://events.example".to_owned()),
            "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:4566".to_owned()),
            _ => None,
        };
        let named = |action| endpoint_of(action, variables).unwrap();
        assert_eq!(named("ecs:ListServices"), "https://ecs.example:1/x (AWS_ENDPOINT_URL_ECS)");
        assert_eq!(named("events:ListRules"), "http://events.example (AWS_ENDPOINT_URL_EVENTBRIDGE)");
        assert_eq!(named("ecr:PutImage"), "http://127.0.0.1:4566 (AWS_ENDPOINT_URL)");
        assert_eq!(endpoint_of("ecs:ListServices", |_| None), None);
    }
}
