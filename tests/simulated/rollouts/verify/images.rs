//! The checks of images, repositories and docker.

use ecs_simulator::{ImageSetup, RepositorySetup, Scenario};

use super::super::world::{COMMIT, DIGEST, Job, OLD, RunResult, World, scenario};
use super::{docker, failed, is, verified, verify};

/// A commit whose image is not in the registry.
fn unbuilt<'w>(world: &'w World, code: i32) -> Job<'w> {
    let commit = "4".repeat(40);
    world.verb("verify").set("TRAVIS_COMMIT", &commit).args(&["--docker", &docker(world, code)])
}

#[test]
fn an_immutable_repository_that_has_the_tag_fails() {
    let mut scenario = scenario();
    scenario.resources.repositories[0].mutability = Some("IMMUTABLE".into());
    let world = World::new(&scenario);
    is(&verify(&world, 0), "image simple-todo", "ok", "in the registry already");
    let ended = verified(&world, unbuilt(&world, 0), 5);
    is(&ended, "tags of simple-todo", "failed", "is IMMUTABLE and already has `master`");
    assert_eq!(failed(&ended), ["tags of simple-todo"]);
    let denied = Scenario { denied_actions: vec!["ecr:DescribeRepositories".into()], ..scenario };
    let world = World::new(&denied);
    let ended = verified(&world, unbuilt(&world, 0), 0);
    is(&ended, "tags of simple-todo", "skipped", "allow the action `ecr:DescribeRepositories`");
}

#[test]
fn verify_checks_what_a_build_needs() {
    let world = World::new(&scenario());
    let ended = verified(&world, unbuilt(&world, 0), 0);
    is(&ended, "image simple-todo", "ok", "a run would build it from `.` and push it as master, master-4444");
    is(&ended, "tags of simple-todo", "ok", "the repository is MUTABLE and accepts them");
    is(&ended, "ecr:PutImage on simple-todo", "ok", "allowed");
    is(&ended, "pushing layers to simple-todo", "skipped", "ecr:InitiateLayerUpload");
    is(&ended, "registry login", "ok", "ECR returned a token");
    is(&ended, "docker", "ok", "reaches its engine");
    assert!(std::fs::read_dir(world.path("tmp")).unwrap().next().is_none(), "the login was not deleted");
    let ended = verified(&world, unbuilt(&world, 1), 5);
    is(&ended, "docker", "failed", "start the docker engine");
    is(&ended, "docker", "failed", "(exit code 1): Cannot connect to the Docker daemon;");
    let commit = "4".repeat(40);
    let ended = verified(&world, world.verb("verify").set("TRAVIS_COMMIT", &commit), 5);
    is(&ended, "docker", "failed", "cannot start `docker`");
    std::fs::remove_file(world.path("project/Dockerfile")).unwrap();
    let ended = verified(&world, unbuilt(&world, 0), 5);
    is(&ended, "image simple-todo", "failed", "there is no `Dockerfile` in the folder `.`");
    is(&ended, "plan", "skipped", "a check above failed");
    is(&verify(&world, 0), "image simple-todo", "ok", "in the registry already");
}

#[test]
fn denied_pushes_are_named() {
    let denied =
        ["ecr:GetAuthorizationToken", "ecr:PutImage", "ecr:BatchCheckLayerAvailability"].map(str::to_owned);
    let world = World::new(&Scenario { denied_actions: denied.into(), ..scenario() });
    let ended = verified(&world, unbuilt(&world, 0), 5);
    assert_eq!(
        failed(&ended),
        ["ecr:PutImage on simple-todo", "pushing layers to simple-todo", "registry login"]
    );
}

#[test]
fn verify_checks_the_permissions_to_add_a_tag() {
    let mut scenario = scenario();
    scenario.resources.repositories = vec![RepositorySetup {
        name: "simple-todo".into(),
        images: vec![
            ImageSetup { tags: vec!["master".into()], digest: Some(OLD.into()), manifest: None },
            ImageSetup {
                tags: vec![format!("master-{}", COMMIT)],
                digest: Some(DIGEST.into()),
                manifest: None,
            },
        ],
        mutability: Some("IMMUTABLE".into()),
    }];
    scenario.denied_actions = vec!["ecr:BatchGetImage".into()];
    let world = World::new(&scenario);
    let ended = verify(&world, 5);
    assert_eq!(failed(&ended), ["tags of simple-todo", "ecr:BatchGetImage on simple-todo"]);
    is(&ended, "ecr:PutImage on simple-todo", "ok", "allowed");
    is(&ended, "image simple-todo", "ok", "a run would tag it master");
}

#[test]
fn verify_checks_docker_only_for_a_build() {
    let world = World::new(&scenario());
    let with = |code, job: Job<'_>| verified(&world, job.args(&["--docker", &docker(&world, 1)]), code);
    let missing = |ended: RunResult| is(&ended, "docker", "failed", "start the docker engine");
    missing(with(3, world.verb("verify").unset("IMAGE_NAME")));
    missing(with(5, world.verb("verify").unset("AWS_REGION")));
    let ended = with(0, world.verb("verify").set("TRAVIS_BRANCH", "feature/x"));
    assert_eq!(failed(&ended), Vec::<String>::new());
}
