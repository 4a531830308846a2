"""Measures ecs-host against two other ways to deploy to ECS, in one run.

Each deploys the same service to the same emulated AWS, without docker and
without waiting: read the service and its task definition, register a revision
that names the image, update the service. The tools take turns, so that all of
them meet the same machine. What counts are the ratios.

Run it with `make bench`.
"""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ["ECS_HOST_CACHE"])
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
HOST = TARGET / "dist" / "ecs-host"
REGION = "eu-central-1"
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/simple-todo"
ROUNDS = int(os.environ.get("ROUNDS", "11"))

# How many times faster than each of them ecs-host has to be, in less than half
# of its memory.
WANTED = {"fabfuel ecs deploy": 10, "bash + awscli": 50}

SCRIPT = r"""
set -eu
running=$(aws ecs describe-services --cluster todo-bash --services simple-todo \
  --query 'services[0].taskDefinition' --output text)
fields='family:family,containerDefinitions:containerDefinitions,volumes:volumes,networkMode:networkMode'
aws ecs describe-task-definition --task-definition "$running" --query "taskDefinition.{$fields}" \
  | sed "s#\"image\": \".*\"#\"image\": \"$IMAGE\"#" > "$WORK/definition.json"
revision=$(aws ecs register-task-definition --cli-input-json "file://$WORK/definition.json" \
  --query taskDefinition.taskDefinitionArn --output text)
aws ecs update-service --cluster todo-bash --service simple-todo --task-definition "$revision" > /dev/null
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment(work, endpoint):
    """What every tool gets: made-up credentials, and nothing of the user's."""
    return {
        "PATH": f"{CACHE / 'peers' / 'bin'}:{os.environ['PATH']}",
        "HOME": str(work),
        "WORK": str(work),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "2",
    }


