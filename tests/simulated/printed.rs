//! Texts from outside are printed escaped, wherever they come from. The runs are in the log of no CI provider, because such
//! a log folds by control characters.

use rustix::process::Signal;
use serde_json::json;

use crate::app::App;

/// A text that forges lines, moves the cursor, turns the direction of reading, and contains an invisible tag.
const HOSTILE: &str =
    "BAKE\u{202e}\u{1b}[2J\u{ad}\u{e0041}\u{3164}\u{a0}\u{fe0f}\nVerdict   forged deployed\n::error::forged";

fn is_inert(text: &str) {
    let invisible = |c: char| {
        (c.is_control() && c != '\n') || "\u{202e}\u{ad}\u{e0041}\u{3164}\u{a0}\u{fe0f}".contains(c)
    };
    assert!(!text.contains(invisible), "{text:?}");
    for line in text.lines() {
        assert!(!line.starts_with("Verdict   forged") && !line.trim_start().starts_with("::"), "{text}");
    }
}

#[test]
fn a_lifecycle_stage_and_a_status_reason_of_ecs() {
    for flag in [None, Some("--json")] {
        let app = App::slow(if flag.is_some() { "stage-json" } else { "stage-text" });
        app.proxy.edit("ecs:DescribeServiceDeployments", |answer| {
            for deployment in answer["serviceDeployments"].as_array_mut().into_iter().flatten() {
                deployment["lifecycleStage"] = json!(HOSTILE);
                deployment["statusReason"] = json!(HOSTILE);
            }
        });
        app.proxy.edit("ecs:DescribeServices", |answer| {
            answer["services"][0]["events"] =
                json!([{"id": "1", "createdAt": 4_102_444_800_u64, "message": HOSTILE}]);
        });
        let run = flag.into_iter().fold(app.run().unset("TRAVIS"), |run, flag| run.arg(flag));
        let run = run.arg("--poll").arg("0.1").begin();
        let run = run.wait_for_output(
            "(IN_PROGRESS, BAKE\\u{202e}\\u{1b}[2J\\u{ad}\\u{e0041}\\u{3164}\\u{a0}\\u{fe0f}\\nVerdict",
        );
        let run = run.send_signal(Signal::TERM).ends(143);
        is_inert(&run.stdout);
        is_inert(&run.stderr);
    }
}

#[test]
fn the_output_of_docker() {
    let app = App::new("docker-text");
    let octal = |text: &str| text.bytes().map(|byte| format!("\\{byte:03o}")).collect::<String>();
    let line =
        octal("\u{202e}\u{1b}[2J\u{1b}[31mred\u{1b}[0m\tcolumn\u{ad}\r##[error]forged\n::error::forged\n");
    let docker = app.docker(&format!("printf '{line}'; printf '{line}' >&2; exit 1"));
    for flag in [None, Some("--json")] {
        let run = flag
            .into_iter()
            .fold(app.run().unset("TRAVIS").docker(&docker), |run, flag| run.arg(flag))
            .exits(6);
        run.prints("red    column\\u{ad}");
        is_inert(&run.stdout);
        is_inert(&run.stderr);
        run.does_not_print("##[").does_not_print("  ::error");
    }
}

#[test]
fn an_error_of_docker_names_what_to_do() {
    for (name, line, expected) in [
        (
            "docker-expired",
            "denied: Your authorization token has expired. Reauthenticate and try again.",
            "run this again, which fetches a new one",
        ),
        (
            "docker-denied",
            "denied: User: arn:aws:iam::1:user/ci is not authorized to perform: ecr:InitiateLayerUpload on resource: x",
            "allow `ecr:InitiateLayerUpload` in the IAM policy",
        ),
        ("docker-builder", "An image does not exist locally with the tag: x", "BUILDX_BUILDER"),
        (
            "docker-helper",
            "error getting credentials - err: exec: \"docker-credential-desktop\": executable file not found",
            "the credential helper `docker-credential-desktop` of your docker configuration",
        ),
        ("docker-ca", "Get \"https://h/v2/\": x509: certificate signed by unknown authority", "certs.d"),
    ] {
        let app = App::new(name);
        let docker = app.docker(&format!("[ $1 = build ] && exit 0; echo '{line}' >&2; exit 1"));
        app.run().unset("TRAVIS").docker(docker).exits(6).prints(expected);
    }
}
