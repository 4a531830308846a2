//! The keys of ecs-host.toml, of the project and of the operator.

use crate::docker::rules::BuildGrant;
use model::names::nearest_name;
use model::text::printable;

/// A key: the name of a flag without its dashes, or of an argument.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// Whether the key applies only to the policy that the file names: what a team grants to its own policy is not
    /// granted to another one that the command line names.
    pub is_policy_specific: bool,
    /// What the project's file may set it to.
    pub authority: Authority,
}

/// Who may set a key to what. The project's file comes with a checkout, so whoever can write the checkout sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// The project's file may set any value.
    Project,
    /// The project's file may lower the limit. Only the operator raises it.
    LowerLimit,
    /// Only the operator sets the key, on the command line or in the operator's file.
    Operator,
    /// Only the operator's file sets the key, for every run.
    OperatorFile,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A policy: a path, `built-in`, `rules`, or `oci://…`.
    Policy,
    /// A string.
    Text,
    /// A list of strings.
    Texts,
    /// A list of paths.
    Paths,
    /// A program: its name in a folder of `PATH`, or an absolute path. A relative one would name a file of the checkout.
    Program,
    /// A number.
    Number,
    /// `true` or `false`.
    Switch,
}

const fn policy_key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, is_policy_specific: true, authority: Authority::Project }
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, is_policy_specific: false, authority: Authority::Project }
}

const fn limit(name: &'static str) -> Key {
    Key { name, kind: Kind::Number, is_policy_specific: false, authority: Authority::LowerLimit }
}

const fn allow_list(name: &'static str) -> Key {
    Key { name, kind: Kind::Texts, is_policy_specific: false, authority: Authority::OperatorFile }
}

/// Every key, in the order in which `config` prints them.
pub static KEYS: [Key; 39] = [
    policy_key("policy", Kind::Policy),
    policy_key("policy-digest", Kind::Text),
    policy_key("allow", Kind::Texts),
    Key { authority: Authority::Operator, ..policy_key("allow-secret", Kind::Texts) },
    Key { authority: Authority::Operator, ..policy_key("allow-build-secret", Kind::Texts) },
    limit("policy-size"),
    limit("policy-compile"),
    limit("policy-compile-memory"),
    limit("policy-fuel"),
    limit("policy-memory"),
    limit("policy-table-elements"),
    limit("policy-instances"),
    limit("policy-stack"),
    limit("policy-answer"),
    limit("policy-handles"),
    limit("policy-output"),
    limit("policy-lookups"),
    limit("policy-time"),
    key("no-policy-cache", Kind::Switch),
    key("region", Kind::Text),
    key("oidc-role", Kind::Text),
    Key { authority: Authority::Operator, ..key("oidc-token-variable", Kind::Text) },
    Key { authority: Authority::Operator, ..key("docker", Kind::Program) },
    key("rebuild", Kind::Switch),
    key("base", Kind::Text),
    key("no-wait", Kind::Switch),
    key("wait-until", Kind::Text),
    key("timeout", Kind::Number),
    key("poll", Kind::Number),
    key("on-failure", Kind::Text),
    key("on-cancel", Kind::Text),
    key("max-parallel", Kind::Number),
    key("fail-fast", Kind::Switch),
    key("keep", Kind::Number),
    Key { authority: Authority::Operator, ..key("notify", Kind::Texts) },
    key("cases", Kind::Paths),
    key("max-fuel", Kind::Number),
    key("require-outcomes", Kind::Texts),
    // Only `test --build` runs it: without this flag, no file of a checkout names a program to execute.
    policy_key("build", Kind::Text),
];

/// The keys that confine policies. They are no flags.
pub static CONFINEMENT_KEYS: [Key; 4] = [
    allow_list("allowed-registries"),
    allow_list("allowed-regions"),
    allow_list("allowed-accounts"),
    allow_list("allowed-roles"),
];

/// The flags that are not keys, because they describe a single run, turn off a check for it, or let a stranger's program
/// run.
pub(crate) const COMMAND_LINE_ONLY: [&str; 57] = [
    "actor",
    "all",
    "allow-older",
    "base-commit",
    "branch",
    "build-number",
    "build-scope",
    "ci",
    "cluster",
    "color",
    "commit",
    "commit-message",
    "commit-time",
    "config",
    "dry-run",
    "event",
    "for",
    "force",
    "fork",
    "format",
    "git-tag",
    "guard",
    "guard-allow",
    "guard-digest",
    "guard-setting",
    "hook",
    "job",
    "json",
    "lang",
    "no-config",
    "oidc",
    "oidc-branch",
    "oidc-environment",
    "oidc-host",
    "oidc-organization",
    "oidc-project",
    "one-off-tasks",
    "out",
    "plan-digest",
    "principal",
    "pull-request",
    "quiet",
    "record",
    "record-plan",
    "report",
    "repository",
    "role",
    "roll-back",
    "rules",
    "run",
    "source-branch",
    "to",
    "update",
    "verb",
    "verbose",
    "watch",
    "wit",
];

