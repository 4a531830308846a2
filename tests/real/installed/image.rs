//! The container images, loaded and run by a docker engine.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::stage::Stage;
use super::{TARGET, VERSION, binaries, ends, folder, package, succeeds};
use crate::backend::bench;
use crate::bench::emulator::cache;
use crate::project::text;

/// A static program in the place of a binary for musl: prints its user, its argument and what the image provides.
const PROGRAM: &str = r#"
#include <stdio.h>
#include <unistd.h>
int main(int count, char **arguments) {
    FILE *file = fopen("/tmp/file", "w");
    printf("user %d, %s, certificates %d, temporary file %d, shell %d\n", getuid(), count > 1 ? arguments[1] : "none",
        access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0, file != NULL, access("/bin/sh", R_OK) == 0);
    return 3;
}
"#;

/// A command of docker's client with the engine of the bench.
fn docker(arguments: &[&str]) -> Command {
    let mut docker = Command::new("docker");
    docker.args(arguments).env("DOCKER_HOST", bench().engine.host()).env("DOCKER_CONFIG", "/nonexistent");
    docker.stdin(Stdio::null());
    docker
}

fn architecture() -> &'static str {
    if TARGET.starts_with("aarch64") { "arm64" } else { "amd64" }
}

fn load(out: &Path, tag: &str) -> String {
    let file = out.join(format!("ecs-host-image-{tag}-{}.tar.gz", architecture()));
    let loaded = succeeds(docker(&["load", "--input"]).arg(&file));
    assert!(loaded.contains(&format!("Loaded image: ecs-host:{tag}")), "{loaded}");
    format!("ecs-host:{tag}")
}

#[test]
fn the_image_from_scratch_contains_the_program_certificates_and_a_user() {
    let (binaries, out) = (folder("static"), folder("images"));
    let program = binaries.path().join(TARGET.replace("gnu", "musl")).join("ecs-host");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let source = binaries.path().join("program.c");
    fs::write(&source, PROGRAM).unwrap();
    succeeds(Command::new("cc").arg("-static").arg("-o").arg(&program).arg(&source));
    package("image/build", binaries.path(), out.path());
    let image = load(out.path(), VERSION);
    let run = ends(docker(&["run", "--rm", "--network=none", &image]).arg("status"));
    let printed = text(&run);
    assert_eq!(run.status.code(), Some(3), "{printed}");
    assert_eq!(printed, "user 65532, status, certificates 1, temporary file 1, shell 0\n");
    // Another build is the same.
    let again = folder("images-again");
    package("image/build", binaries.path(), again.path());
    for file in fs::read_dir(out.path()).unwrap().map(|entry| entry.unwrap()) {
        assert!(
            fs::read(file.path()).unwrap() == fs::read(again.path().join(file.file_name())).unwrap(),
            "{file:?}"
        );
    }
}

#[test]
fn the_image_for_ci_is_the_image_of_a_job_that_deploys_with_the_engine_of_its_socket() {
    let out = folder("image-ci");
    package("image/build", binaries(), out.path());
    let image = load(out.path(), &format!("{VERSION}-ci"));
    let stage = Stage::new("image");
    // A job of GitLab: a script for the shell that the image has, as the image's user, in a folder that anybody can write.
    let script =
        "set -e; id -u; git --version; docker buildx version; cd /builds/project; ecs-host run --poll 0.05";
    let socket = bench().engine.host().replace("unix://", "");
    let mut arguments: Vec<String> =
        ["run", "--rm", "--network=host", "--group-add"].map(str::to_owned).into();
    let group = {
        use std::os::unix::fs::MetadataExt as _;
        fs::metadata(&socket).unwrap().gid()
    };
    arguments.push(group.to_string());
    for (from, to) in
        [(socket, "/var/run/docker.sock"), (stage.path("project").display().to_string(), "/builds/project")]
    {
        arguments.push(format!("--volume={from}:{to}"));
    }
    for (name, value) in stage.variables() {
        let is_of_the_machine = ["HOME", "TMPDIR", "PWD", "OLDPWD", "SHELL", "XDG_CACHE_HOME", "DOCKER_HOST"];
        if !is_of_the_machine.contains(&name.as_str()) {
            arguments.push(format!("--env={name}={value}"));
        }
    }
    let mut run = docker(&[]);
    run.args(&arguments).args([&image, "sh", "-c", script]);
    let output = ends(&mut run);
    let log = text(&output);
    assert_eq!(output.status.code(), Some(0), "{log}");
    for part in ["65532\n", "git version 2", "github.com/docker/buildx", "simple-todo deployed"] {
        assert!(log.contains(part), "no {part}: {log}");
    }
    stage.is_deployed(&log);
    // What the image consists of is in it.
    let packages = fs::read_to_string(cache().join(format!("image-{}/complete", architecture()))).unwrap();
    let list =
        ends(docker(&["run", "--rm", "--network=none", &image]).args(["cat", "/usr/share/doc/packages"]));
    assert_eq!(text(&list), packages);
}
