//! AWS STS: the callers behind access keys.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::admission::policy::{Context, allows};
use crate::error::{ApiError, ApiResult};
use crate::json;
use crate::model::short_name;
use crate::scenario::Scenario;

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) account: String,
    /// The ARN of the IAM user or the session.
    pub(crate) arn: String,
    /// The ARN of the IAM user or the role, which has a policy.
    pub(crate) principal: String,
}

/// The accounts of access keys, and the sessions that roles were assumed for.
#[derive(Debug)]
pub(crate) struct Sessions {
    default_account: String,
    /// By access key.
    accounts: BTreeMap<String, String>,
    /// The caller of each session, by its access key.
    sessions: BTreeMap<String, Caller>,
    /// The trust policies of roles, by their ARNs.
    trust_policies: BTreeMap<String, Value>,
    session_seconds: Option<f64>,
    rng: fastrand::Rng,
}

impl Sessions {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self {
            default_account: scenario.account.clone(),
            accounts: scenario.access_key_accounts.clone(),
            sessions: BTreeMap::new(),
            trust_policies: scenario.trust_policies.clone(),
            session_seconds: scenario.session_seconds,
            rng: fastrand::Rng::with_seed(scenario.seed ^ 0x575),
        }
    }

    /// The caller with this access key. Unknown keys belong to a user of the scenario's account.
    pub(crate) fn identify(&self, access_key: &str) -> Caller {
        if let Some(session) = self.sessions.get(access_key) {
            return session.clone();
        }
        let account = self.accounts.get(access_key).unwrap_or(&self.default_account).clone();
        let arn = format!("arn:aws:iam::{account}:user/ci");
        Caller { account, principal: arn.clone(), arn }
    }

    pub(crate) fn execute(
        &mut self,
        action: &str,
        request: &Value,
        caller: &Caller,
        unix_time: f64,
    ) -> ApiResult {
        match action {
            "sts:GetCallerIdentity" => {
                Ok(json!({ "UserId": "AIDASIMULATED", "Account": caller.account, "Arn": caller.arn }))
            }
            "sts:AssumeRole" => self.assume_role(request, unix_time),
            "sts:AssumeRoleWithWebIdentity" => {
                // The clients compare the end of a session with the clock of this machine.
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
                self.check_web_identity(request, now)?;
                self.assume_role(request, now)
            }
            _ => Err(ApiError::new("InvalidAction", "Could not find operation for version 2011-06-15")),
        }
    }

    /// Starts a session in the account of the role's ARN.
    fn assume_role(&mut self, request: &Value, unix_time: f64) -> ApiResult {
        let role = json::string(request, "RoleArn").unwrap_or_default();
        let session = json::string(request, "RoleSessionName").unwrap_or_default();
        let account = role.split(':').nth(4).filter(|account| !account.is_empty());
        let Some(account) = account.filter(|_| !session.is_empty()) else {
            return Err(ApiError::new("ValidationError", format!("{role} is invalid")));
        };
        let suffix: String = (0..16).map(|_| self.rng.alphanumeric().to_ascii_uppercase()).collect();
        let access_key = format!("ASIA{suffix}");
        let arn = format!("arn:aws:sts::{account}:assumed-role/{}/{session}", short_name(role));
        let caller = Caller { account: account.to_owned(), arn: arn.clone(), principal: role.to_owned() };
        self.sessions.insert(access_key.clone(), caller);
        let secret: String = (0..40).map(|_| self.rng.alphanumeric()).collect();
        let token: String = (0..120).map(|_| self.rng.alphanumeric()).collect();
        let seconds = json::integer(request, "DurationSeconds").unwrap_or(3600);
        #[allow(clippy::cast_precision_loss, reason = "at most twelve hours")]
        let expiration = unix_time + self.session_seconds.unwrap_or(seconds as f64);
        Ok(json!({
            "Credentials": {
                "AccessKeyId": access_key,
                "SecretAccessKey": secret,
                "SessionToken": token,
                "Expiration": iso8601(expiration),
            },
            "AssumedRoleUser": { "AssumedRoleId": format!("AROASIMULATED:{session}"), "Arn": arn },
        }))
    }
}

impl Sessions {
    /// Checks an identity token against the trust policy of a role (`AssumeRoleWithWebIdentity` in the API reference). Its
    /// signature is not verified.
    fn check_web_identity(&self, request: &Value, now: f64) -> Result<(), ApiError> {
        let role = json::string(request, "RoleArn").unwrap_or_default();
        let token = json::string(request, "WebIdentityToken").unwrap_or_default();
        let invalid = |message: &str| ApiError::new("InvalidIdentityToken", message);
        let claims = token.split('.').nth(1).and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
        let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
        let claims = claims.ok_or_else(|| invalid("The ID Token provided is not a valid JWT."))?;
        if claims.get("exp").and_then(json::to_number).is_some_and(|end| end <= now) {
            return Err(ApiError::new(
                "ExpiredTokenException",
                "Token expired: its exp claim is in the past",
            ));
        }
        let issuer = json::string(&claims, "iss").unwrap_or_default().trim_start_matches("https://");
        let denied = || {
            let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
            ApiError::with_status("AccessDenied", message, 403)
        };
        let policy = self.trust_policies.get(role).ok_or_else(denied)?;
        if !policy.to_string().contains(&format!(":oidc-provider/{issuer}\"")) {
            let message = format!("No OpenIDConnect provider found in your account for https://{issuer}");
            return Err(invalid(&message));
        }
        let claim = |name: &str| Some((format!("{issuer}:{name}"), json::string(&claims, name)?.to_owned()));
        let context: Context = ["aud", "sub"].into_iter().filter_map(claim).collect();
        if allows(policy, "sts:AssumeRoleWithWebIdentity", role, &context) { Ok(()) } else { Err(denied()) }
    }
}

/// A Unix time in ISO 8601, as XML responses contain it. The algorithm is `civil_from_days` in Howard
/// Hinnant's "chrono-Compatible Low-Level Date Algorithms".
fn iso8601(unix: f64) -> String {
    #[allow(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
    let unix = unix as i64;
    let (days, seconds) = (unix.div_euclid(86_400), unix.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        assert_eq!(iso8601(0.0), "1970-01-01T00:00:00Z");
        assert_eq!(iso8601(1_767_225_600.0), "2026-01-01T00:00:00Z");
        assert_eq!(iso8601(1_709_210_096.0), "2024-02-29T12:34:56Z");
    }

    #[test]
    fn a_session_belongs_to_the_account_of_its_role() {
        let mut sessions = Sessions::new(&Scenario::default());
        let request = json!({ "RoleArn": "arn:aws:iam::999999999999:role/deploy", "RoleSessionName": "ci" });
        let anyone = sessions.identify("AKIA");
        let answer = sessions.execute("sts:AssumeRole", &request, &anyone, 0.0).unwrap();
        let key = answer["Credentials"]["AccessKeyId"].as_str().unwrap();
        let caller = sessions.identify(key);
        assert_eq!(caller.account, "999999999999");
        assert_eq!(caller.arn, "arn:aws:sts::999999999999:assumed-role/deploy/ci");
        assert_eq!(caller.principal, "arn:aws:iam::999999999999:role/deploy");
    }
}
