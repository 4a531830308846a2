//! The crates for policies, packaged as cargo publishes them.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{VERSION, folder, succeeds};
use crate::fixtures::cargo;
use crate::project::{host, text};
use crate::support::WORKSPACE;

/// The crates, and how cargo verifies them: the test compiles the SDK with a policy, and cargo the other one.
const CRATES: [(&str, &str); 2] =
    [("ecs-host-policy", "--no-verify"), ("ecs-host-policy-runtime", "--target=wasm32-wasip2")];

#[test]
fn a_policy_is_built_of_the_published_crates_without_this_repository() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("published");
    let folder = folder("published");
    for (name, verification) in CRATES {
        let mut package = cargo();
        package.args(["package", "--locked", "--offline", "--allow-dirty", verification, "--package", name]);
        let printed = succeeds(package.arg("--target-dir").arg(&target).current_dir(WORKSPACE));
        // Such as metadata that is missing.
        assert!(!printed.contains("warning"), "{printed}");
        let file = target.join(format!("package/{name}-{VERSION}.crate"));
        succeeds(Command::new("tar").arg("xzf").arg(&file).arg("-C").arg(folder.path()));
        for file in ["LICENSE", "README.md"] {
            assert!(folder.path().join(format!("{name}-{VERSION}/{file}")).is_file(), "{name} has no {file}");
        }
    }
    // The policy of the readme, as its author writes it; the crates are in folders instead of crates.io.
    let project = folder.path().join("policy");
    fs::create_dir_all(project.join("src")).unwrap();
    let readme =
        fs::read_to_string(folder.path().join(format!("ecs-host-policy-{VERSION}/README.md"))).unwrap();
    let block = |language: &str| {
        let (_, rest) = readme.split_once(&format!("```{language}\n")).expect("a block");
        rest.split_once("```").unwrap().0.to_owned()
    };
    fs::write(project.join("src/lib.rs"), block("rust")).unwrap();
    let manifest = format!(
        "[package]\nname = \"my-policy\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{}\n[workspace]\n\
         [patch.crates-io]\necs-host-policy = {{ path = \"../ecs-host-policy-{VERSION}\" }}\n",
        block("toml")
    );
    fs::write(project.join("Cargo.toml"), manifest).unwrap();
    // The versions are those of this repository, so that cargo fetches nothing.
    fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let mut build = cargo();
    build.args(["build", "--offline", "--release", "--target", "wasm32-wasip2", "--target-dir"]).arg(&target);
    succeeds(build.current_dir(&project));
    let policy = target.join("wasm32-wasip2/release/my_policy.wasm");
    let inspected = host(&project, &["inspect", policy.to_str().unwrap()]);
    assert!(text(&inspected).contains("release 1.0.0"), "{}", text(&inspected));
}
