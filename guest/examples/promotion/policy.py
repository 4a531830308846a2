"""Production runs the image that staging tested.

A push to `master` builds an image and deploys it to staging. A version tag such as `v1.2.0` builds
nothing: it promotes the image that staging has, by its digest, so what runs in production is byte for
byte what was tested. The tag has to be on the commit that staging has; otherwise the policy says no.

componentize-py makes the modules `wit_world` and `componentize_py_types` of the contract in `wit/`.
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
            description=f"Deploys {BRANCH} to staging; a version tag takes staging's image to production.",
            settings=[
                types.SettingDeclaration(REPOSITORY, "the repository of the image", True),
                types.SettingDeclaration(f"{CLUSTER}*", "cluster of an environment: ECS_CLUSTER_STAGING", True),
                types.SettingDeclaration(f"{SERVICE}*", "service of an environment: ECS_SERVICE_STAGING", True),
            ],
        )

    def select(self, build: types.Build) -> types.Selection:
        environment = environment_of(build)
        if environment is None:
            what = f"Tag `{build.tag}`" if build.tag else f"A {event(build)} of branch `{build.branch}`"
            return types.Selection_Skip(
                f"{what} deploys nothing: a push to `{BRANCH}` deploys to staging, a tag such as `v1.2.0` to production."
            )
        wanted = [REPOSITORY, CLUSTER + environment.upper(), SERVICE + environment.upper()]
        missing = [name for name in wanted if setting(build, name) is None]
        if missing:
            raise Err(f"This build deploys to {environment}: set {', '.join(missing)}.")
        return types.Selection_Deploy()

    def images(self, build: types.Build) -> list[types.Image]:
        repository = setting(build, REPOSITORY)
        if environment_of(build) == STAGING:
            tags = [tested(build.commit), STAGING]
            source = types.ImageSource_Dockerfile(types.DockerBuild(".", None, None, [], None))
        else:
            tags = [docker_tag(build.tag), PRODUCTION]
            source = types.ImageSource_Pushed(what_staging_has(repository, build).digest)
        return [types.Image("app", repository, tags, source)]

    def targets(self, build: types.Build) -> list[types.Target]:
        environment = environment_of(build)
        service = types.ServiceName(
            setting(build, CLUSTER + environment.upper()), setting(build, SERVICE + environment.upper())
        )
        return [
            types.Target(
                destination=types.Destination_Service(service),
                region=None,
                role=None,
                containers=[],
                tasks_before=[],
                tasks_after=[],
                wave=0,
                timeout=None,
                on_failure=types.FailureAction.ROLL_BACK if environment == PRODUCTION else None,
            )
        ]


def environment_of(build: types.Build) -> str | None:
    """The environment that a build deploys to, or none."""
    if build.event == types.Event.PUSH and build.branch == BRANCH:
        return STAGING
    if build.event == types.Event.TAG and re.fullmatch(r"v\d+\.\d+\.\d+([-+].*)?", build.tag or ""):
        return PRODUCTION
    return None


def what_staging_has(repository: str, build: types.Build) -> registry.PushedImage:
    """The image to promote. What the host can't find out it raises as `Err`, which is an answer as well."""
    image = registry.get_image(repository, STAGING)
    if image is None:
        raise Err(
            f"{repository} has no image with the tag `{STAGING}`, so nothing was tested yet:"
            f" deploy `{BRANCH}` first."
        )
    if tested(build.commit) not in image.tags:
        raise Err(
            f"Tag `{build.tag}` is on commit {build.commit[:12]}, and staging has another one (its image's"
            f" tags: {', '.join(image.tags)}): tag the commit that staging has, or deploy this one to staging first."
        )
    return image


def tested(commit: str) -> str:
    """The tag by which an image's commit is known."""
    return f"{STAGING}-{commit}"


def docker_tag(name: str) -> str:
    """A git tag's name as an image's tag, which knows fewer characters."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name)[:128]


def setting(build: types.Build, name: str) -> str | None:
    return next((setting.value for setting in build.settings if setting.name == name), None)


def event(build: types.Build) -> str:
    return build.event.name.lower().replace("_", " ")