impl Key {
    /// Finds a key by name.
    ///
    /// # Errors
    /// Why there is no such key, with a suggestion.
    pub(super) fn find(name: &str) -> Result<&'static Self, String> {
        if let Some(key) = KEYS.iter().chain(&CONFINEMENT_KEYS).find(|key| key.name == name) {
            return Ok(key);
        }
        if COMMAND_LINE_ONLY.contains(&name) {
            return Err(format!("`{name}` is a flag of the command line only"));
        }
        let unknown = format!("unknown key `{}`", printable(name));
        Err(match suggest(name) {
            Some(key) => format!("{unknown}; did you mean `{key}`?"),
            None => {
                let keys: String =
                    KEYS.iter().chain(&CONFINEMENT_KEYS).map(|key| format!("\n  {}", key.name)).collect();
                format!("{unknown}; the keys are:{keys}")
            }
        })
    }

    /// Checks that no value is one of the command line only: such a grant is for a single run.
    ///
    /// # Errors
    /// The value, and what to do.
    pub(super) fn check_values(&self, values: &[String]) -> Result<(), String> {
        let syntax = BuildGrant::Syntax.as_str();
        if self.name == "allow" && values.iter().any(|value| value == syntax) {
            return Err(format!(
                "`{syntax}` is a grant of the command line only, because it lets a build run another builder; pass \
                 `--allow {syntax}`"
            ));
        }
        Ok(())
    }

    /// What applies while nothing sets the key, as a clause; `None` if the key has a value of its own by default.
    #[must_use]
    pub fn default(&self) -> Option<&'static str> {
        Some(match self.name {
            "policy-digest" => "any digest is accepted",
            "allow" => "nothing is granted",
            "allow-secret" => "no secret is passed to a policy",
            "allow-build-secret" => "no secret is passed to a build",
            "region" => "the one of the AWS profile applies",
            "oidc-role" => "other credentials apply",
            "oidc-token-variable" => "the CI provider's own one applies",
            "timeout" => "900 seconds and the bake time of the service's strategy apply",
            "max-parallel" => "all targets of a wave roll out at once",
            "keep" => "no revision is deregistered",
            "notify" => "nobody is notified",
            "cases" => "`test` requires an argument",
            "max-fuel" => "a case may consume what --policy-fuel allows",
            "require-outcomes" => "cases may reach any outcomes",
            "build" => "`test --build` requires a command",
            _ => return None,
        })
    }

    /// A line that sets the key.
    pub(super) fn example(&self) -> String {
        let value = match (self.name, self.kind) {
            ("policy-digest", _) => "\"sha256:…\"",
            ("oidc-role", _) => "\"arn:aws:iam::123456789012:role/ci\"",
            ("oidc-token-variable", _) => "\"GITLAB_OIDC_TOKEN\"",
            ("region", _) => "\"eu-central-1\"",
            ("on-failure" | "on-cancel", _) => "\"roll-back\"",
            ("wait-until", _) => "\"paused\"",
            (_, Kind::Program) => "\"podman\"",
            ("allowed-registries", _) => "[\"123456789012.dkr.ecr.eu-central-1.amazonaws.com\"]",
            ("allowed-regions", _) => "[\"eu-central-1\"]",
            ("allowed-accounts", _) => "[\"123456789012\"]",
            ("allowed-roles", _) => "[\"arn:aws:iam::123456789012:role/deploy-*\"]",
            ("allow", _) => "[\"ecs:read\"]",
            ("require-outcomes", _) => "[\"all\"]",
            ("build", _) => "\"npm run build\"",
            ("notify", _) => "[\"https://ci.example.com/deployments\"]",
            (_, Kind::Policy) => "\"policy.wasm\"",
            (_, Kind::Text) => "\"…\"",
            (_, Kind::Texts) => "[\"NPM_TOKEN\"]",
            (_, Kind::Paths) => "[\"cases\"]",
            (_, Kind::Number) => "900",
            (_, Kind::Switch) => "true",
        };
        format!("{} = {value}", self.name)
    }
}

impl Kind {
    /// A description of the values.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Policy | Self::Text | Self::Program => "a string",
            Self::Texts | Self::Paths => "a list of strings",
            Self::Number => "a number",
            Self::Switch => "true or false",
        }
    }

    /// Whether the type is a list.
    pub(super) fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::Paths)
    }
}

/// The key that is closest to a name: `policy-fuel` for `fuel`.
fn suggest(name: &str) -> Option<&'static str> {
    let ends_with_it = |key: &&Key| key.name.strip_suffix(name).is_some_and(|start| start.ends_with('-'));
    let keys = || KEYS.iter().chain(&CONFINEMENT_KEYS);
    let longer = keys().find(ends_with_it).map(|key| key.name);
    longer.or_else(|| nearest_name(name, keys().map(|key| key.name)))
}
