//! What a case expects, and how it is compared with the answer.

use super::Folder;

#[test]
fn only_named_fields_are_compared_and_lists_by_length() {
    let folder = Folder::of(
        r#"
[[case]]
name = "one image too many"
expect.images = [{}, {}]

[[case]]
name = "another kind of image"
expect.images = [{ source.pushed = "x" }]

[[case]]
name = "another kind of answer"
expect.skip = "No."

[[case]]
name = "nothing is expected"
"#,
    );
    let (out, _) = folder.test("built-in", &["cases.toml"], 1);
    for line in [
        "images[1]\n            - {}\n            + nothing\n",
        "images[0].source\n            - {\"pushed\":\"x\"}\n            + \"dockerfile\"\n",
        "answer\n            - skip: No.\n            + a deployment of 1 image to 1 target\n",
        "the case has no expectation: write one",
        "0 passed, 4 failed",
    ] {
        assert!(out.contains(line), "no {line:?} in\n{out}");
    }
}

#[test]
fn matchers_stand_for_values() {
    let folder = Folder::with(&[(
        "cases.toml",
        r#"
[settings]
DEPLOY_BRANCHES = "master"
IMAGE_NAME = "web"
REMOTE_IMAGE_URL = "registry.example.com/web"
ECS_CLUSTER_MASTER = "main"
ECS_SERVICE_MASTER = "web worker"

[[case]]
name = "met"
[case.expect]
images = { contains = { name = { not = "api" }, tags = { contains = "master" }, source = { not = { pushed = "x" } } } }
targets = { unordered = [
  { destination.service = { service = { contains = "ork" } }, role = { absent = true } },
  { destination.service.service = "web", tasks-before = { absent = true }, region = { not = "eu-west-1" }, rollout = { absent = true } },
] }

[[case]]
name = "missed"
[case.expect]
images = { not = [{ name = "web" }] }
targets = { unordered = [{ destination.service.service = "web" }, { destination.service.service = "api" }] }

[[case]]
name = "a skip"
build.branch = "develop"
expect.skip = { contains = "is not one of DEPLOY_BRANCHES" }
"#,
    )]);
    let (out, _) = folder.test("built-in", &["cases.toml"], 1);
    for line in [
        "2 passed, 1 failed",
        "images\n            - not: [{\"name\":\"web\"}]\n",
        "targets[*]\n            - {\"destination\":{\"service\":{\"service\":\"api\"}}}\n            + nothing\n",
        "targets[*]\n            - nothing\n            + {",
    ] {
        assert!(out.contains(line), "no {line:?} in\n{out}");
    }
}

#[test]
fn a_matrix_is_a_case_for_each_combination() {
    let folder = Folder::of(
        r#"
[[case]]
name = "skips"
matrix.branch = ["develop", "wip"]
matrix.settings.DEPLOY_BRANCHES = ["master", "master production"]
expect.skip = "Branch `{branch}` is not one of DEPLOY_BRANCHES (`{settings.DEPLOY_BRANCHES}`)."

[[case]]
name = "in a pattern too"
matrix.branch = ["a.b", "a+b"]
expect.skip.matches = "^Branch `{branch}` is"
"#,
    );
    let (out, _) = folder.test("built-in", &["cases.toml"], 0);
    assert!(out.contains("skips [branch=wip settings.DEPLOY_BRANCHES=master production]"), "{out}");
    assert!(out.contains("6 passed"), "{out}");
}
