"""Measures what a policy's language costs: the first start on a machine, which
compiles it, and every later one, which finds that in the cache.

Each start is a whole process, `ecs-host plan` of a build that is skipped. Deciding is what of
it the policy itself takes, in an instance of its own; the rest is loading.

Run it with `make bench`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml
from pathlib import Path

from benchmark import TARGET

HOST = TARGET / "dist" / "ecs-host"
ROOT = Path(__file__).parent.parent
COLD, WARM, DECISIONS = 5, 15, 40

# What is wanted, in seconds: a first start, a later one.
WANTED = {"default": (0.05, 0.05), "Rust": (0.15, 0.05), "C": (0.15, 0.05), "JavaScript": (4, 0.2), "Python": (4, 0.2)}

# All of them skip this build.
BUILD = ["--branch", "develop", "--commit", f"{1:040x}", "--region", "eu-central-1", "--json"]


def policies():
    """The component of each language; none for the default policy, which the host has inside."""
    crate = "ecs-host-release-example"
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--profile", "policy", "--target", "wasm32-wasip2", "--target-dir", TARGET, "-p", crate],
        cwd=ROOT, check=True,
    )
    yield "default", None
    yield "Rust", TARGET / "wasm32-wasip2" / "policy" / f"{crate.replace('-', '_')}.wasm"
    for language, example in [("C", "canary"), ("JavaScript", "monorepo"), ("Python", "promotion")]:
        built = subprocess.run(
            [ROOT / "tests/setup/policy", ROOT / "guest/examples" / example], stdout=subprocess.PIPE, text=True, check=True
        )
        yield language, Path(built.stdout.strip())


def start(policy, grants, cache):
    """Seconds on the clock and of processor, MiB at the peak, and the fuel that the policy used."""
    command = [HOST, "plan", *([policy] if policy else []), *BUILD, *grants]
    env = {"XDG_CACHE_HOME": str(cache), "HOME": str(cache), "DEPLOY_BRANCHES": "master"}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, said = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{policy} is not asked:\n{said.decode(errors='replace')}")
    fuel = next(event["fuel"] for event in map(json.loads, output.splitlines()) if event["event"] == "policy-loaded")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, fuel


CASE = """[[case]]
name = "{number}"
build.branch = "develop"
settings.DEPLOY_BRANCHES = "master"
expect.skip = {{ matches = "." }}
"""


def decide(policy):
    """Seconds of a decision, as `ecs-host test` tells them of each case: the median of many."""
    with tempfile.TemporaryDirectory() as folder:
        cases = Path(folder) / "cases.toml"
        cases.write_text("".join(CASE.format(number=number) for number in range(DECISIONS)))
        command = [HOST, "test", policy or "built-in", cases, "--format", "junit"]
        run = subprocess.run(command, env={"XDG_CACHE_HOME": folder}, stdout=subprocess.PIPE, check=True)
    return statistics.median(float(case.get("time")) for case in xml.fromstring(run.stdout).iter("testcase"))


def column(starts, wanted):
    """What starts took, beside what is wanted."""
    wall, processor = (statistics.median(start[part] for start in starts) for part in (0, 1))
    memory = max(start[2] for start in starts)
    told = f"{wall * 1000:6.0f} (under {wanted * 1000:4.0f}) {processor * 1000:6.0f} ms {memory:6.1f} MiB"
    return wall, told


def main():
    if not HOST.exists():
        sys.exit(f"{HOST} is missing: `make bench` builds it")
    missed = []
    print("\nEach start: its time and what is wanted, the processor's time, the memory at the peak; medians")
    print(f"\n{'':10} {'component':>9}  {'first start':^39}  {'later start':^39}  {'decide':>10}  {'fuel':>8}")
    for language, policy in policies():
        names = {"JavaScript": ["ecs:read", "source:read"], "Python": ["ecr:read"]}.get(language, [])
        grants = [f"--allow={name}" for name in names]
        first, later = [], []
        for _ in range(COLD):
            with tempfile.TemporaryDirectory() as cache:
                first.append(start(policy, grants, cache))
                later += [start(policy, grants, cache) for _ in range(WARM // COLD)]
        size = f"{policy.stat().st_size / 1000:.0f} kB" if policy else "inside"
        (cold, of_first), (warm, of_later) = map(column, (first, later), WANTED[language])
        print(f"{language:10} {size:>9}  {of_first:>39}  {of_later:>39}  {decide(policy) * 1000:7.2f} ms  {later[0][3]:>8}")
        for what, is_so, wanted in [("first", cold, WANTED[language][0]), ("later", warm, WANTED[language][1])]:
            if is_so >= wanted:
                missed.append(f"{language}: a {what} start takes {is_so * 1000:.0f} ms (wanted: under {wanted * 1000:.0f})")
    if missed:
        sys.exit("\n".join(f"MISSED {line}" for line in missed))


if __name__ == "__main__":
    main()
