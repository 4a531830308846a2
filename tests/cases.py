"""Measures how long `ecs-host test` takes for ten thousand cases, each in a fresh sandbox.

Run it with `make bench`.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmark import TARGET

HOST = TARGET / "dist" / "ecs-host"
CASES, ROUNDS = 10_000, 11

# What is wanted for all of them, in seconds.
WANTED = 3

CASE = """
[[case]]
name = "branch {number} deploys"
build.branch = "feature/{number}"
settings.DEPLOY_BRANCHES = "feature/{number}"
settings.ECS_CLUSTER_FEATURE_{number} = "todo"
settings.ECS_SERVICE_FEATURE_{number} = "web"
expect.images = [{{ tags = ["feature-{number}", {{ matches = "^feature-{number}-" }}] }}]
expect.targets = [{{ destination.service = {{ cluster = "todo", service = "web" }} }}]
"""

SETTINGS = """
[settings]
IMAGE_NAME = "todo"
REMOTE_IMAGE_URL = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/todo"
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cases.toml"
        file.write_text(SETTINGS + "".join(CASE.format(number=number) for number in range(CASES)))
        environment = {"XDG_CACHE_HOME": folder}
        walls, processors, memories = [], [], []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            run = subprocess.Popen([HOST, "test", "built-in", file], env=environment, stdout=subprocess.PIPE)
            output = run.stdout.read().decode()
            _, status, usage = os.wait4(run.pid, 0)
            walls.append(time.perf_counter() - begun)
            processors.append(usage.ru_utime + usage.ru_stime)
            memories.append(usage.ru_maxrss / 1024)
            if os.waitstatus_to_exitcode(status) != 0 or f"{CASES} passed" not in output:
                sys.exit(f"the cases do not pass:\n{output[-2000:]}")
    median = statistics.median(walls)
    print(
        f"\n{CASES} cases: {median:.2f} s, the median of {ROUNDS} (wanted: under {WANTED}), {median / WANTED:.2f} of that;"
        f" {statistics.median(processors):.2f} s of processor, {max(memories):.0f} MiB"
    )
    if median >= WANTED:
        sys.exit("too slow")


if __name__ == "__main__":
    main()
