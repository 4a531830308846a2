//! `--policy-digest`, and manifests by their digests.

use super::{open, publish};
use crate::artifact::{bare, digest_of, release, verb};

const NONE: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn a_policy_that_is_not_the_pinned_one_is_never_run() {
    let app = bare("pinned");
    let name = format!("oci://{}/pinned:1", open().address());
    publish(&app, &release(), &name);
    app.write("project/cases/one.toml", "[[case]]\nname = \"one\"\nexpect.error = { matches = \".\" }\n");
    for policy in [release(), name.clone(), "built-in".to_owned()] {
        let verify = verb(&app, "verify").arg(&policy).arg("--policy-digest").arg(NONE).exits(5);
        verify.prints("FAILED    policy:").prints(NONE);
        for verb_name in ["run", "plan", "test", "inspect"] {
            let run = verb(&app, verb_name).arg(&policy);
            let run = if verb_name == "test" { run.arg("cases") } else { run };
            let run = run.arg("--policy-digest").arg(NONE).exits(5);
            run.prints("but `policy-digest` pins").prints(NONE).does_not_print("release 0.1.0");
            run.changed_nothing();
        }
    }
}

#[test]
fn the_pinned_policy_runs_from_a_file_and_from_a_registry() {
    let app = bare("pinned-well");
    let name = format!("oci://{}/pinned-well:1", open().address());
    publish(&app, &release(), &name);
    let manifest = open().tags("pinned-well")["1"].clone();
    let by_manifest = format!("{}@{manifest}", name.trim_end_matches(":1"));
    for policy in [release(), name.clone(), by_manifest, format!("{name}@{manifest}")] {
        let run = verb(&app, "inspect").arg(policy).arg("--policy-digest").arg(digest_of(release()));
        run.exits(0).prints("Policy    release ");
    }
    let run = verb(&app, "inspect").arg(format!("{name}@{NONE}")).exits(5);
    run.prints("the registry returned HTTP status 404").prints(NONE);
}
