//! The decision of a saved plan, which is checked by the rules of the contract as a policy's answer is: the file may have
//! been changed.

use crate::contract::SUPPORTED;
use model::decision::Deployment;

/// Checks the decision of a saved plan.
///
/// # Errors
/// Every rule that it breaks, as a clause.
pub fn check_deployment(deployment: &Deployment) -> Result<(), Vec<String>> {
    let Some(contract) = SUPPORTED.first() else { return Ok(()) };
    contract
        .check_deployment(deployment)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}
