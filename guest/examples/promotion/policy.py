"""Production runs the image that staging tested.

A push to `master` builds an image and deploys it to staging. A version tag such as `v1.2.0` builds nothing.
It promotes the image of staging by its digest, so production runs exactly the image that was tested. The
policy returns an error if the tag and the image of staging are for different commits.

componentize-py generates the modules `wit_world` and `componentize_py_types` from the contract in `wit/`.
"""

import re

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import registry, types

BRANCH = "master"
STAGING = "staging"
PRODUCTION = "production"

REPOSITORY = "REMOTE_IMAGE_URL"
CLUSTER = "ECS_CLUSTER_"
SERVICE = "ECS_SERVICE_"


class Policy(exports.Policy):
    def describe(self) -> types.Manifest:
        return types.Manifest(
            name="promotion",
            version="1.0.0",
            description=f"Deploys {BRANCH} to staging, and the image of staging to production for a version tag.",
            settings=[
                types.SettingDeclaration(REPOSITORY, "repository of the image", True),
                types.SettingDeclaration(f"{CLUSTER}*", "cluster of each environment, such as ECS_CLUSTER_STAGING", True),
                types.SettingDeclaration(f"{SERVICE}*", "service of each environment, such as ECS_SERVICE_STAGING", True),
            ],
        )

    def select(self, build: types.Build) -> types.Selection:
        environment = find_environment(build)
        if environment is None:
            return types.Selection_Skip(
                f"{describe_build(build)} does not deploy: a push to `{BRANCH}` deploys to staging,"
                " a tag such as `v1.2.0` deploys to production."
            )
        required = [REPOSITORY, CLUSTER + environment.upper(), SERVICE + environment.upper()]
        missing = [name for name in required if get_setting(build, name) is None]
        if missing:
            raise Err(f"Missing settings to deploy to {environment}: set {', '.join(missing)}.")
        return types.Selection_Deploy()

    def images(self, build: types.Build) -> list[types.Image]:
        repository = get_setting(build, REPOSITORY)
        if find_environment(build) == STAGING:
            tags = [staging_tag(build.commit), STAGING]
            source = types.ImageSource_Dockerfile()
        else:
            tags = [image_tag(build.tag), PRODUCTION]
            source = types.ImageSource_Pushed(find_tested_image(repository, build).digest)
        return [types.Image("app", repository, tags, source, publish_only=False)]

    def targets(self, build: types.Build) -> list[types.Target]:
        environment = find_environment(build)
        service = types.ServiceName(
            get_setting(build, CLUSTER + environment.upper()), get_setting(build, SERVICE + environment.upper())
        )
        rollout = None
        if environment == PRODUCTION:
            rollout = types.RolloutOptions(None, None, None, on_failure=types.FailureAction.ROLL_BACK)
        return [
            types.Target(
                destination=types.Destination_Service(service),
                region=None,
                role=None,
                wave=0,
                containers=None,
                task_definition=None,
                rollout=rollout,
                tasks_before=[],
                tasks_after=[],
            )
        ]


def find_environment(build: types.Build) -> str | None:
    """Returns the environment that a build deploys to, or None if it does not deploy."""
    if build.event == types.Event.PUSH and build.branch == BRANCH:
        return STAGING
    if build.event == types.Event.TAG and re.fullmatch(r"v\d+\.\d+\.\d+([-+].*)?", build.tag or ""):
        return PRODUCTION
    return None


def find_tested_image(repository: str, build: types.Build) -> registry.PushedImage:
    """Returns the image of staging.

    Raises Err if there is none or if it is for another commit. `get_image` raises Err if the lookup fails.
    """
    image = registry.get_image(repository, STAGING)
    if image is None:
        raise Err(
            f"There is no image to promote: {repository} contains no image with the tag `{STAGING}`."
            f" Deploy `{BRANCH}` first."
        )
    if staging_tag(build.commit) not in image.tags:
        raise Err(
            f"Tag `{build.tag}` is on commit {build.commit[:12]}, but the image of staging is for another commit"
            f" (its tags: {', '.join(image.tags)}): tag that commit, or deploy this one to staging first."
        )
    return image


def staging_tag(commit: str) -> str:
    """Returns the image tag that identifies the commit of an image."""
    return f"{STAGING}-{commit}"


def image_tag(git_tag: str) -> str:
    """Converts a git tag to an image tag, which permits fewer characters."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", git_tag)[:128]


def get_setting(build: types.Build, name: str) -> str | None:
    return next((setting.value for setting in build.settings if setting.name == name), None)


def describe_build(build: types.Build) -> str:
    if build.tag:
        return f"Tag `{build.tag}`"
    if build.event == types.Event.PUSH:
        return f"A push to branch `{build.branch}`"
    return f"Event `{build.event.name.lower().replace('_', '-')}` on branch `{build.branch}`"
