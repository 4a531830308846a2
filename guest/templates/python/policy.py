"""Deploys `master` to staging and `production` to production.

componentize-py generates the modules `wit_world` and `componentize_py_types` from the contract in `wit/`.
"""

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import types

# The branches that deploy, with their cluster and service.
ENVIRONMENTS = {
    "master": types.ServiceName("staging", "web"),
    "production": types.ServiceName("production", "web"),
}

IMAGE_REPOSITORY = "IMAGE_REPOSITORY"


class Policy(exports.Policy):
    def describe(self) -> types.Manifest:
        return types.Manifest(
            name="my-policy",
            version="0.1.0",
            description="Deploys master to staging and production to production.",
            settings=[types.SettingDeclaration(IMAGE_REPOSITORY, "repository of the image", True)],
        )

    def select(self, build: types.Build) -> types.Selection:
        if build.event in (types.Event.PULL_REQUEST, types.Event.TAG):
            return types.Selection_Skip("Pull requests and tags do not deploy.")
        if build.branch not in ENVIRONMENTS:
            return types.Selection_Skip(f"Branch `{build.branch}` has no environment.")
        repository(build)  # Reports a missing setting before anything is built.
        return types.Selection_Deploy()

    def images(self, build: types.Build) -> list[types.Image]:
        return [
            types.Image(
                name="web",
                repository=repository(build),
                # Not the branch: its name may not be a valid image tag.
                tags=[build.commit, ENVIRONMENTS[build.branch].cluster],
                source=types.ImageSource_Dockerfile(),
                publish_only=False,
            )
        ]

    def targets(self, build: types.Build) -> list[types.Target]:
        return [
            types.Target(
                destination=types.Destination_Service(ENVIRONMENTS[build.branch]),
                region=None,
                role=None,
                wave=0,
                containers=None,  # All containers that run an image of the repository.
                task_definition=None,
                rollout=None,
                tasks_before=[],
                tasks_after=[],
            )
        ]


def repository(build: types.Build) -> str:
    for setting in build.settings:
        if setting.name == IMAGE_REPOSITORY:
            return setting.value
    raise Err(f"Set {IMAGE_REPOSITORY} to the repository of the image.")
