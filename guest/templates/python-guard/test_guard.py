"""Unit tests of the guard as plain Python, without WebAssembly."""

import unittest

from guard import Guard
from wit_world.exports.guard import Action, Plan, PlannedContainer, PlannedTarget, Severity
from wit_world.imports.types import Destination_Service, ServiceName


def plan(privileged: bool, is_unchanged: bool = False) -> Plan:
    container = PlannedContainer(
        name="web",
        image="registry.example.com/web:1",
        image_name=None,
        privileged=privileged,
        environment=[],
        secrets=[],
    )
    target = PlannedTarget(
        name="production/web",
        destination=Destination_Service(ServiceName("production", "web")),
        region="eu-central-1",
        account=None,
        role=None,
        wave=0,
        is_unchanged=is_unchanged,
        running_revision=None,
        next_revision=None,
        changes=[],
        containers=[container],
        definition_json="{}",
        rollout=None,
        tasks_before=[],
        tasks_after=[],
    )
    return Plan(
        action=Action.DEPLOY,
        started_at=1767225600,
        settings=[],
        build=None,
        policy=None,
        images=[],
        targets=[target],
    )


class GuardTest(unittest.TestCase):
    def test_a_privileged_container_is_denied(self):
        [finding] = Guard().review(plan(privileged=True))
        self.assertEqual(finding.severity, Severity.DENY)
        self.assertEqual(finding.rule, "no-privileged-container")
        self.assertEqual(finding.target, "production/web")
        self.assertEqual(Guard().review(plan(privileged=False)), [])

    def test_what_does_not_change_is_not_reviewed(self):
        self.assertEqual(Guard().review(plan(privileged=True, is_unchanged=True)), [])


if __name__ == "__main__":
    unittest.main()
