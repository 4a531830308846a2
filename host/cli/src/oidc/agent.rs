//! Tokens of Buildkite, which its agent requests ("OIDC" of `buildkite-agent` in the documentation of Buildkite).

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use aws::{IdentityToken, MAX_TOKEN, TokenError, TokenFuture, TokenSource};
use model::Environment;

use super::{AUDIENCE, OidcError, token};
use crate::output::Masker;

/// The variable with the folder of the agent. PATH may contain one of the checkout.
const FOLDER: &str = "BUILDKITE_BIN_PATH";

/// How long the agent may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The agent of the job.
pub(super) struct AgentTokens {
    program: PathBuf,
    masker: Masker,
}

impl std::fmt::Debug for AgentTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentTokens").field("program", &self.program).finish_non_exhaustive()
    }
}

impl AgentTokens {
    pub(super) fn new(environment: &Environment, masker: Masker) -> Result<Self, OidcError> {
        let folder = environment.get(FOLDER).map(Path::new).filter(|path| path.is_absolute());
        let folder = folder.ok_or_else(|| {
            let problem = format!("{FOLDER} does not name the folder of buildkite-agent by an absolute path");
            OidcError::NotSet(problem, "run this in a job of Buildkite, whose agent sets it".to_owned())
        })?;
        Ok(Self { program: folder.join("buildkite-agent"), masker })
    }

    /// Runs the agent once: it repeats its request by itself.
    async fn request(&self) -> Result<IdentityToken, TokenError> {
        let failed = |problem: String| TokenError {
            message: format!("`{} oidc request-token` {problem}", self.program.display()),
            hint: "check that the agent has `oidc request-token`, and its log".to_owned(),
            is_permanent: false,
        };
        let mut command = Command::new(&self.program);
        command.args(["oidc", "request-token", "--audience", AUDIENCE]).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| failed(format!("cannot be started: {error}")))?;
        let mut output = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            // A longer output is no token, and ends the agent by a closed pipe.
            let mut limited = stdout.take(MAX_TOKEN as u64 + 2);
            let read = limited.read_to_end(&mut output).await;
            read.map_err(|error| failed(format!("cannot be read: {error}")))?;
        }
        let text = String::from_utf8_lossy(&output);
        let text = text.trim();
        let status = child.wait().await.map_err(|error| failed(format!("cannot be waited for: {error}")))?;
        if !status.success() {
            return Err(failed(format!("ended with {status}")));
        }
        // What is no token is not printed, and as a secret it could mask any word.
        let token = IdentityToken::parse(text);
        let token = token.map_err(|problem| failed(format!("printed no token: {problem}")))?;
        self.masker.add(token.secret().to_owned());
        Ok(token)
    }
}

impl TokenSource for AgentTokens {
    fn fetch(&self) -> TokenFuture<'_> {
        let late = || format!("`{} oidc request-token` did not end", self.program.display());
        Box::pin(token::within(TIMEOUT, self.request(), late))
    }

    fn provider(&self) -> &'static str {
        "Buildkite"
    }

    fn fixed_by(&self) -> Option<&str> {
        None
    }
}
