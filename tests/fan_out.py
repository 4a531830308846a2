"""Measures what a deployment costs in calls, and how long many services take.

Both run against the simulator of ECS, in real time and at the rates that the
ECS API documents. A plain deployment makes few calls. One build for a hundred
services, each with a task definition of its own, takes no longer than the rate
of RegisterTaskDefinition allows, and no call is one too many. The verdict on few
services comes soon after the end of their rollouts.

Run it with `make bench`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from benchmark import TARGET

HOST = TARGET / "dist" / "ecs-host"
SIMULATOR = TARGET / "release" / "ecs-simulator"
REGION = "eu-central-1"
REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/simple-todo"
SERVICES = int(os.environ.get("SERVICES", "100"))

# RegisterTaskDefinition's burst, and its rate after that ("Request throttling for
# the Amazon ECS API" in the API reference).
BURST, RATE = 20, 1

# What is wanted.
CALLS, SHARE, MEMORY = 4, 1.2, 60

# After a burst, the watch makes five calls of each group a second at most, a quarter of the rate that ECS accepts for
# long. ECS counts the calls of a group together; the number is a quarter of the burst that it accepts.
WINDOW, A_SECOND = 5.0, 5

# How long after the end of a rollout its verdict comes, in seconds: the median of all services, of these numbers of
# services and this many runs of each.
DELAY, FEW, RUNS = 1.5, (1, 10), 5
WATCHING = [
    ({"ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments"}, 12),
    ({"ecs:DescribeServiceRevisions"}, 12),
    ({"ecs:DescribeServices"}, 25),
    ({"ecs:ListTasks", "ecs:DescribeTasks"}, 25),
]

COMMIT = f"{1:040x}"


class Simulator:
    """ECS and ECR with these services, for as long as the block lasts."""

    def __init__(self, work, services):
        image = f"{REPOSITORY}@sha256:{0:064x}"
        containers = [{"name": "web", "image": image, "memory": 64, "essential": True}]
        resources = {
            "services": [
                {"cluster": "main", "name": name, "desired_count": 2,
                 "task_definition": {"family": name, "containerDefinitions": containers}}
                for name in services
            ],
            "repositories": [
                {"name": "simple-todo", "images": [{"tags": ["master", f"master-{COMMIT}"], "digest": f"sha256:{1:064x}"}]}
            ],
        }
        # Rollouts of some seconds: what takes long is what the rates make take long.
        delays = {
            "placement": [0.5, 1],
            "pull": [1, 2],
            "container_start": 0.5,
            "assume_healthy": 5,
            "drain": 1,
            "container_stop": 1,
            "deprovision": 0.5,
        }
        scenario = {
            "time": {"speed": 1}, "region": REGION, "throttle": "documented", "resources": resources, "delays": delays,
            "consistency": {"list_lag": 1},
        }
        self.file = work / "scenario.json"
        self.file.write_text(json.dumps(scenario))

    def __enter__(self):
        self.process = subprocess.Popen([SIMULATOR, self.file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().removeprefix("Running on ").strip()
        if not self.url:
            sys.exit("the simulator did not start")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def ask(self, what, **query):
        with urllib.request.urlopen(f"{self.url}/simulator/{what}?{urllib.parse.urlencode(query)}") as answer:
            return json.load(answer)


def run(simulator, work, services, *flags):
    """Wall seconds, and the peak memory in MiB."""
    env = {
        "HOME": str(work),
        "AWS_ENDPOINT_URL": simulator.url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_EC2_METADATA_DISABLED": "true",
        "IMAGE_NAME": "simple-todo",
        "DEPLOY_BRANCHES": "master",
        "REMOTE_IMAGE_URL": REPOSITORY,
        "ECS_CLUSTER_MASTER": "main",
        "ECS_SERVICE_MASTER": " ".join(services),
        "TRAVIS_BRANCH": "master",
        "TRAVIS_COMMIT": COMMIT,
        "TRAVIS_JOB_NUMBER": "1.1",
    }
    started = time.perf_counter()
    with open(work / "output", "w+") as output:
        process = subprocess.Popen([HOST, "run", *flags], env=env, cwd=work, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        if os.waitstatus_to_exitcode(status) != 0:
            output.seek(0)
            sys.exit(f"ecs-host failed:\n{output.read()}")
    return wall, usage.ru_maxrss / 1024


def plain(work):
    with Simulator(work, ["web"]) as simulator:
        run(simulator, work, ["web"], "--no-wait")
        calls = [call["action"] for call in simulator.ask("calls") if call["action"].startswith("ecs:")]
    print(f"\na plain deployment makes {len(calls)} calls to ECS (wanted: {CALLS} at most)")
    return [] if len(calls) <= CALLS else [f"a plain deployment makes {len(calls)} calls: {', '.join(calls)}"]


def fan_out(work):
    services = [f"web-{number}" for number in range(SERVICES)]
    with Simulator(work, services) as simulator:
        wall, memory = run(simulator, work, services)
        calls = simulator.ask("calls")
        throttled = simulator.ask("now")["throttled_calls"]
        deployments = [simulator.ask("snapshot", cluster="main", service=name)["deployments"][-1] for name in services]
    if any(own["status"] != "SUCCESSFUL" for own in deployments):
        sys.exit("ecs-host calls all deployed, and ECS does not")
    rollouts = [own["finished_at"] - own["created_at"] for own in deployments]
    least = max(0, SERVICES - BURST) / RATE + max(rollouts)
    update = min(call["at"] for call in calls if call["action"] == "ecs:UpdateService")
    shares = []
    for actions, burst in WATCHING:
        times = sorted(call["at"] for call in calls if call["action"] in actions and call["at"] > update)
        busiest = max((sum(begin <= time < begin + WINDOW for time in times) for begin in times), default=0)
        shares.append(busiest / (burst + WINDOW * A_SECOND))
    print(
        f"{SERVICES} services with a definition each take {wall:.1f} s; the rates allow {least:.1f} s, of which a rollout"
        f" takes {statistics.median(rollouts):.1f} s (wanted: under {SHARE} times as long, is {wall / least:.2f})\n"
        f"{throttled} of {len(calls)} calls were throttled (wanted: none)\n"
        f"in {WINDOW:.0f} s the watch makes at most {max(shares):.2f} times the calls that are a quarter of the"
        f" documented rates (wanted: at most 1.2)\n"
        f"its memory peaks at {memory:.1f} MiB (wanted: under {MEMORY})"
    )
    missed = [
        (wall >= SHARE * least, f"{SERVICES} services take {wall:.1f} s, {wall / least:.2f} times what the rates allow"),
        (throttled > 0, f"{throttled} calls were throttled"),
        (max(shares) > 1.2, f"the watch makes {max(shares):.2f} times the calls that are a quarter of the rates"),
        (memory >= MEMORY, f"{memory:.1f} MiB of memory for {SERVICES} services"),
    ]
    return [line for is_missed, line in missed if is_missed]


def verdict_delay(work):
    missed = []
    for number in FEW:
        services = [f"web-{index}" for index in range(number)]
        delays = []
        for _ in range(RUNS):
            with Simulator(work, services) as simulator:
                # The simulator's clock, by the clock of this process.
                zero = time.perf_counter() - simulator.ask("now")["now"]
                started = time.perf_counter()
                run(simulator, work, services, "--json")
                events = [json.loads(line) for line in (work / "output").read_text().splitlines() if line.startswith("{")]
                for event in events:
                    if event["event"] == "verdict-reached":
                        name = event["target"].removeprefix("main/")
                        deployed = simulator.ask("snapshot", cluster="main", service=name)["deployments"][-1]
                        delays.append(started + event["elapsed"] - zero - deployed["finished_at"])
        median = statistics.median(delays)
        print(
            f"the verdict on {number} service(s) comes {median:.2f} s after the end of the rollout (median of"
            f" {len(delays)}, the latest {max(delays):.2f} s; wanted: {DELAY} s, is {median / DELAY:.2f} times that)"
        )
        if median > DELAY:
            missed.append(f"the verdict on {number} service(s) comes {median:.2f} s after the end of the rollout")
    return missed


def main():
    for program in (HOST, SIMULATOR):
        if not program.exists():
            sys.exit(f"{program} is missing: `make bench` builds it")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        missed = plain(work) + verdict_delay(work) + fan_out(work)
    if missed:
        sys.exit("\n".join(f"MISSED {line}" for line in missed))


if __name__ == "__main__":
    main()
