//! The findings of a guard, checked.

use super::bindings::exports::ecs_host::policy::guard as types;
use crate::manifest::{NAME_RULE, is_component_name};
use crate::problem::Problem;
use model::review::{Finding, ReviewedPlan, Severity};
use model::text::printable;

/// The findings, or every problem of them.
pub(super) fn to_findings(
    findings: Vec<types::Finding>,
    plan: &ReviewedPlan,
) -> Result<Vec<Finding>, Vec<Problem>> {
    let mut problems = Vec::new();
    for (index, finding) in findings.iter().enumerate() {
        let mut reject = |field: &str, problem: String| {
            problems.push(Problem { text: format!("finding {index}: {field}: {problem}"), value: None });
        };
        if !is_component_name(&finding.rule) {
            reject("rule", format!("invalid name `{}`: {NAME_RULE}", printable(&finding.rule)));
        }
        if printable(&finding.message).trim().is_empty() {
            reject("message", "expected a sentence, not an empty text".to_owned());
        }
        if let Some(unknown) =
            finding.target.as_ref().filter(|name| plan.targets.iter().all(|target| target.name != **name))
        {
            reject("target", format!("the plan has no target `{}`", printable(unknown)));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let convert = |finding: types::Finding| Finding {
        severity: match finding.severity {
            types::Severity::Deny => Severity::Deny,
            types::Severity::Warn => Severity::Warn,
        },
        rule: finding.rule,
        message: printable(&finding.message),
        target: finding.target,
    };
    Ok(findings.into_iter().map(convert).collect())
}
