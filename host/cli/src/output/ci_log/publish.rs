//! The summary of a run on the page of its CI job, and its values for the steps that follow.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::ci;
use crate::output::summary::Summary;
use model::Environment;
use model::exit::Exit;

/// How long the agent of Buildkite may take.
const AGENT_TIMEOUT: Duration = Duration::from_secs(10);

/// What is published of a run, without secrets.
pub(in crate::output) struct Texts {
    pub(in crate::output) markdown: String,
    pub(in crate::output) outputs: String,
}

/// Publishes a summary where the provider shows it. Returns a line that the log interprets, if the provider reads one.
///
/// # Errors
/// A warning about what was not published.
pub(in crate::output) fn publish(
    texts: &Texts,
    exit: Exit,
    environment: &Environment,
) -> Result<Option<String>, String> {
    let Texts { markdown, outputs } = texts;
    match ci::log_provider(environment) {
        Some("github-actions" | "gitea") => {
            if let Some(path) = environment.get("GITHUB_STEP_SUMMARY") {
                append(path, markdown, "GITHUB_STEP_SUMMARY")?;
            }
            if let Some(path) = environment.get("GITHUB_OUTPUT") {
                // Another command may have left a line without its end.
                append(path, &format!("\n{outputs}"), "GITHUB_OUTPUT")?;
            }
            Ok(None)
        }
        Some("azure-pipelines") => {
            // The agent reads the file after the line, and removes the folder with the job.
            let Some(folder) = environment.get("AGENT_TEMPDIRECTORY") else { return Ok(None) };
            let path = format!("{folder}/ecs-host-summary-{}.md", std::process::id());
            append(&path, markdown, "AGENT_TEMPDIRECTORY")?;
            Ok(Some(format!("##vso[task.uploadsummary]{path}\n")))
        }
        Some("buildkite") => annotate(markdown, exit, environment).map(|()| None),
        _ => Ok(None),
    }
}

/// The outputs of a step on GitHub, each a line. `digest`, `revision` and `verdict` are those of the first image and of the
/// first target.
pub(in crate::output) fn outputs(summary: &Summary, exit: Exit) -> String {
    let images: serde_json::Map<String, serde_json::Value> =
        summary.images().iter().map(|image| (image.name.clone(), image.digest.as_str().into())).collect();
    let targets: Vec<_> = summary
        .targets()
        .iter()
        .map(|target| {
            let verdict = target.verdict.name();
            json!({ "target": target.name.as_str(), "verdict": verdict, "revision": target.revision })
        })
        .collect();
    let first = summary.targets().first();
    let lines = [
        ("exit-code", Some(exit.code().to_string())),
        ("digest", summary.images().first().map(|image| image.digest.as_str().to_owned())),
        ("revision", first.map(|target| target.revision.clone())),
        ("verdict", first.map(|target| target.verdict.name().to_owned())),
        ("images", Some(serde_json::Value::from(images).to_string())),
        ("targets", Some(serde_json::Value::from(targets).to_string())),
    ];
    lines.into_iter().filter_map(|(name, value)| Some(format!("{name}={}\n", value?))).collect()
}

/// Appends to a file of the provider's, of which other steps write a part.
fn append(path: &str, text: &str, variable: &str) -> Result<(), String> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        format!("the summary is not published: cannot write `{path}`, which {variable} names: {error}")
    })
}

/// Annotates the build by the agent of Buildkite.
fn annotate(markdown: &str, exit: Exit, environment: &Environment) -> Result<(), String> {
    // The agent names its own folder; PATH may contain one of the checkout.
    let Some(folder) = environment.get("BUILDKITE_BIN_PATH").map(Path::new).filter(|path| path.is_absolute())
    else {
        return Ok(());
    };
    let program: PathBuf = folder.join("buildkite-agent");
    let style = if exit == Exit::Success { "success" } else { "error" };
    let failed = |reason: String| format!("the summary is not published: `{}` {reason}", program.display());
    let mut command = Command::new(&program);
    command.args(["annotate", "--style", style, "--context", "ecs-host"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| failed(format!("cannot be started: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // An agent that does not read has failed, which its status shows. A summary fits into the pipe, or the write ends
        // with the agent.
        let text = markdown.as_bytes();
        let text = text.get(..MAX_ANNOTATION.min(text.len())).unwrap_or_default();
        let _ = stdin.write_all(text);
    }
    let deadline = Instant::now() + AGENT_TIMEOUT;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(failed(format!("ended with {status}"))),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("did not end within {} s", AGENT_TIMEOUT.as_secs())));
            }
            Err(error) => return Err(failed(format!("cannot be waited for: {error}"))),
        }
    }
}

/// The most bytes of an annotation: what a pipe holds, so that writing does not block.
const MAX_ANNOTATION: usize = 60 << 10;
