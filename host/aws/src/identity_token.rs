//! The identity token of a CI job: a JSON Web Token (RFC 7519), whose text is a secret and whose claims are not.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use model::text::printable;

/// The most characters that STS accepts (the STS API reference, `AssumeRoleWithWebIdentity`).
pub const MAX_TOKEN: usize = 20_000;

/// An identity token. Its signature is not verified, which AWS does.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityToken {
    text: String,
    claims: TokenClaims,
}

/// What a token states that a trust policy is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenClaims {
    /// `sub`.
    pub subject: Option<String>,
    /// `aud`, or all of them.
    pub audience: Option<String>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `exp`, in seconds since 1970.
    pub expires_at: Option<u64>,
}

/// Without the token.
impl fmt::Debug for IdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityToken").field("claims", &self.claims).finish_non_exhaustive()
    }
}

impl IdentityToken {
    /// Parses a token: three parts of base64url. Nothing else is sent to AWS.
    ///
    /// # Errors
    /// What is wrong, a clause without the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        if text.len() > MAX_TOKEN {
            return Err("it is longer than AWS accepts");
        }
        let mut parts = text.split('.');
        match [parts.next(), parts.next(), parts.next(), parts.next()] {
            [Some(header), Some(claims), Some(signature), None]
                if [header, claims, signature].into_iter().all(is_part) =>
            {
                Ok(Self { text: text.to_owned(), claims: TokenClaims::decode(claims).unwrap_or_default() })
            }
            _ => Err("it is not a JSON Web Token"),
        }
    }

    /// The text, which authorizes its bearer.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.text
    }

    /// The claims; none if the token's second part is not JSON.
    #[must_use]
    pub fn claims(&self) -> &TokenClaims {
        &self.claims
    }
}

impl TokenClaims {
    fn decode(part: &str) -> Option<Self> {
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
        let text = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
        let audiences = claims
            .get("aud")
            .and_then(Value::as_array)
            .map(|audiences| audiences.iter().filter_map(Value::as_str).collect::<Vec<&str>>().join(", "));
        Some(Self {
            subject: text("sub"),
            audience: text("aud").or(audiences),
            issuer: text("iss"),
            expires_at: claims.get("exp").and_then(Value::as_u64),
        })
    }
}

/// What a trust policy is compared with: `sub`, `aud` and `iss`.
impl fmt::Display for TokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let claims = [("sub", &self.subject), ("aud", &self.audience), ("iss", &self.issuer)];
        for (number, (name, value)) in claims.into_iter().enumerate() {
            f.write_str(if number == 0 { "" } else { ", " })?;
            match value {
                Some(value) => write!(f, "{name} `{}`", printable(value))?,
                None => write!(f, "no {name}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("eyJhbGciOi.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn only_a_token_is_a_token() {
        assert_eq!(IdentityToken::parse("a.b.c").unwrap().claims(), &TokenClaims::default());
        for text in ["", "a.b", "a.b.c.d", "a.b.c\nd", "a..c", "<html>.<b>.x", "Bearer a.b.c"] {
            assert!(IdentityToken::parse(text).is_err(), "{text}");
        }
        assert!(IdentityToken::parse(&format!("a.b.{}", "c".repeat(MAX_TOKEN))).is_err());
    }

    #[test]
    fn the_claims_are_printed_and_the_token_is_not() {
        let text = token(r#"{"sub": "repo:a/b\n::error::x", "aud": ["x", "y"], "exp": 7}"#);
        let token = IdentityToken::parse(&text).unwrap();
        assert_eq!(token.claims().expires_at, Some(7));
        let printed = token.claims().to_string();
        assert_eq!(printed, "sub `repo:a/b\\n:\\u{3a}error::x`, aud `x, y`, no iss");
        let debugged = format!("{token:?}");
        assert!(!debugged.contains("c2lnbmF0dXJl") && debugged.contains("repo:a/b"), "{debugged}");
    }
}
