//! The identity of this job, for `--oidc-role`.

use super::Error;
use crate::cli::Verb;
use crate::oidc;
use crate::output::Report;
use aws::WebIdentity;
use model::Environment;
use model::event::{Event, EventSink as _};

/// The variable of an access key.
const ACCESS_KEY: &str = "AWS_ACCESS_KEY_ID";

/// Finds the identity that a verb calls AWS with, and warns of what a person may not expect of it. `None` without
/// `--oidc-role`.
pub(super) fn find(
    verb: &Verb,
    environment: &Environment,
    report: &Report,
) -> Result<Option<WebIdentity>, Error> {
    let Some(args) = verb.oidc() else { return Ok(None) };
    let Some(role) = &args.oidc_role else { return Ok(None) };
    let variable = args.oidc_token_variable.as_deref();
    let identity = oidc::find(role, variable, environment, report.masker())?;
    let warn = |message: String| report.emit(&Event::Warning { message });
    if environment.get(ACCESS_KEY).is_some() {
        warn(format!("{ACCESS_KEY} is set and not used, because --oidc-role has precedence; unset it"));
    }
    if let Some(reason) = identity.source.fixed_by() {
        warn(format!(
            "{reason}: the credentials of {} end an hour after they were renewed last, and a run that takes longer ends \
             without them, while its rollout goes on",
            role.name()
        ));
    }
    Ok(Some(identity))
}
