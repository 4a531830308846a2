//! What a build may do: its arguments, secrets and agents, by the operator's grants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::context;
use model::Environment;
use model::decision::{BuildSecret, DockerBuild, Image};

/// The build argument with which BuildKit fetches and runs another program as the builder: "Set frontend image"
/// (<https://docs.docker.com/reference/dockerfile/#buildkit-built-in-build-args>).
const SYNTAX: &str = "BUILDKIT_SYNTAX";

/// The variable with the socket of the job's SSH agent, which `--ssh=default` forwards.
const SSH_AGENT: &str = "SSH_AUTH_SOCK";

/// What the operator allows builds to do, besides the secrets that each has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuildGrant {
    /// Log in with the keys of the job's SSH agent.
    Ssh,
    /// Set the build argument `BUILDKIT_SYNTAX`.
    Syntax,
}

impl BuildGrant {
    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ssh => "build:ssh",
            Self::Syntax => "build:syntax",
        }
    }
}

/// What the operator allows builds to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildRules {
    /// The grants.
    pub grants: BTreeSet<BuildGrant>,
    /// The variables whose values a build may read as secrets.
    pub secrets: BTreeSet<String>,
}

impl BuildRules {
    /// The problem of each image that cannot be built in the working folder, by the image's name.
    #[must_use]
    pub fn find_problems(&self, images: &[Image], environment: &Environment) -> BTreeMap<String, String> {
        let problem = |image: &Image| Some((image.name.clone(), self.find_problem(image, environment)?));
        images.iter().filter_map(problem).collect()
    }

    /// The first problem of a build of this image in the working folder, as a sentence. `None` if there is none, or
    /// if the image is not built.
    #[must_use]
    pub fn find_problem(&self, image: &Image, environment: &Environment) -> Option<String> {
        let build = image.source.build()?;
        self.find_missing_grant(&build)
            .or_else(|| find_missing_value(&build, environment))
            .or_else(|| context::find_problem(Path::new("."), &build))
    }

    fn find_missing_grant(&self, build: &DockerBuild) -> Option<String> {
        if !self.grants.contains(&BuildGrant::Syntax)
            && build.arguments.iter().any(|(name, _)| name == SYNTAX)
        {
            return Some(format!(
                "the policy sets the build argument {SYNTAX}, with which BuildKit fetches and runs another builder; \
                 pass `--allow {}` if you trust it",
                BuildGrant::Syntax.as_str()
            ));
        }
        if !self.grants.contains(&BuildGrant::Ssh) && uses_ssh(build) {
            return Some(format!(
                "the build uses the SSH agent of the job, with all keys in it; pass `--allow {}` if the Dockerfile may \
                 use them",
                BuildGrant::Ssh.as_str()
            ));
        }
        let is_missing = |secret: &&BuildSecret| !self.secrets.contains(&secret.variable);
        let missing = variables(build.secrets().filter(is_missing));
        let flags: Vec<String> = missing.iter().map(|name| format!("--allow-build-secret {name}")).collect();
        (!missing.is_empty()).then(|| {
            format!(
                "the build reads {} as a secret; pass `{}` if the Dockerfile may read it",
                missing.join(", "),
                flags.join(" ")
            )
        })
    }
}

fn uses_ssh(build: &DockerBuild) -> bool {
    build.buildkit.as_ref().is_some_and(|options| !options.ssh.is_empty())
}

/// The variables of secrets, each once.
fn variables<'s>(secrets: impl Iterator<Item = &'s BuildSecret>) -> Vec<&'s str> {
    let names: BTreeSet<&str> = secrets.map(|secret| secret.variable.as_str()).collect();
    names.into_iter().collect()
}

/// The variables that the build reads and that are not set, or cannot be masked in the output.
fn find_missing_value(build: &DockerBuild, environment: &Environment) -> Option<String> {
    if uses_ssh(build) && environment.get(SSH_AGENT).is_none() {
        return Some(format!(
            "the build uses the SSH agent of the job, and {SSH_AGENT} is not set; start one with `eval $(ssh-agent)` \
             and add its keys with `ssh-add`"
        ));
    }
    let undecodable = variables(
        build.secrets().filter(|secret| environment.undecodable().any(|(name, _)| name == secret.variable)),
    );
    if !undecodable.is_empty() {
        return Some(format!(
            "the build reads {} as a secret, and its value is not UTF-8, so that it cannot be hidden in the log; \
             encode it, for example in base64, and decode it in the Dockerfile",
            undecodable.join(", ")
        ));
    }
    let unset = variables(build.secrets().filter(|secret| environment.get(&secret.variable).is_none()));
    (!unset.is_empty()).then(|| {
        format!("the build reads {} as a secret, and it is not set; set it in the CI job", unset.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::decision::BuildkitOptions;

    fn build(secrets: &[&str], ssh: &[&str]) -> DockerBuild {
        let secret = |name: &&str| BuildSecret { id: name.to_lowercase(), variable: (*name).to_owned() };
        let buildkit = BuildkitOptions {
            secrets: secrets.iter().map(secret).collect(),
            ssh: ssh.iter().map(|&id| id.to_owned()).collect(),
            ..BuildkitOptions::default()
        };
        DockerBuild { buildkit: Some(Box::new(buildkit)), ..DockerBuild::default() }
    }

    #[test]
    fn a_builder_from_elsewhere_requires_permission() {
        let problem = |name: &str, grants: BTreeSet<BuildGrant>| {
            let arguments = vec![(name.to_owned(), "evil/builder".to_owned())];
            let build = DockerBuild { arguments, ..DockerBuild::default() };
            BuildRules { grants, ..BuildRules::default() }.find_missing_grant(&build)
        };
        assert!(problem("BUILDKIT_SYNTAX", [].into()).unwrap().contains("`--allow build:syntax`"));
        assert!(problem("BUILDKIT_SYNTAX", [BuildGrant::Ssh].into()).is_some());
        assert_eq!(problem("BUILDKIT_SYNTAX", [BuildGrant::Syntax].into()), None);
        assert_eq!(problem("BUILDKIT_INLINE_CACHE", [].into()), None);
    }

    #[test]
    fn secrets_and_agents_require_permission_and_a_value() {
        let rules = BuildRules { secrets: ["A".to_owned()].into(), ..BuildRules::default() };
        assert_eq!(rules.find_missing_grant(&build(&["A"], &[])), None);
        let problem = rules.find_missing_grant(&build(&["C", "A", "B"], &[])).unwrap();
        assert!(problem.contains("reads B, C as a secret"), "{problem}");
        assert!(problem.contains("`--allow-build-secret B --allow-build-secret C`"), "{problem}");
        let problem = rules.find_missing_grant(&build(&[], &["default"])).unwrap();
        assert!(problem.contains("`--allow build:ssh`"), "{problem}");

        let environment = Environment::from_iter([("A", "a"), ("B", "")]);
        assert_eq!(find_missing_value(&build(&["A"], &[]), &environment), None);
        let problem = find_missing_value(&build(&["A", "B"], &[]), &environment).unwrap();
        assert!(problem.contains("reads B as a secret, and it is not set"), "{problem}");
        let problem = find_missing_value(&build(&[], &["default"]), &environment).unwrap();
        assert!(problem.contains("SSH_AUTH_SOCK is not set"), "{problem}");
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt as _;
        let bytes = [(OsString::from("A"), OsString::from_vec(vec![b'a', 0xff]))];
        let problem = find_missing_value(&build(&["A"], &[]), &Environment::from_process(bytes)).unwrap();
        assert!(problem.contains("not UTF-8"), "{problem}");
    }
}
