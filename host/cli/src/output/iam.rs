//! The reasons of IAM policies, for people and for programs.

use serde_json::{Value, json};

use super::number::thousands;
use super::wrap::wrap_words;
use aws::iam::{MAX_POLICY_CHARACTERS, Policy, TrustPolicy};
use model::names::RoleArn;

/// The policy of one principal.
#[derive(Debug, Clone)]
pub struct PrincipalPolicy {
    /// The role; `None` for the run's own credentials.
    pub role: Option<RoleArn>,
    /// What it requires.
    pub policy: Policy,
}

impl PrincipalPolicy {
    /// The value of `--principal`.
    #[must_use]
    pub fn principal(&self) -> &str {
        self.role.as_ref().map_or("run", RoleArn::as_str)
    }
}

/// The width of the longest name of a statement.
const SID_WIDTH: usize = 20;

/// The width of the texts beside the names, on a line of 80 columns.
const REASON_WIDTH: usize = 80 - SID_WIDTH - 2;

/// A paragraph for each statement, with what happens without it if it is optional. The first line names the principal.
#[must_use]
pub fn to_reasons(policy: &PrincipalPolicy, is_one_of_several: bool) -> String {
    let statements = &policy.policy.statements;
    let characters = policy.policy.characters();
    let subject = match &policy.role {
        None => "the run's own credentials".to_owned(),
        Some(role) => role.to_string(),
    };
    let mut lines = vec![
        format!("IAM policy of {subject}"),
        format!(
            "{}, {} of the {} characters of a managed policy",
            if statements.len() == 1 {
                "1 statement".to_owned()
            } else {
                format!("{} statements", statements.len())
            },
            thousands(characters),
            thousands(MAX_POLICY_CHARACTERS)
        ),
    ];
    if characters > MAX_POLICY_CHARACTERS {
        lines.push("warning: it is too long for a managed policy; name resources by patterns".to_owned());
        lines.push("    (--for with `*`), or attach it to a role inline (10,240 characters)".to_owned());
    }
    for statement in statements {
        let row = statement.permission;
        let without = row.without.map(|without| format!("; optional: without it, {without}"));
        let text = format!("{}{}", row.reason, without.unwrap_or_default());
        for (number, line) in wrap_words(&text, REASON_WIDTH).iter().enumerate() {
            let name = if number == 0 { row.sid } else { "" };
            lines.push(format!("  {name:<SID_WIDTH$}{line}"));
        }
    }
    if is_one_of_several {
        lines.push(format!("Print it alone by --principal {}", policy.principal()));
    }
    lines.push(String::new());
    lines.join("\n") + "\n"
}

/// The commands that create what a trust policy belongs to.
#[must_use]
pub fn to_instructions(policy: &TrustPolicy) -> String {
    let TrustPolicy { role, issuer, .. } = policy;
    let path = match role.path() {
        "/" => String::new(),
        path => format!(" --path {path}"),
    };
    format!(
        "Trust policy of {role}\n  for tokens of {issuer}\n  with the subject {}\n\n\
         Once in an account, if it has no such identity provider:\n  aws iam create-open-id-connect-provider \\\n    \
         --url https://{issuer} \\\n    --client-id-list {}\nThen, with the policy in trust.json:\n  aws iam create-role \
         --role-name {}{path} \\\n    --assume-role-policy-document file://trust.json\n\n",
        policy.claim("sub").join(",\n    or "),
        policy.claim("aud").join(" "),
        role.name()
    )
}

/// One object: the trust policy, its role, and the identity provider that the role's account requires.
#[must_use]
pub fn trust_to_json(policy: &TrustPolicy) -> Value {
    json!({
        "role": policy.role,
        "trust_policy": policy.to_document(),
        "identity_provider": {
            "arn": policy.provider_arn(),
            "url": format!("https://{}", policy.issuer),
            "client_id": policy.claim("aud").first(),
        },
    })
}

/// One object: the policies with the reasons of their statements.
#[must_use]
pub fn to_json(policies: &[PrincipalPolicy]) -> Value {
    let policies = policies.iter().map(|policy| {
        let statements = policy.policy.statements.iter().map(|statement| {
            let row = statement.permission;
            json!({
                "sid": row.sid,
                "actions": row.actions,
                "reason": row.reason,
                "is_required": row.without.is_none(),
                "without": row.without,
            })
        });
        json!({
            "principal": policy.principal(),
            "policy": policy.policy.to_document(),
            "statements": statements.collect::<Vec<Value>>(),
        })
    });
    json!({ "policies": policies.collect::<Vec<Value>>() })
}
