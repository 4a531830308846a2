//! Deployments of the same build, or of its image, by others during a run.

use ecs_simulator::TaskFilter;
use serde_json::json;

use super::row::{Row, row};
use super::scenario::*;
use crate::world::{COMMIT, DIGEST, repository};

const REGISTER: &str = "ecs:RegisterTaskDefinition";

/// The digest that another run of the same build pushed.
pub const REBUILT: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// A definition by another run of the same build, which built the image again.
pub fn rebuilt() -> serde_json::Value {
    let mut definition = stamped(57, COMMIT);
    let policy = sandbox::Binary::built_in(model::source::BuiltIn::Travis).expect("the built-in policy");
    let container = &mut definition["containerDefinitions"][0];
    container["dockerLabels"]["ecs-host.policy"] = json!(format!("travis@{}", policy.digest()));
    container["image"] = json!(format!("{}@{REBUILT}", repository()));
    definition
}

/// A definition by another user, which has the image of this build and a variable.
fn with_more() -> serde_json::Value {
    let mut definition = unstamped();
    definition["containerDefinitions"][0]["image"] = json!(format!("{}@{DIGEST}", repository()));
    definition
}

pub fn rows() -> Vec<Row> {
    vec![
        row("another user deploys the same again")
            .setup([then(20.0, force())])
            .ends("deployed", 0)
            .prints(["web:2 was deployed again to main/web (ecs-svc/", "watching that deployment"])
            .runs("web:2"),
        row("another run of the same build deploys the image that it built")
            .setup([then(20.0, update(rebuilt()))])
            .ends("deployed", 0)
            .prints([
                "web:3 was deployed again to main/web (ecs-svc/",
                "deployed; not proven that it runs the pushed images: ",
                "container `web` of web:3 has the image of another run of this build",
                REBUILT,
            ])
            .runs_another_digest()
            .runs("web:3"),
        row("another user deploys this image and more between the registration and the update")
            .setup([after_call(REGISTER, 1, 0.0, update(with_more()))])
            .ends("deployed", 0)
            .prints([
                "main/web was updated to web:3 by someone else after planning; the deployment is based on it",
            ])
            .runs("web:3")
            .counts("ecs:UpdateService", 2),
        row("another user deploys the same again, and it fails")
            .setup([
                breaker(),
                then(20.0, force()),
                on(
                    TaskFilter {
                        service: Some("web".to_owned()),
                        has_new_definition: Some(true),
                        deployment_number: Some(2),
                        ..TaskFilter::default()
                    },
                    exit(1),
                ),
            ])
            .ends("rolled back", 1)
            .prints(["web:2 was deployed again to main/web"])
            .runs("web:1"),
        row("another user deploys the same again before the own deployment is found")
            .setup([then(0.5, force()), setup(|s| s.consistency.list_lag = 20.0)])
            .ends("deployed", 0)
            .runs("web:2"),
    ]
}
