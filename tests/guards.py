"""Measures how long a guard takes for a plan of thirty targets, each in a fresh sandbox.

The plan is that of the example guards, with thirty services instead of one. Run it with `make bench`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from benchmark import ROOT, TARGET

HOST = TARGET / "dist" / "ecs-host"
EXAMPLES = ROOT / "guest" / "examples" / "guards"
GUARDS = TARGET / "policies" / "wasm32-wasip2" / "policy"
TARGETS, CASES = 30, 200

# What is wanted for one plan, in milliseconds.
WANTED = 10

SETTINGS = {
    "office-hours": {"ZONE": "Europe/Amsterdam", "PRODUCTION_CLUSTERS": "production"},
    "production-tags": {"PRODUCTION_CLUSTERS": "production", "TAGS": "release-*"},
    "image-origins": {"REGISTRIES": "registry.example.com"},
    "hardening": {},
    "saved-plans": {"PRODUCTION_CLUSTERS": "production", "MAX_HOURS": "24"},
}


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        plan = json.loads((EXAMPLES / "hardening/cases/plans/careless.json").read_text())
        [target] = plan["targets"]
        plan["targets"] = [named(target, number) for number in range(TARGETS)]
        (work / "plan.json").write_text(json.dumps(plan))
        rows = [(guard, *measure(work, guard, settings)) for guard, settings in SETTINGS.items()]
    print(f"\na plan of {TARGETS} targets, {CASES} times in one process\n")
    print(f"{'guard':<18}{'median':>10}{'slowest':>10}{'of the limit':>15}")
    for guard, median, slowest in rows:
        print(f"{guard:<18}{median:>7.2f} ms{slowest:>7.2f} ms{median / WANTED:>14.0%}")
    total = sum(median for _, median, _ in rows)
    print(f"{'together':<18}{total:>7.2f} ms{'':>10}{total / WANTED:>14.0%}")
    if total > WANTED:
        sys.exit(f"wanted: all of them within {WANTED} ms")


def named(target, number):
    """The same target as another service."""
    service = f"web-{number}"
    destination = {"service": {"cluster": "production", "service": service}}
    return {**target, "name": f"production/{service}", "destination": destination}


def measure(work, guard, settings):
    """The median and the longest time of a review, in milliseconds."""
    lines = ['plan = "plan.json"', "[settings]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    for number in range(CASES):
        lines += ["[[case]]", f'name = "{number}"', "expect.log = []"]
    (work / "cases.toml").write_text("\n".join(lines) + "\n")
    component = GUARDS / f"ecs_host_{guard.replace('-', '_')}_guard.wasm"
    # One thread: two reviews at the same time would share the machine.
    command = ["taskset", "-c", "0", HOST, "test", component, "cases.toml", "--format=junit"]
    env = {"HOME": str(work), "PATH": os.environ["PATH"]}
    output = subprocess.run(command, cwd=work, env=env, check=True, capture_output=True, text=True).stdout
    times = [float(case.get("time")) * 1000 for case in ElementTree.fromstring(output).iter("testcase")]
    return statistics.median(times), max(times)


if __name__ == "__main__":
    main()
