//! The cache of policies: a pinned policy runs while its registry is down.

use super::publish;
use crate::artifact::{bare, digest_of, release, verb};
use crate::bench::Registry;

#[test]
fn a_pinned_policy_runs_from_the_cache_without_its_registry() {
    let app = bare("without-registry");
    let registry = Registry::plain(None).expect("a registry");
    let name = format!("oci://{}/policy:1", registry.address());
    publish(&app, &release(), &name);
    let manifest = registry.tags("policy")["1"].clone();
    let digest = digest_of(release());
    verb(&app, "lock").arg(&name).exits(0);
    drop(registry);

    let by_manifest = format!("{}@{manifest}", name.trim_end_matches(":1"));
    let plan = || verb(&app, "plan").branch("elsewhere");
    plan().arg(&name).exits(0).prints("release 0.1.0");
    std::fs::remove_file(app.path("project/ecs-host.lock")).unwrap();
    plan().arg(&name).arg("--policy-digest").arg(&digest).exits(0).prints("release 0.1.0");
    plan().arg(&by_manifest).exits(0).prints("release 0.1.0");
    // The tag may have moved, and no run can check that.
    let run = plan().arg(&name).exits(5);
    run.prints("the connection to the registry failed").prints("pinned by its digest").within(10);

    // A changed file in the cache is not the pinned policy.
    let file = app.path(&format!("cache/ecs-host/fetched/{}.wasm", digest.replace(':', "-")));
    std::fs::write(&file, "another policy").unwrap();
    for policy in [&name, &by_manifest] {
        let run = plan().arg(policy).arg("--policy-digest").arg(&digest).exits(5);
        run.prints("the connection to the registry failed");
    }
}

#[test]
fn an_unusable_cache_is_a_warning() {
    let app = bare("no-cache");
    let name = format!("oci://{}/no-cache:1", super::open().address());
    publish(&app, &release(), &name);
    // Publishing has used it.
    std::fs::remove_dir_all(app.path("cache")).expect("a folder");
    app.write("cache", "a file where the folder should be");
    let run = verb(&app, "plan").arg(&name).branch("elsewhere").exits(0);
    run.prints("the policy is not cached for a run without its registry").prints("release 0.1.0");
}
