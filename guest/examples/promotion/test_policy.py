"""The policy is plain Python: with the modules that componentize-py makes of the contract, `unittest`
needs no WebAssembly. What the component answers to its host is tested by `cases/`."""

import unittest
from unittest import mock

from componentize_py_types import Err
from policy import Policy, registry, types

COMMIT = "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20"
REPOSITORY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/todo"
SETTINGS = {
    "REMOTE_IMAGE_URL": REPOSITORY,
    "ECS_CLUSTER_STAGING": "todo-staging",
    "ECS_SERVICE_STAGING": "todo",
    "ECS_CLUSTER_PRODUCTION": "todo",
    "ECS_SERVICE_PRODUCTION": "web",
}


def build(branch="master", tag=None, event=types.Event.PUSH, settings=SETTINGS) -> types.Build:
    return types.Build(
        provider="travis",
        repository="example/todo",
        branch=tag or branch,
        commit=COMMIT,
        commit_message=None,
        event=types.Event.TAG if tag else event,
        tag=tag,
        pull_request=None,
        number=57,
        job=None,
        settings=[types.Setting(name, value) for name, value in sorted(settings.items())],
    )


def staging_has(*tags: str):
    """Answers the policy's question in the host's place."""
    image = registry.PushedImage("sha256:" + "a" * 64, sorted(tags), 1760000000) if tags else None
    return mock.patch.object(registry, "get_image", return_value=image)


class Answers(unittest.TestCase):
    def error(self, asked, of) -> str:
        with self.assertRaises(Err) as raised:
            asked(of)
        return raised.exception.value

    def test_master_is_built_and_goes_to_staging(self):
        of = build()
        self.assertEqual(Policy().select(of), types.Selection_Deploy())
        [image] = Policy().images(of)
        self.assertEqual(image.tags, [f"staging-{COMMIT}", "staging"])
        self.assertIsInstance(image.source, types.ImageSource_Dockerfile)
        [target] = Policy().targets(of)
        self.assertEqual(target.destination.value, types.ServiceName("todo-staging", "todo"))

    def test_a_version_tag_takes_what_staging_has_to_production(self):
        of = build(tag="v1.2.0")
        with staging_has("staging", f"staging-{COMMIT}") as asked:
            [image] = Policy().images(of)
        asked.assert_called_once_with(REPOSITORY, "staging")
        self.assertEqual(image.tags, ["v1.2.0", "production"])
        self.assertEqual(image.source, types.ImageSource_Pushed("sha256:" + "a" * 64))
        [target] = Policy().targets(of)
        self.assertEqual(target.destination.value, types.ServiceName("todo", "web"))
        self.assertEqual(target.on_failure, types.FailureAction.ROLL_BACK)

    def test_what_staging_did_not_test_is_refused(self):
        with staging_has():
            self.assertIn("deploy `master` first", self.error(Policy().images, build(tag="v1.2.0")))
        with staging_has("staging", "staging-" + "b" * 40):
            said = self.error(Policy().images, build(tag="v1.2.0"))
        self.assertIn("Tag `v1.2.0` is on commit 3f2a9c10d1e2, and staging has another one", said)

    def test_everything_else_is_skipped_without_a_question(self):
        for of in [
            build("develop"),
            build(event=types.Event.PULL_REQUEST),
            build(event=types.Event.SCHEDULE),
            build(tag="nightly"),
            build(tag="v1"),
        ]:
            with self.subTest(branch=of.branch), staging_has() as asked:
                self.assertIsInstance(Policy().select(of), types.Selection_Skip)
                asked.assert_not_called()

    def test_all_that_is_missing_is_named_at_once(self):
        self.assertEqual(
            self.error(Policy().select, build(settings={})),
            "This build deploys to staging: set REMOTE_IMAGE_URL, ECS_CLUSTER_STAGING, ECS_SERVICE_STAGING.",
        )

    def test_a_tag_of_git_that_docker_does_not_take_is_changed(self):
        with staging_has("staging", f"staging-{COMMIT}"):
            [image] = Policy().images(build(tag="v1.2.0+arm/7"))
        self.assertEqual(image.tags[0], "v1.2.0-arm-7")


if __name__ == "__main__":
    unittest.main()
