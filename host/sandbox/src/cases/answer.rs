//! The answer of a policy or a guard, in the form that cases compare.

use std::fmt;

use serde_json::{Value, json};

use crate::error::ComponentError;
use model::decision::Decision;
use model::review::Finding;

/// The answer for a case.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The decision or the findings, or what the component returned instead.
    pub outcome: Outcome,
    /// The lines that the component printed.
    pub log: Vec<String>,
}

/// How the evaluation of a policy, or the review of a guard, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The policy returned a decision.
    Decided(Decision),
    /// The guard returned findings.
    Reviewed(Vec<Finding>),
    /// The component returned an error of its own.
    Rejected(String),
    /// The component trapped, reached a limit, or returned an invalid answer. No case can expect that.
    Failed(String),
}

impl From<Result<Decision, ComponentError>> for Outcome {
    fn from(decision: Result<Decision, ComponentError>) -> Self {
        match decision {
            Ok(decision) => Self::Decided(decision),
            Err(error) => Self::from(error),
        }
    }
}

impl From<Result<Vec<Finding>, ComponentError>> for Outcome {
    fn from(findings: Result<Vec<Finding>, ComponentError>) -> Self {
        match findings {
            Ok(findings) => Self::Reviewed(findings),
            Err(error) => Self::from(error),
        }
    }
}

impl From<ComponentError> for Outcome {
    fn from(error: ComponentError) -> Self {
        match error {
            ComponentError::Rejected { reason, .. } | ComponentError::Undecided { reason, .. } => {
                Self::Rejected(reason)
            }
            error => Self::Failed(error.to_string()),
        }
    }
}

impl Answer {
    /// The answer with the keys of a case, which have hyphens.
    pub(super) fn to_value(&self) -> Value {
        let mut value = match &self.outcome {
            Outcome::Decided(Decision::Skip { reason }) => json!({"skip": reason}),
            Outcome::Decided(Decision::Deploy(deployment)) => {
                let mut parts = json!({"images": deployment.images, "targets": deployment.targets});
                hyphenate_keys(&mut parts);
                parts
            }
            Outcome::Reviewed(findings) => json!({"findings": findings}),
            Outcome::Rejected(reason) => json!({"error": reason}),
            Outcome::Failed(_) => json!({}),
        };
        if let Some(fields) = value.as_object_mut() {
            fields.insert("log".to_owned(), json!(self.log));
        }
        value
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Decided(Decision::Skip { reason }) => write!(f, "skip: {reason}"),
            Outcome::Decided(Decision::Deploy(deployment)) => {
                let (images, targets) = (deployment.images.len(), deployment.targets.len());
                let plural = |count: usize| if count == 1 { "" } else { "s" };
                let (i, t) = (plural(images), plural(targets));
                write!(f, "a deployment of {images} image{i} to {targets} target{t}")
            }
            Outcome::Reviewed(findings) if findings.is_empty() => f.write_str("no findings"),
            Outcome::Reviewed(findings) => {
                let text = |finding: &Finding| {
                    let target = finding.target.as_ref().map(|target| format!(" ({target})"));
                    let (severity, rule) = (finding.severity.as_str(), &finding.rule);
                    format!("{severity} {rule}{}", target.unwrap_or_default())
                };
                f.write_str(&findings.iter().map(text).collect::<Vec<_>>().join(", "))
            }
            Outcome::Rejected(reason) => write!(f, "error: {reason}"),
            Outcome::Failed(error) => f.write_str(error),
        }
    }
}

fn hyphenate_keys(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(hyphenate_keys),
        Value::Object(fields) => {
            for (name, mut value) in std::mem::take(fields) {
                hyphenate_keys(&mut value);
                fields.insert(name.replace('_', "-"), value);
            }
        }
        _ => {}
    }
}
