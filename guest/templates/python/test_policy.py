"""Unit tests of the policy as plain Python, without WebAssembly."""

import unittest

from policy import Policy, types


def build(branch: str, event: types.Event = types.Event.PUSH) -> types.Build:
    return types.Build(
        provider="travis",
        repository=None,
        branch=branch,
        commit="3f2a9c10d1e2f30415263748596a7b8c9d0e1f20",
        commit_message=None,
        commit_time=None,
        base_commit=None,
        event=event,
        provider_event=None,
        tag=None,
        pull_request=None,
        number=None,
        number_scope=None,
        job=None,
        actor=None,
        started_at=1767225600,
        settings=[types.Setting("IMAGE_REPOSITORY", "registry.example/web")],
    )


class PolicyTest(unittest.TestCase):
    def test_each_branch_deploys_to_its_own_cluster(self):
        for branch, cluster in [("master", "staging"), ("production", "production")]:
            [target] = Policy().targets(build(branch))
            self.assertEqual(target.destination.value, types.ServiceName(cluster, "web"))

    def test_a_pull_request_is_skipped(self):
        selection = Policy().select(build("master", types.Event.PULL_REQUEST))
        self.assertIsInstance(selection, types.Selection_Skip)


if __name__ == "__main__":
    unittest.main()
