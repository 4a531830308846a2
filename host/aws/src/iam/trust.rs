//! The trust policy of a role that the jobs of a CI provider assume with their identity tokens.

use serde_json::{Map, Value, json};

use super::document::to_text;
use model::names::RoleArn;

/// A claim of an identity token, and what it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustCondition {
    /// The name of the claim, such as `sub`.
    pub claim: &'static str,
    /// The values, of which it must be one; `*` stands for any characters.
    pub values: Vec<String>,
}

/// Who may assume a role: jobs whose tokens come from an issuer and have these claims (the IAM user guide, "Create a role
/// for OpenID Connect federation").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPolicy {
    /// The role.
    pub role: RoleArn,
    /// The URL of the issuer without its scheme, which is the name of the identity provider in IAM.
    pub issuer: String,
    /// The claims.
    pub conditions: Vec<TrustCondition>,
}

impl TrustPolicy {
    /// The ARN of the identity provider in the role's account.
    #[must_use]
    pub fn provider_arn(&self) -> String {
        let partition = self.role.as_str().split(':').nth(1).unwrap_or("aws");
        format!("arn:{partition}:iam::{}:oidc-provider/{}", self.role.account(), self.issuer)
    }

    /// What a claim may be; nothing if it is not compared.
    #[must_use]
    pub fn claim(&self, name: &str) -> &[String] {
        let condition = self.conditions.iter().find(|condition| condition.claim == name);
        condition.map_or(&[], |condition| condition.values.as_slice())
    }

    /// The document of IAM. `*` is a pattern with `StringLike` only, so that a claim without one is compared exactly. One of
    /// several values is enough.
    #[must_use]
    pub fn to_document(&self) -> Value {
        let mut operators: Map<String, Value> = Map::new();
        for TrustCondition { claim, values } in &self.conditions {
            let has_pattern = values.iter().any(|value| value.contains(['*', '?']));
            let operator = if has_pattern { "StringLike" } else { "StringEquals" };
            let value = match values.as_slice() {
                [value] => json!(value),
                values => json!(values),
            };
            let keys = operators.entry(operator).or_insert_with(|| json!({}));
            if let Value::Object(keys) = keys {
                keys.insert(format!("{}:{claim}", self.issuer), value);
            }
        }
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "AssumeRoleInCi",
                "Effect": "Allow",
                "Principal": { "Federated": self.provider_arn() },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": operators,
            }],
        })
    }

    /// The document as text of several lines.
    #[must_use]
    pub fn to_text(&self) -> String {
        to_text(&self.to_document())
    }
}
