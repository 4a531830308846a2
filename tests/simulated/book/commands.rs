//! The commands of the book are executed, chapter by chapter, in a shell in the project of the examples: `simple-todo`, with
//! the settings of `travis-ecs-deploy`, in a job of Travis CI. AWS is the simulator, and a script replaces docker.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use ecs_simulator::{RepositorySetup, Resources, Scenario, ServiceSetup, Time};
use serde_json::json;

use crate::aws::ecr_host;
use crate::backend::docker_path;
use crate::fixtures::policy;
use crate::support::book::shell::{Step, execute, steps};
use crate::support::book::{Chapter, Mark, all};
use crate::variables::Build;
use crate::world::World;

const REGION: &str = "eu-central-1";

fn repository() -> String {
    format!("{}/simple-todo", ecr_host(REGION))
}

/// A service of the examples, whose tasks run.
fn service(cluster: &str) -> ServiceSetup {
    let image = format!("{}:old", repository());
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
    ServiceSetup {
        cluster: cluster.to_owned(),
        name: "simple-todo".to_owned(),
        task_definition: json!({
            "family": cluster,
            "containerDefinitions": [{"name": "web", "image": image, "memory": 128, "essential": true}],
        }),
        desired_count: 2,
        parameters: [("deploymentConfiguration".to_owned(), breaker)].into_iter().collect(),
    }
}

fn world() -> World {
    World::new(&Scenario {
        time: Time::Step(5.0),
        region: REGION.to_owned(),
        resources: Resources {
            services: vec![service("simple-todo-master"), service("simple-todo-prod")],
            repositories: vec![RepositorySetup { name: "simple-todo".to_owned(), ..Default::default() }],
            ..Resources::default()
        },
        ..Scenario::default()
    })
}

/// Commits the project. A file of a chapter is committed when it is written, as a reader would do.
const COMMIT: &str = "git add --all && git commit --quiet --allow-empty --message file \
                      && export TRAVIS_COMMIT=$(git rev-parse HEAD)";

/// The variables of the shell: those of the job, and a PATH with the program, git and docker's script.
fn variables(world: &World) -> BTreeMap<String, String> {
    let bin = world.path("bin");
    let path = docker_path(&bin);
    symlink(env!("CARGO_BIN_EXE_ecs-host"), bin.join("ecs-host")).unwrap();
    let build = Build {
        folder: &|part| world.path(part),
        endpoint: &world.simulator.url(),
        region: REGION,
        commit: "",
        project: "simple-todo",
        repository: &repository(),
        cluster: "simple-todo-master",
        service: "simple-todo",
    };
    let mut variables = build.variables();
    let person = ["AUTHOR", "COMMITTER"].into_iter().flat_map(|role| {
        [
            (format!("GIT_{role}_NAME"), "A".to_owned()),
            (format!("GIT_{role}_EMAIL"), "a@example.com".to_owned()),
        ]
    });
    variables.extend(person);
    variables.extend([
        ("PATH".to_owned(), path),
        ("GIT_CONFIG_NOSYSTEM".to_owned(), "1".to_owned()),
        // What the chapters name and a reader sets.
        ("DEPLOY_BRANCHES".to_owned(), "master production".to_owned()),
        ("ECS_CLUSTER_PRODUCTION".to_owned(), "simple-todo-prod".to_owned()),
        ("ECS_SERVICE_PRODUCTION".to_owned(), "simple-todo".to_owned()),
    ]);
    let init = Command::new("git")
        .args(["init", "--quiet", "--initial-branch=master"])
        .current_dir(world.path("project"))
        .status();
    assert!(init.is_ok_and(|status| status.success()), "git is required");
    variables
}

fn run(chapter: &Chapter) {
    let (mut files, mut all_steps): (Vec<(usize, String, String)>, Vec<Step>) = (Vec::new(), Vec::new());
    for block in &chapter.blocks {
        if let Some(Mark::File(path)) = block.marks.first() {
            files.push((all_steps.len(), path.clone(), block.text.clone()));
        } else if block.language == "console" && !block.is_marked(|mark| !matches!(mark, Mark::Exit(_))) {
            all_steps.extend(steps(&chapter.path, block));
        }
    }
    if all_steps.is_empty() {
        return;
    }
    let world = world();
    let variables = variables(&world);
    // A rollout takes no time in the simulator.
    fs::create_dir(world.path("operator")).unwrap();
    fs::write(world.path("operator/ecs-host.toml"), "poll = 0.01\n").unwrap();
    fs::write(world.path("project/.gitignore"), "*.wasm\n").unwrap();
    // The policies that the chapters build.
    for (name, component) in [
        ("policy.wasm", "ecs-host-release-example"),
        ("freeze.wasm", "ecs-host-freeze-example"),
        ("production-tags.wasm", "ecs-host-production-tags-guard"),
        ("saved-plans.wasm", "ecs-host-saved-plans-guard"),
    ] {
        let component = policy(component);
        fs::copy(component, world.path("project").join(name)).unwrap();
    }
    execute(&world.path("project"), &variables, COMMIT, &files, &all_steps);
}

#[test]
fn the_commands_of_the_book_do_what_it_shows() {
    let chapters = all();
    let failed: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = chapters.iter().map(|chapter| scope.spawn(move || run(chapter))).collect();
        let ends = runs.into_iter().filter_map(|run| run.join().err());
        ends.map(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
