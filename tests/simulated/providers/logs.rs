//! The whole logs of jobs, as the log of each provider receives them: a deployment that succeeds, one that ECS rolls back,
//! one that waits for a person, and one that is rejected before anything is changed.

use std::fs;

use ecs_simulator::{ImageSetup, Scenario};
use regex_lite::Regex;
use serde_json::json;

use super::variables::{PROVIDERS, Provider};
use super::{elsewhere, with};
use crate::snapshots::{assert_text, docker, failing};
use crate::world::{Job, OLD, World, scenario};

/// The same scenario with a registry that lacks the image of the build.
fn unbuilt(mut scenario: Scenario) -> Scenario {
    scenario.resources.repositories[0].images =
        vec![ImageSetup { tags: vec!["old".to_owned()], digest: Some(OLD.to_owned()), manifest: None }];
    scenario
}

fn pausing() -> Scenario {
    let mut scenario = scenario();
    let hook = json!({"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]});
    let configuration = json!({"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]});
    scenario.resources.services[0].parameters.insert("deploymentConfiguration".to_owned(), configuration);
    scenario
}

/// The log of a job, with what the run writes to the files of the provider.
fn log(provider: &Provider, scenario: &Scenario, more: impl Fn(Job<'_>) -> Job<'_>) -> String {
    let world = World::new(scenario);
    let job = docker(&world, with(elsewhere(world.run()), provider.push));
    let job = match provider.name {
        "github-actions" => ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"]
            .iter()
            .fold(job, |job, name| job.set(name, &world.path(name).display().to_string())),
        _ => job,
    };
    let (code, mut text) = more(job).log();
    for name in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
        if let Ok(written) = fs::read_to_string(world.path(name)) {
            text += &format!("--- {name}\n{written}");
        }
    }
    let folder = world.path("").display().to_string();
    format!("{}--- exit code {code}\n", text.replace(&folder, "FOLDER"))
}

#[test]
fn each_provider_shows_what_became_of_a_deployment() {
    for provider in &PROVIDERS {
        let parts = [
            ("deployed", log(provider, &unbuilt(scenario()), |job| job)),
            ("rolled back", log(provider, &failing(unbuilt(scenario())), |job| job)),
            ("paused", log(provider, &unbuilt(pausing()), |job| job.args(&["--timeout", "2"]))),
            ("rejected", log(provider, &unbuilt(scenario()), |job| job.set("ECS_SERVICE_MASTER", "web wbe"))),
        ];
        let text: String = parts.iter().map(|(title, log)| format!("===== {title}\n{log}")).collect();
        // How often a rollout is polled is decided by the clock.
        let progress = Regex::new(r"(?m)^ +[0-9.]+ m?s  .*\n(?: +[0-9.]+ m?s  .*\n)*").unwrap();
        let text = progress.replace_all(&text, "    TIME  PROGRESS\n");
        // Control characters of a log are a part of it.
        let text = text.replace('\u{1b}', "ESC").replace('\r', "CR");
        assert_text(&format!("log-{}", provider.name), &text);
    }
}
