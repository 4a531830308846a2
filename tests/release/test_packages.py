"""The packages and images of a release, installed by npm and docker."""

import contextlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import unittest
from pathlib import Path

import release

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
ARCHITECTURE = ARCHITECTURES[os.uname().machine]


class Npm(unittest.TestCase):
    def test_npm_installs_the_program_of_this_machine(self):
        packages = sorted((release.DIST / "npm").glob("*.tgz"))
        self.assertTrue(packages)
        with tempfile.TemporaryDirectory() as project:
            manifest = {"private": True, "scripts": {"travis-ecs-deploy": "travis-ecs-deploy"}}
            (Path(project) / "package.json").write_text(json.dumps(manifest))
            environment = {
                "PATH": f"{release.CACHE}/node/bin:{os.environ['PATH']}",
                "HOME": project,
                "npm_config_update_notifier": "false",
                # Nothing is asked of a registry.
                "npm_config_offline": "true",
            }
            processor = {"amd64": "x64", "arm64": "arm64"}[ARCHITECTURE]
            own = [it for it in packages if f"-linux-{processor}-" in it.name or "-linux-" not in it.name]
            code, output = release.run(
                ["npm", "install", "--no-audit", "--no-fund", *own], environment, cwd=project
            )
            self.assertEqual(code, 0, output)
            code, output = release.run([f"{project}/node_modules/.bin/ecs-host", "--version"], environment)
            self.assertEqual((code, output.strip()), (0, f"ecs-host {release.VERSION}"))
            with release.simulator() as endpoint:
                variables = release.variables(endpoint, project) | environment | {"DRYRUN": "1"}
                (Path(project) / "Dockerfile").write_text("FROM scratch\n")
                code, output = release.run(["npm", "run", "travis-ecs-deploy"], variables, cwd=project)
            self.assertEqual(code, 0, output)
            self.assertIn("main/web", output)


@contextlib.contextmanager
def engine():
    """A docker engine of the test's own, without a network, and the environment of its client."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": path, "DOCKER_HOST": f"unix://{folder}/docker.sock", "DOCKER_CONFIG": folder, "HOME": folder}
        Path(f"{folder}/daemon.json").write_text("{}")
        with open(f"{folder}/log", "w") as log:
            # What it mounts is mounted for nobody else.
            process = subprocess.Popen(
                ["unshare", "--mount", shutil.which("dockerd", path=path), f"--host={environment['DOCKER_HOST']}",
                 f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid",
                 f"--config-file={folder}/daemon.json", "--bridge=none", "--iptables=false", "--ip-forward=false"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        try:
            end = time.monotonic() + 60
            while release.run(["docker", "version"], environment)[0] != 0:
                assert process.poll() is None and time.monotonic() < end, Path(f"{folder}/log").read_text()
                time.sleep(0.2)
            yield environment
        finally:
            process.terminate()  # it stops containerd, its child
            process.wait(timeout=60)


# What an image starts, with arguments that start nothing else.
PROGRAMS = {"/usr/local/bin/ecs-host": "--version"}
PROGRAMS_FOR_CI = PROGRAMS | {
    "/usr/bin/busybox": "true",
    "/usr/bin/docker": "--version",
    "/usr/bin/git": "--version",
    "/usr/libexec/docker/cli-plugins/docker-buildx": "version",
}


def unpacked(image, folder):
    """Unpacks an image, as an engine does before it starts a program there."""
    with tempfile.TemporaryDirectory() as parts:
        with tarfile.open(image) as archive:
            archive.extractall(parts, filter="data")
        manifest = json.loads((Path(parts) / "manifest.json").read_text())[0]
        for layer in manifest["Layers"]:
            with tarfile.open(Path(parts) / layer) as files:
                files.extractall(folder, filter="tar")


class Images(unittest.TestCase):
    def test_the_programs_of_an_image_for_another_processor_start_in_an_emulator(self):
        for image in sorted(release.DIST.glob("ecs-host-image-*.tar.gz")):
            architecture = image.name.removesuffix(".tar.gz").split("-")[-1]
            if architecture == ARCHITECTURE:
                continue
            processor = next(name for name, it in ARCHITECTURES.items() if it == architecture)
            with self.subTest(image.name), tempfile.TemporaryDirectory() as root:
                unpacked(image, root)
                release.add_null_device(root)
                shutil.copy(shutil.which(f"qemu-{processor}-static"), Path(root) / "emulator")
                programs = PROGRAMS_FOR_CI if "-ci-" in image.name else PROGRAMS
                for program, argument in programs.items():
                    code, output = release.run([release.CHROOT, root, "/emulator", program, argument], {"PATH": "/bin"})
                    self.assertEqual(code, 0, f"{program}: {output}")

    def test_docker_runs_the_programs_of_the_images(self):
        images = sorted(release.DIST.glob(f"ecs-host-image-*-{ARCHITECTURE}.tar.gz"))
        self.assertTrue(images)
        with engine() as environment, release.simulator() as endpoint, tempfile.TemporaryDirectory() as home:
            variables = release.variables(endpoint, home)
            # The image has its own.
            settings = [f"--env={name}={value}" for name, value in variables.items() if name not in ("PATH", "HOME")]
            for image in images:
                tag = image.name.removeprefix("ecs-host-image-").removesuffix(f"-{ARCHITECTURE}.tar.gz")
                with self.subTest(tag):
                    code, output = release.run(["docker", "load", "--input", image], environment)
                    self.assertEqual(code, 0, output)
                    start = ["ecs-host"] if tag.endswith("-ci") else []
                    command = ["docker", "run", "--rm", "--network=host", *settings, f"ecs-host:{tag}", *start]
                    code, output = release.run([*command, "status", "main"], environment)
                    self.assertEqual(code, 0, output)
                    self.assertIn("main/web runs web:1, 2 of 2 tasks", output)
