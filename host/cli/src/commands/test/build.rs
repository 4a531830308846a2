//! Building the policy before its cases run, with `--build`.
//!
//! The command runs in a shell, with the environment and the rights of whoever runs `ecs-host`, as if they had typed it.
//! So nothing but `--build` on the command line runs it: a checkout, which anybody may have written, only provides the
//! words, with the key `build` of its file.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};

use super::lines::LineReader;
use crate::cli::{ProjectBuild, TestArgs};
use crate::commands::Context;
use crate::docker::guard::Guard;
use model::exit::Exit;
use model::source::ComponentSource;
use model::text::{abbreviate, printable};

/// Why a policy is not built.
#[derive(Debug, thiserror::Error)]
pub(in crate::commands) enum PolicyBuildError {
    /// Neither the command line nor a file contains a command.
    #[error(
        "`--build` requires a command: pass it, as in `--build \"npm run build\"`, or set `build` in the ecs-host.toml \
         that names the component"
    )]
    NoCommand,
    /// The command is the path of a policy or of its cases.
    #[error(
        "`--build` takes what follows it as the command, and `{0}` is no command; pass the component and the cases before \
         `--build`"
    )]
    NotCommand(String),
    /// What is tested is no file, so the command does not write it.
    #[error(
        "`--build` builds the component that is tested, and {0} is no file; pass the file that the command writes, as in \
         `ecs-host test policy.wasm --build`"
    )]
    NotBuilt(String),
    /// The shell cannot be started, or its output cannot be read.
    #[error("cannot run `{command}` with the shell `sh` in `{}`: {source}", printable(&folder.display().to_string()))]
    NotRun {
        /// The command.
        command: String,
        /// The folder that it was to run in.
        folder: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The command failed.
    #[error("the build of the component failed: `{command}` ended with {status}; its output is above")]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
    },
}

impl PolicyBuildError {
    /// The exit code.
    pub(in crate::commands) fn exit(&self) -> Exit {
        match self {
            Self::NoCommand | Self::NotCommand(_) | Self::NotBuilt(_) => Exit::Usage,
            Self::NotRun { .. } => Exit::Preflight,
            Self::Failed { .. } => Exit::PolicyFailed,
        }
    }
}

/// How long output is read after the end of the command: what it left running can keep the stream open for ever.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The command that builds a policy, and the folder in which it runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PolicyBuild {
    command: String,
    folder: PathBuf,
}

impl PolicyBuild {
    /// The build that the command line requests: its own command in the working folder, or that of a file in the folder
    /// of the file.
    pub(super) fn from_args(args: &TestArgs) -> Result<Option<Self>, PolicyBuildError> {
        let build = Self::requested(args)?;
        match &args.policy {
            ComponentSource::File(_) => Ok(build),
            other if build.is_some() => Err(PolicyBuildError::NotBuilt(other.subject())),
            _ => Ok(None),
        }
    }

    fn requested(args: &TestArgs) -> Result<Option<Self>, PolicyBuildError> {
        match (&args.build, &args.project_build) {
            (None, _) => Ok(None),
            (Some(Some(command)), _) => {
                let path = Path::new(command);
                let is_argument =
                    path.is_dir() || path.extension().is_some_and(|extension| extension == "wasm");
                if is_argument || command.trim().is_empty() {
                    return Err(PolicyBuildError::NotCommand(abbreviate(command)));
                }
                Ok(Some(Self { command: command.clone(), folder: PathBuf::new() }))
            }
            (Some(None), Some(ProjectBuild { command, folder })) => {
                Ok(Some(Self { command: command.clone(), folder: folder.clone() }))
            }
            (Some(None), None) => Err(PolicyBuildError::NoCommand),
        }
    }

    /// Runs the command, and reports its output.
    pub(super) fn run(&self, context: &Context<'_>) -> Result<(), PolicyBuildError> {
        context.report.start_policy_build(&self.command);
        let status = self.run_shell(context).map_err(|source| PolicyBuildError::NotRun {
            command: abbreviate(&self.command),
            folder: self.folder().to_owned(),
            source,
        })?;
        if status.success() {
            return Ok(());
        }
        let status = match status.code() {
            Some(code) => format!("exit code {code}"),
            None => "a signal".to_owned(),
        };
        Err(PolicyBuildError::Failed { command: abbreviate(&self.command), status })
    }

    fn folder(&self) -> &Path {
        if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder }
    }

    fn run_shell(&self, context: &Context<'_>) -> io::Result<ExitStatus> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let status = runtime.block_on(async {
            // The guard ends the build if a signal ends this process. Without one, the build is in this process's own
            // group, which the keyboard interrupts as a whole.
            let mut guard = context.guard_program.and_then(|program| Guard::start(program, None).ok());
            let (reader, writer) = io::pipe()?;
            let mut command = Command::new("sh");
            command.args(["-c", self.command.as_str()]).current_dir(self.folder());
            // One pipe, so that errors are in their place.
            command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
            if let Some(group) = guard.as_mut().and_then(Guard::group) {
                command.process_group(group.as_raw_nonzero().get());
            }
            let mut child = command.spawn()?;
            // It owns the other end of the pipe, and a read ends when nobody does.
            drop(command);
            let output = LineReader::new(Receiver::from_owned_fd(reader.into())?);
            report_until_end(&mut child, output, context).await
        });
        runtime.shutdown_background();
        status
    }
}

/// Reports the lines of a command until it ends.
async fn report_until_end(
    child: &mut Child,
    mut output: LineReader<Receiver>,
    context: &Context<'_>,
) -> io::Result<ExitStatus> {
    let report = context.report;
    let reading = async {
        while let Some(line) = output.next().await {
            report.write_policy_build_line(&line);
            report.wait_for_room().await;
        }
    };
    tokio::pin!(reading);
    tokio::select! {
        () = &mut reading => child.wait().await,
        ended = child.wait() => {
            let _ = tokio::time::timeout(DRAIN_TIMEOUT, reading).await;
            ended
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Verb};
    use clap::Parser as _;

    fn args(arguments: &[&str], project_build: Option<ProjectBuild>) -> TestArgs {
        let cli = Cli::parse_from([&["ecs-host", "test"], arguments].concat());
        let Verb::Test(args) = cli.verb else { panic!("no test") };
        TestArgs { project_build, ..args }
    }

    #[test]
    fn only_the_flag_requests_a_build() {
        let own = || Some(ProjectBuild { command: "make".to_owned(), folder: "deploy".into() });
        let build =
            |command: &str, folder: &str| PolicyBuild { command: command.to_owned(), folder: folder.into() };
        assert_eq!(PolicyBuild::from_args(&args(&["p.wasm", "c"], own())).unwrap(), None);
        let bare = PolicyBuild::from_args(&args(&["p.wasm", "c", "--build"], own())).unwrap();
        assert_eq!(bare, Some(build("make", "deploy")));
        let named = PolicyBuild::from_args(&args(&["p.wasm", "c", "--build", "npm run x"], own())).unwrap();
        assert_eq!(named, Some(build("npm run x", "")));
    }

    #[test]
    fn a_build_without_a_command_is_an_error_of_usage() {
        for (arguments, expected) in [
            (&["p.wasm", "c", "--build"][..], "`--build` requires a command: "),
            (&["--build", "p.wasm", "c"], "`p.wasm` is no command; pass the component"),
            (&["p.wasm", "--build", "."], "`.` is no command"),
            (&["p.wasm", "--build="], "`` is no command"),
        ] {
            let error = PolicyBuild::from_args(&args(arguments, None)).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(error.exit(), Exit::Usage);
        }
    }
}