def measure(command, env, cwd):
    """Wall seconds, and the peak memory of the largest process in MiB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command[0]} failed:\n{output.decode(errors='replace')}")
    return wall, usage.ru_maxrss / 1024


def call(port, target, **body):
    """A call to the emulator. No SDK here: what this process takes of memory is
    the least that the kernel counts for the tools that it starts."""
    service = "ecr" if "Registry" in target else "ecs"
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": target,
        "Authorization": f"AWS4-HMAC-SHA256 Credential=benchmark/20260101/{REGION}/{service}/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/", json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"{target}: {text.decode()}")
    return json.loads(text)


def set_up(port):
    ecs = "AmazonEC2ContainerServiceV20141113."
    call(port, "AmazonEC2ContainerRegistry_V20150921.CreateRepository", repositoryName="simple-todo")
    for name in ("host", "fabfuel", "bash"):
        call(port, ecs + "CreateCluster", clusterName=f"todo-{name}")
        web = {"name": "web", "image": f"{REPOSITORY}:master", "memory": 128, "cpu": 10, "essential": True}
        answer = call(port, ecs + "RegisterTaskDefinition", family=f"todo-{name}", containerDefinitions=[web])
        arn = answer["taskDefinition"]["taskDefinitionArn"]
        call(port, ecs + "CreateService", cluster=f"todo-{name}", serviceName="simple-todo", taskDefinition=arn, desiredCount=1)


def push(port, commit):
    """What a docker push leaves behind: an image of this commit in ECR."""
    media = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": f"sha256:{commit:064x}"}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "config": config, "layers": []})
    for tag in (f"master-{commit:040x}", "master"):
        call(
            port,
            "AmazonEC2ContainerRegistry_V20150921.PutImage",
            repositoryName="simple-todo",
            imageManifest=manifest,
            imageManifestMediaType=media,
            imageTag=tag,
        )


def main():
    for program in (HOST, CACHE / "peers/bin/ecs", CACHE / "peers/bin/aws"):
        if not program.exists():
            sys.exit(f"{program} is missing: `make bench` builds and installs it")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        moto = [str(CACHE / "emulator/bin/moto_server"), "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(
            moto, env={**os.environ, "MOTO_ECS_SERVICE_RUNNING": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for(port, server)
            set_up(port)
            compare(port, work)
        finally:
            server.terminate()
            server.wait()


def wait_for(port, server):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("the emulator did not start")


def compare(port, work):
    env = environment(work, f"http://127.0.0.1:{port}")
    travis = {
        "IMAGE_NAME": "simple-todo",
        "DEPLOY_BRANCHES": "master",
        "REMOTE_IMAGE_URL": REPOSITORY,
        "ECS_CLUSTER_MASTER": "todo-host",
        "ECS_SERVICE_MASTER": "simple-todo",
        "TRAVIS_BRANCH": "master",
        "TRAVIS_JOB_NUMBER": "1.1",
    }
    rows = {"ecs-host run": [], "fabfuel ecs deploy": [], "bash + awscli": []}
    for number in range(ROUNDS + 1):
        # A new commit each round, so that each deployment has something to do.
        commit = number + 1
        push(port, commit)
        round_of = {
            "ecs-host run": ([str(HOST), "run", "--no-wait"], {**env, **travis, "TRAVIS_COMMIT": f"{commit:040x}"}),
            "fabfuel ecs deploy": (
                # A negative timeout: it starts the deployment and does not wait.
                ["ecs", "deploy", "--region", REGION, "--timeout", "-1", "--image", "web", f"{REPOSITORY}:master-{commit:040x}",
                 "--no-deregister", "todo-fabfuel", "simple-todo"],
                env,
            ),
            "bash + awscli": (["bash", "-c", SCRIPT], {**env, "IMAGE": f"{REPOSITORY}:master-{commit:040x}"}),
        }
        for name, (command, variables) in round_of.items():
            result = measure(command, variables, work)
            # The first round warms the caches of all three.
            if number > 0:
                rows[name].append(result)
    report(rows)
    policy(env, {**travis, "TRAVIS_BRANCH": "develop", "TRAVIS_COMMIT": f"{1:040x}"}, work)


def policy(env, travis, work):
    """What the policy adds to a process that starts and ends: loading it from
    the cache and asking it about a build that it skips."""
    pairs = [
        (measure([str(HOST), "run"], {**env, **travis}, work)[0], measure([str(HOST), "--version"], env, work)[0])
        for _ in range(4 * ROUNDS)
    ]
    part = statistics.median(run - start for run, start in pairs) * 1000
    print(f"the policy's part of the process is {part:.1f} ms (wanted: under 10)")
    if part >= 10:
        sys.exit("MISSED the policy takes too long")


def report(rows):
    own = rows["ecs-host run"]
    print(f"\n{'':20} {'wall, median':>13} {'min':>9} {'max':>9} {'memory':>10} {'times ecs-host':>15}")
    failed = []
    for name, results in rows.items():
        walls = [wall for wall, _ in results]
        memory = max(memory for _, memory in results)
        ratio = statistics.median(other / mine for (other, _), (mine, _) in zip(results, own))
        shares = max(memory for _, memory in own) / memory
        print(
            f"{name:20} {statistics.median(walls) * 1000:10.1f} ms {min(walls) * 1000:6.0f} ms {max(walls) * 1000:6.0f} ms"
            f" {memory:6.1f} MiB {ratio:14.1f}x"
        )
        if name in WANTED and (ratio < WANTED[name] or shares >= 0.5):
            failed.append(f"{name}: wanted {WANTED[name]}x and under half of its memory, is {ratio:.1f}x and {shares:.0%}")
    size = HOST.stat().st_size / 1e6
    print(f"\nthe binary is {size:.1f} MB (wanted: under 25)")
    if size >= 25:
        failed.append(f"the binary has {size:.1f} MB")
    if failed:
        sys.exit("\n".join(f"MISSED {line}" for line in failed))


if __name__ == "__main__":
    main()
