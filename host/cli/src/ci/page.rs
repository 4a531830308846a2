//! The page of a build at its CI provider.

use super::log_provider;
use crate::oci::url::Url;
use model::Environment;

/// The address of the page of the build that runs this process, for people. `None` if the provider sets none.
pub(crate) fn build_page(environment: &Environment) -> Option<String> {
    let variable = |name: &str| environment.get(name).map(str::to_owned);
    let address = match log_provider(environment)? {
        // "Default Environment Variables" in the documentation of Travis CI.
        "travis" => variable("TRAVIS_BUILD_WEB_URL"),
        // "Variables reference": a run has no variable of its own.
        "github-actions" | "gitea" => {
            let [server, repository, run] =
                ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(variable);
            Some(format!("{}/{}/actions/runs/{}", server?, repository?, run?))
        }
        // "Predefined CI/CD variables reference".
        "gitlab" => variable("CI_PIPELINE_URL"),
        // "Project values and variables".
        "circleci" => variable("CIRCLE_BUILD_URL"),
        // "Environment variables".
        "buildkite" => variable("BUILDKITE_BUILD_URL"),
        // "Environment variables in builds".
        "codebuild" => variable("CODEBUILD_BUILD_URL"),
        // "Drone environment variables reference".
        "drone" => variable("DRONE_BUILD_LINK"),
        // "Environment variables" of Woodpecker.
        "woodpecker" => variable("CI_PIPELINE_URL"),
        // "Using environment variables".
        "jenkins" => variable("BUILD_URL"),
        // "Variables and secrets": the repository's page and the number.
        "bitbucket" => {
            let [origin, number] = ["BITBUCKET_GIT_HTTP_ORIGIN", "BITBUCKET_BUILD_NUMBER"].map(variable);
            Some(format!("{}/pipelines/results/{}", origin?, number?))
        }
        _ => None,
    }?;
    // A page of another scheme is none that a person opens.
    Url::parse(&address).map(|_| address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_that_of_the_provider_that_runs_the_job() {
        let travis = [
            ("TRAVIS", "true"),
            ("TRAVIS_BRANCH", "master"),
            ("TRAVIS_BUILD_WEB_URL", "https://t.example/1"),
        ];
        let page = |variables: &[(&str, &str)]| build_page(&variables.iter().copied().collect());
        assert_eq!(page(&travis).as_deref(), Some("https://t.example/1"));
        let github = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_RUN_ID", "7"),
        ];
        assert_eq!(page(&github).as_deref(), Some("https://github.com/a/b/actions/runs/7"));
        assert_eq!(page(&github[..3]), None);
        assert_eq!(page(&[]), None);
        let odd = [("TRAVIS", "true"), ("TRAVIS_BUILD_WEB_URL", "javascript:alert(1)")];
        assert_eq!(page(&odd), None);
    }
}
