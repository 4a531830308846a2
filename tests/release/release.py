"""What `make release` built: where it is, what it consists of, and a deployment that its programs can plan."""

import contextlib
import http.server
import json
import os
import platform
import re
import shutil
import stat
import subprocess
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(
    os.environ.get("ECS_HOST_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ecs-host"
)
BUILT = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
DIST = Path(os.environ.get("RELEASE_FOLDER") or ROOT / "dist")
TARGETS = sorted(folder.name for folder in (DIST / "bin").iterdir())
VERSION = re.sub(r".*[#@]", "", subprocess.check_output(
    ["cargo", "pkgid", "--locked", "--package", "ecs-host"], cwd=ROOT, text=True
).strip())
TLS = ROOT / "tests/support/tls"
# A user's PATH may lack the folder.
CHROOT = shutil.which("chroot", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SCENARIO = {
    "time": {"speed": 10},
    "region": "eu-west-1",
    "resources": {
        "services": [{
            "cluster": "main", "name": "web", "desired_count": 2,
            "task_definition": {
                "family": "web",
                "containerDefinitions": [
                    {"name": "app", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1"}
                ],
            },
        }],
        "repositories": [{"name": "web"}],
    },
}


def program(target):
    return DIST / "bin" / target / "ecs-host"


def archive(target):
    return DIST / f"ecs-host-{VERSION}-{target}.tar.gz"


def emulator(target):
    """The command line before a program of another processor. Few processes at once: QEMU takes a lot of memory."""
    processor = target.split("-")[0]
    if processor == platform.machine():
        return []
    libraries = ["-L", str(CACHE / "systems/trixie-arm64")] if target.endswith("-gnu") else []
    return [f"qemu-{processor}-static", *libraries]


def add_null_device(root):
    """What every system has, and what git does not start without."""
    (Path(root) / "dev").mkdir(exist_ok=True)
    os.mknod(Path(root) / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))


def variables(endpoint, home):
    """A push to `master` on Travis CI, and nothing else of this process."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "TRAVIS": "true",
        "TRAVIS_BRANCH": "master",
        "TRAVIS_COMMIT": COMMIT,
        "TRAVIS_EVENT_TYPE": "push",
        "TRAVIS_PULL_REQUEST": "false",
        "TRAVIS_REPO_SLUG": "example/web",
        "TRAVIS_BUILD_NUMBER": "57",
        "TRAVIS_JOB_NUMBER": "57.1",
        "DEPLOY_BRANCHES": "master",
        "IMAGE_NAME": "web",
        "REMOTE_IMAGE_URL": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web",
        "ECS_CLUSTER_MASTER": "main",
        "ECS_SERVICE_MASTER": "web",
    }


def run(command, environment=None, timeout=120, **options):
    """Runs a command to its end. Returns its exit code and everything that it printed."""
    result = subprocess.run(
        [str(part) for part in command], env=environment, timeout=timeout, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options,
    )
    return result.returncode, result.stdout


@contextlib.contextmanager
def simulator():
    """Serves the scenario, and returns the URL."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Path(folder) / "scenario.json"
        scenario.write_text(json.dumps(SCENARIO))
        process = subprocess.Popen(
            [BUILT / "debug/ecs-simulator", scenario],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.stdin.close()  # the simulator ends with its input
            process.wait(timeout=30)
            process.stdout.close()


@contextlib.contextmanager
def downloads():
    """Serves the files of the release, and returns the URL that install.sh reads as the releases."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=DIST)

        def translate_path(self, path):
            return super().translate_path(path.removeprefix(f"/v{VERSION}"))

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
