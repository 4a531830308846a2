use super::*;
use model::decision::{Destination, ServiceName};
use model::event::DockerStep;
use model::exit::Exit;
use model::names::{Place, Region};

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

fn target(service: &str) -> TargetName {
    let region = Region::parse("eu-west-1").unwrap();
    let place = Place { region: region.clone(), role: None };
    let service = ServiceName { cluster: "main".to_owned(), service: service.to_owned() };
    TargetName::new(&Destination::Service(service), &place, &region)
}

/// A run that builds and pushes an image and has these verdicts, an event a second.
fn summary(verdicts: &[(&str, Verdict)]) -> Summary {
    let docker = |step| Event::DockerStarted { step, command: String::new() };
    let web = target("web");
    let arn = |number: usize| format!("arn:aws:ecs:eu-west-1:1:task-definition/web:{number}");
    let image = "a|b".to_owned();
    let (digest, tags) = (Digest::parse(DIGEST).unwrap(), vec![Tag::parse("master").unwrap()]);
    let start = [
        docker(DockerStep::Build),
        docker(DockerStep::Push),
        Event::ImagePushed { image, digest, tags },
        Event::RevisionRegistered { target: web, task_definition: arn(2) },
    ];
    let ends = verdicts.iter().enumerate().map(|(number, (service, verdict))| Event::VerdictReached {
        target: target(service),
        verdict: verdict.clone(),
        task_definition: arn(number),
        next: match verdict {
            Verdict::Failed { .. } => {
                vec![format!("`ecs-host rollback main/{service}` restores the revision before")]
            }
            _ => Vec::new(),
        },
    });
    let mut summary = Summary::default();
    for (second, event) in (1..).zip(start.into_iter().chain(ends)) {
        summary.observe(&event, Duration::from_secs(second));
    }
    summary
}

fn text(summary: &Summary) -> String {
    let mut text = Vec::new();
    summary.write(&mut text).unwrap();
    anstream::adapter::strip_bytes(&text).into_vec().into_iter().map(char::from).collect()
}

fn failed() -> Verdict {
    Verdict::Failed { reason: "<b>@team</b> `x` a|b".to_owned() }
}

#[test]
fn a_run_of_one_target_ends_with_its_times() {
    let run = summary(&[("web", Verdict::Deployed { unproven: None })]);
    assert_eq!(text(&run), "Times     build 1.0 s, push 1.0 s, rollout 1.0 s\n");
    assert_eq!(text(&Summary::default()), "");
}

#[test]
fn the_targets_that_need_a_person_are_first() {
    let deployed = || Verdict::Deployed { unproven: None };
    let run = summary(&[("web", deployed()), ("worker", failed()), ("cron", deployed())]);
    assert_eq!(
        text(&run),
        "Summary   1 failed, 2 deployed; build 1.0 s, push 1.0 s, rollout 3.0 s\n\
         \x20         main/worker  failed    web:1\n\
         \x20         main/web     deployed  web:0\n\
         \x20         main/cron    deployed  web:2\n\
         Next      `ecs-host rollback main/worker` restores the revision before\n"
    );
}

#[test]
fn markdown_contains_nothing_of_a_stranger_s_that_is_interpreted() {
    let mut run = summary(&[("web", failed())]);
    run.observe(
        &Event::Error { message: "see https://x\n- <img>\nwww.x".to_owned() },
        Duration::from_secs(9),
    );
    let text = run.to_markdown(Exit::Failed);
    assert_eq!(
        text,
        format!(
            "### ecs-host: rolled back, stopped or failed in ECS\n\n\
             see https&#58;//x  \n&#45; &#60;img&#62;  \nwww<!-- -->.x\n\n\
             | Target | Verdict | Revision |\n| --- | --- | --- |\n\
             | main/web | **failed**&#58; &#60;b&#62;@<!-- -->team&#60;/b&#62; &#96;x&#96; a&#124;b | web&#58;0 |\n\n\
             | Image | Tags | Digest |\n| --- | --- | --- |\n\
             | a&#124;b | master | `{DIGEST}` |\n\n\
             - `ecs-host rollback main/web` restores the revision before\n\n\
             build 1.0 s, push 1.0 s, rollout 5.0 s\n"
        )
    );
}
