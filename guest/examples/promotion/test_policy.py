"""Unit tests of the policy as plain Python, with the modules that componentize-py generates from the
contract and without WebAssembly. The cases in `cases/` test the component."""

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
        commit_time=None,
        base_commit=None,
        event=types.Event.TAG if tag else event,
        provider_event=None,
        tag=tag,
        pull_request=None,
        number=57,
        number_scope=None,
        job=None,
        actor=None,
        started_at=1767225600,
        settings=[types.Setting(name, value) for name, value in sorted(settings.items())],
    )


def staging_image(*tags: str):
    """Replaces the host's `get_image`: it returns an image with these tags, or None without tags."""
    image = registry.PushedImage("sha256:" + "a" * 64, sorted(tags), 1760000000) if tags else None
    return mock.patch.object(registry, "get_image", return_value=image)


class PolicyTest(unittest.TestCase):
    def error(self, method, build) -> str:
        with self.assertRaises(Err) as raised:
            method(build)
        return raised.exception.value

    def test_master_builds_an_image_and_deploys_to_staging(self):
        push = build()
        self.assertEqual(Policy().select(push), types.Selection_Deploy())
        [image] = Policy().images(push)
        self.assertEqual(image.tags, [f"staging-{COMMIT}", "staging"])
        self.assertIsInstance(image.source, types.ImageSource_Dockerfile)
        [target] = Policy().targets(push)
        self.assertEqual(target.destination.value, types.ServiceName("todo-staging", "todo"))

    def test_a_version_tag_promotes_the_image_of_staging(self):
        release = build(tag="v1.2.0")
        with staging_image("staging", f"staging-{COMMIT}") as get_image:
            [image] = Policy().images(release)
        get_image.assert_called_once_with(REPOSITORY, "staging")
        self.assertEqual(image.tags, ["v1.2.0", "production"])
        self.assertEqual(image.source, types.ImageSource_Pushed("sha256:" + "a" * 64))
        [target] = Policy().targets(release)
        self.assertEqual(target.destination.value, types.ServiceName("todo", "web"))
        self.assertEqual(target.rollout.on_failure, types.FailureAction.ROLL_BACK)

    def test_an_image_that_staging_did_not_test_is_an_error(self):
        with staging_image():
            self.assertIn("Deploy `master` first", self.error(Policy().images, build(tag="v1.2.0")))
        with staging_image("staging", "staging-" + "b" * 40):
            error = self.error(Policy().images, build(tag="v1.2.0"))
        self.assertIn("Tag `v1.2.0` is on commit 3f2a9c10d1e2, but the image of staging is for another commit", error)

    def test_every_other_build_is_skipped_without_a_lookup(self):
        for skipped in [
            build("develop"),
            build(event=types.Event.PULL_REQUEST),
            build(event=types.Event.SCHEDULE),
            build(tag="nightly"),
            build(tag="v1"),
        ]:
            with self.subTest(branch=skipped.branch), staging_image() as get_image:
                self.assertIsInstance(Policy().select(skipped), types.Selection_Skip)
                get_image.assert_not_called()

    def test_all_missing_settings_are_reported_together(self):
        self.assertEqual(
            self.error(Policy().select, build(settings={})),
            "Missing settings to deploy to staging: set REMOTE_IMAGE_URL, ECS_CLUSTER_STAGING, ECS_SERVICE_STAGING.",
        )

    def test_an_image_tag_replaces_invalid_characters_of_a_git_tag(self):
        with staging_image("staging", f"staging-{COMMIT}"):
            [image] = Policy().images(build(tag="v1.2.0+arm/7"))
        self.assertEqual(image.tags[0], "v1.2.0-arm-7")


if __name__ == "__main__":
    unittest.main()
