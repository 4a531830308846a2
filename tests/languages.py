"""Measures what a policy's language costs: the first start on a machine, which
compiles it, and every later one, which finds that in the cache.

Each start is a whole process, `ecs-host plan` of a build that is skipped. Deciding is what of
it the policy itself takes, in an instance of its own; the rest is loading.

Run it with `make bench`.
"""

import json
import os
import shutil
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
WANTED = {
    "default": (0.06, 0.05), "rules": (0.5, 0.07), "Rust": (0.15, 0.05), "C": (0.15, 0.05),
    "JavaScript": (2, 0.1), "Python": (4, 0.4),
}


def policies():
    """What names the policy of each language, and its component; none for those that the host has inside."""
    crate = "ecs-host-release-example"
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--profile", "policy", "--target", "wasm32-wasip2", "--target-dir", TARGET, "-p", crate],
        cwd=ROOT, check=True,
    )
    yield "default", "built-in", None
    yield "rules", "rules", None
    rust = TARGET / "wasm32-wasip2" / "policy" / f"{crate.replace('-', '_')}.wasm"
    yield "Rust", rust, rust
    for language, example in [("C", "canary"), ("JavaScript", "monorepo"), ("Python", "promotion")]:
        built = subprocess.run(
            [ROOT / "tests/setup/policy", ROOT / "guest/examples" / example], stdout=subprocess.PIPE, text=True, check=True
        )
        component = Path(built.stdout.strip())
        yield language, component, component


def build(folder):
    """The arguments of a build that all of them skip, in a new repository with the rules of a new project."""
    shutil.copy(ROOT / "guest/templates/rules/deploy-rules.toml", folder)

    def git(*arguments):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        run = subprocess.run(["git", *identity, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
        return run.stdout.strip()

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "rules")
    return ["--branch", "develop", "--commit", git("rev-parse", "HEAD"), "--region", "eu-central-1", "--json"]


def start(policy, build, grants, cache, folder):
    """Seconds on the clock and of processor, MiB at the peak, and the fuel that the policy used."""
    command = [HOST, "plan", policy, *build, *grants]
    env = {"XDG_CACHE_HOME": str(cache), "HOME": str(cache), "DEPLOY_BRANCHES": "master", "PATH": os.environ["PATH"]}
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
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
        command = [HOST, "test", policy, cases, "--format", "junit"]
        run = subprocess.run(command, env={"XDG_CACHE_HOME": folder}, stdout=subprocess.PIPE, check=True)
    return statistics.median(float(case.get("time")) for case in xml.fromstring(run.stdout).iter("testcase"))


def column(starts, wanted):
    """What starts took, beside what is wanted."""
    wall, processor = (statistics.median(start[part] for start in starts) for part in (0, 1))
    memory = max(start[2] for start in starts)
    told = f"{wall * 1000:6.0f} (under {wanted * 1000:4.0f}) {processor * 1000:6.0f} ms {memory:6.1f} MiB"
    return wall, told


def measure(language, policy, component, build, folder):
    """Prints a line, and returns what was missed."""
    names = {"JavaScript": ["ecs:read", "source:read"], "Python": ["ecr:read"]}.get(language, [])
    grants = [f"--allow={name}" for name in names]
    first, later = [], []
    for _ in range(COLD):
        with tempfile.TemporaryDirectory() as cache:
            first.append(start(policy, build, grants, cache, folder))
            later += [start(policy, build, grants, cache, folder) for _ in range(WARM // COLD)]
    size = f"{component.stat().st_size / 1000:.0f} kB" if component else "inside"
    (cold, of_first), (warm, of_later) = map(column, (first, later), WANTED[language])
    # The cases of `rules` need a file of rules each.
    decision = f"{decide(policy) * 1000:7.2f} ms" if policy != "rules" else ""
    print(f"{language:10} {size:>9}  {of_first:>39}  {of_later:>39}  {decision:>10}  {later[0][3]:>8}")
    starts = zip(("first", "later"), (cold, warm), WANTED[language])
    return [
        f"{language}: a {what} start takes {took * 1000:.0f} ms (wanted: under {wanted * 1000:.0f})"
        for what, took, wanted in starts
        if took >= wanted
    ]


def main():
    if not HOST.exists():
        sys.exit(f"{HOST} is missing: `make bench` builds it")
    missed = []
    print("\nEach start: its time and what is wanted, the processor's time, the memory at the peak; medians")
    print(f"\n{'':10} {'component':>9}  {'first start':^39}  {'later start':^39}  {'decide':>10}  {'fuel':>8}")
    with tempfile.TemporaryDirectory() as folder:
        skipped = build(folder)
        for language, policy, component in policies():
            missed += measure(language, policy, component, skipped, folder)
    if missed:
        sys.exit("\n".join(f"MISSED {line}" for line in missed))


if __name__ == "__main__":
    main()
