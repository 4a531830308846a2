//! Verdicts, exit codes, permissions and the contract.

use aws::iam::table;
use model::exit::Exit;

use super::{cell, schemas};
use crate::support::WORKSPACE;

/// Each verdict: when it is reached, and its fields in JSON.
pub fn verdicts() -> String {
    let mut page = String::new();
    for (name, description, fields) in schemas::verdicts() {
        page += &format!("\n## {name}\n\n{description}\n{fields}");
    }
    page
}

/// Each exit code and its name in JSON.
pub fn exit_codes() -> String {
    let exits = [
        (
            Exit::Success,
            "deployed, unchanged, registered or skipped; started, with `--no-wait`; `rollback`: rolled back, or rolled back before; `plan`, `status`, `verify`: printed, and nothing is missing",
        ),
        (Exit::Failed, "rolled back, stopped or failed in ECS; `rollback`: the rollback failed"),
        (
            Exit::Usage,
            "usage: an invalid command line, `ecs-host.toml`, operator's file or build, or a policy's file that is missing or cannot be read",
        ),
        (
            Exit::Rejected,
            "the policy rejected the build (the built-in policy does if a setting is missing), a setting has a value that makes the answer of the policy invalid or is not UTF-8, the operator's file does not allow what the policy returned, or a guard denies the plan; a guard does not end `plan`",
        ),
        (
            Exit::PolicyFailed,
            "the policy or a guard failed: a trap, a limit, another world, an invalid answer",
        ),
        (
            Exit::Preflight,
            "configuration, credentials, a permission, or a missing resource; or a call to AWS failed (run it again); or the output of a verb that only prints, or of `--json`, could not be written",
        ),
        (Exit::Docker, "docker build or push"),
        (
            Exit::Superseded,
            "superseded by a newer deployment, or rejected because a newer build runs; `apply`: what the saved plan rests on has moved; `continue --commit`: the rollout is of another commit",
        ),
        (
            Exit::Unknown,
            "not known in time: timed out, or ECS could not be read any more; the rollout continues",
        ),
        (Exit::Paused, "paused: a rollout waits for a person"),
        (Exit::Signal(1), "interrupted by SIGHUP"),
        (Exit::Signal(2), "interrupted by SIGINT"),
        (Exit::Signal(3), "interrupted by SIGQUIT"),
        (Exit::Signal(15), "interrupted by SIGTERM"),
    ];
    let row =
        |(exit, meaning): (Exit, &str)| format!("| {} | `{}` | {meaning} |\n", exit.code(), exit.as_str());
    format!("| code | `outcome` | meaning |\n|---|---|---|\n{}", exits.map(row).concat())
}

/// Each statement of the policies that `iam` prints.
pub fn iam() -> String {
    let mut page = String::from("| statement | actions | for | without it |\n|---|---|---|---|\n");
    for row in table::rows() {
        let actions: Vec<String> = row.actions.iter().map(|action| format!("`{action}`")).collect();
        page += &format!(
            "| `{}` | {} | {} | {} |\n",
            row.sid,
            actions.join(", "),
            cell(row.reason),
            cell(row.without.unwrap_or("the verb fails"))
        );
    }
    page
}

/// The files of the contract.
pub fn contract() -> String {
    let mut page = String::new();
    for (name, title) in [
        ("world", "The world"),
        ("policy", "The functions of a policy"),
        ("types", "The types"),
        ("services", "Lookups of services"),
        ("registry", "Lookups of images"),
        ("source", "Lookups in the repository"),
    ] {
        let text = std::fs::read_to_string(format!("{WORKSPACE}/wit/{name}.wit")).unwrap();
        page += &format!("\n## {title}\n\n<!-- from: wit/{name}.wit -->\n```wit\n{text}```\n");
    }
    page
}
