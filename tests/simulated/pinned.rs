//! `--policy-digest` for a policy file.

use crate::artifact::{bare, digest_of, verb};

const NONE: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn a_pinned_digest_is_checked_before_compilation() {
    let app = bare("pinned-garbage");
    let file = app.path("garbage.wasm");
    std::fs::write(&file, b"\0asm\x0d\0\x01\0 and nothing that compiles").unwrap();
    let run = |pin: &str| {
        let run = verb(&app, "plan").arg(file.display().to_string());
        run.arg("--policy-digest").arg(pin)
    };
    run(NONE).exits(5).prints("the policy was not run").prints(&digest_of(&file));
    run(&digest_of(&file)).exits(4).prints("the component is damaged");
    run("sha256:1").exits(2).prints("invalid digest");
}
