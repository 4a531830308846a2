"""Denies privileged containers.

componentize-py generates the modules `wit_world` and `componentize_py_types` from the contract in `wit/`.
"""

from wit_world import exports
from wit_world.exports.guard import Finding, GuardManifest, Plan, PlannedTarget, Severity


class Guard(exports.Guard):
    """`review` raises `Err` of `componentize_py_types` if it cannot decide, which denies the plan."""

    def describe(self) -> GuardManifest:
        return GuardManifest(
            name="my-policy",
            version="0.1.0",
            description="Denies privileged containers.",
            settings=[],
            reviews_rollbacks=False,
        )

    def review(self, plan: Plan) -> list[Finding]:
        changed = [target for target in plan.targets if not target.is_unchanged]
        return [finding for target in changed for finding in privileged_containers(target)]


def privileged_containers(target: PlannedTarget) -> list[Finding]:
    return [
        Finding(
            severity=Severity.DENY,
            rule="no-privileged-container",
            message=f"Container `{container.name}` is privileged. Remove `privileged` from its task definition.",
            target=target.name,
        )
        for container in target.containers
        if container.privileged
    ]
