use super::*;
use model::decision::{Destination, ServiceName};
use model::event::DockerStep;
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
fn what_only_starts_a_rollout_takes_no_time() {
    for verdict in [Verdict::Started, Verdict::Registered { next_start: None }, failed()] {
        let times = summary(&[("web", verdict.clone())]).phases.to_string();
        assert_eq!(times, "build 1.0 s, push 1.0 s", "{verdict:?}");
    }
    let mut run = summary(&[]);
    let progress = model::progress::Progress::default();
    run.observe(&Event::RolloutProgressed { target: target("web"), progress }, Duration::from_secs(6));
    run.observe(&Event::Error { message: String::new() }, Duration::from_secs(7));
    assert_eq!(run.phases.to_string(), "build 1.0 s, push 1.0 s, rollout 3.0 s");
}

#[test]
fn the_last_line_names_what_happened() {
    let rolled_back = || Verdict::RolledBack { reason: String::new(), runs: None };
    let timed_out = |unread_seconds| Verdict::TimedOut {
        watched_seconds: 2.0,
        progress: None,
        unread_seconds,
        advice: String::new(),
    };
    let deployed = || Verdict::Deployed { unproven: None };
    for (verdicts, exit, expected) in [
        (vec![rolled_back()], Exit::Failed, "exit code 1 (rolled back) after 9.0 s"),
        (vec![failed()], Exit::Failed, "exit code 1 (failed) after 9.0 s"),
        (
            vec![deployed(), rolled_back()],
            Exit::Failed,
            "exit code 1 (1 rolled back, 1 deployed) after 9.0 s",
        ),
        (vec![], Exit::Failed, "exit code 1 (rolled back, stopped or failed in ECS) after 9.0 s"),
        (vec![timed_out(None)], Exit::Unknown, "exit code 8 (timed out) after 9.0 s"),
        (
            vec![timed_out(Some(1.0))],
            Exit::Unknown,
            "exit code 8 (not known: ECS could not be read) after 9.0 s",
        ),
        // The code of a verb that failed for another reason than its target.
        (vec![failed()], Exit::Docker, "exit code 6 (docker build or push failed) after 9.0 s"),
        (vec![deployed()], Exit::Success, "done in 9.0 s"),
    ] {
        let verdicts: Vec<(&str, Verdict)> = verdicts.into_iter().map(|verdict| ("web", verdict)).collect();
        let mut line = Vec::new();
        summary(&verdicts).write_exit(&mut line, exit, Duration::from_secs(9)).unwrap();
        let line = anstream::adapter::strip_str(&String::from_utf8(line).unwrap()).to_string();
        assert_eq!(line.trim_end(), expected);
    }
}

#[test]
fn the_targets_that_need_a_person_are_first() {
    let deployed = || Verdict::Deployed { unproven: None };
    let run = summary(&[("web", deployed()), ("worker", failed()), ("cron", deployed())]);
    assert_eq!(
        text(&run),
        "Summary   1 failed, 2 deployed; build 1.0 s, push 1.0 s, rollout 3.0 s\n\
         \x20         main/worker  failed    web:1\n\
         \x20         main/cron    deployed  web:2\n\
         \x20         main/web     deployed  web:0\n\
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
            "### ecs-host: 1 failed\n\n\
             see https&#58;<!-- -->//x  \n&#45; &#60;img<!-- -->&#62;  \nwww<!-- -->.x\n\n\
             | Target | Verdict | Revision |\n| --- | --- | --- |\n\
             | main/web | **failed**&#58; &#60;b<!-- -->&#62;@<!-- -->team&#60;/b<!-- -->&#62; &#96;x&#96; a&#124;b | web&#58;<!-- -->0 |\n\n\
             | Image | Tags | Digest |\n| --- | --- | --- |\n\
             | a&#124;b | master | `{DIGEST}` |\n\n\
             - `ecs-host rollback main/web` restores the revision before\n\n\
             build 1.0 s, push 1.0 s\n"
        )
    );
}

/// The bodies of a run of `run` that ended so, for any address and for Slack.
fn bodies(summary: &Summary, exit: Exit, page: Option<&str>) -> [serde_json::Value; 2] {
    let started_at = model::time::Time::from_unix_seconds(1_767_225_600);
    let ending = Ending { verb: "run", exit, started_at, page: page.map(str::to_owned) };
    let Notification { json, slack } = summary.to_notification(&ending, Duration::from_secs(80)).unwrap();
    assert!(json.len() <= 128 << 10 && slack.len() <= 64 << 10, "{} {}", json.len(), slack.len());
    [json, slack].map(|text| serde_json::from_str(&text).unwrap())
}

/// A build of a branch with this name.
fn build(branch: &str) -> Event {
    let environment = [("TRAVIS", "true"), ("TRAVIS_BRANCH", branch), ("TRAVIS_BUILD_NUMBER", "57")];
    let commit = ("TRAVIS_COMMIT", "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20");
    let environment = environment.into_iter().chain([commit]).collect();
    let sources = crate::ci::Sources::of(&environment);
    let resolved = crate::ci::resolve(sources, model::build::PartialBuild::default(), 1_767_225_600);
    Event::BuildDetected { build: resolved.unwrap().build }
}

#[test]
fn a_notification_contains_the_build_and_each_verdict() {
    let mut run = summary(&[("web", Verdict::Deployed { unproven: None }), ("worker", failed())]);
    run.observe(&build("master"), Duration::ZERO);
    let [json, slack] = bodies(&run, Exit::Failed, Some("https://ci.example/57?a=1&b=2"));
    assert_eq!(json["exit_code"], 1);
    assert_eq!((&json["outcome"], &json["verb"]), (&"failed".into(), &"run".into()));
    assert_eq!((&json["build"]["branch"], &json["build"]["number"]), (&"master".into(), &57.into()));
    assert_eq!(json["build"]["url"], "https://ci.example/57?a=1&b=2");
    assert_eq!(
        (&json["started_at"], &json["ended_at"]),
        (&"2026-01-01T00:00:00Z".into(), &"2026-01-01T00:01:20Z".into())
    );
    let first = &json["targets"][0];
    assert_eq!((&first["target"], &first["verdict"]), (&"main/worker".into(), &"failed".into()));
    assert_eq!(first["reason"], "<b>@team</b> `x` a|b");
    assert_eq!(first["task_definition"], "arn:aws:ecs:eu-west-1:1:task-definition/web:1");
    assert_eq!(first["text"], "failed: <b>@team</b> `x` a|b");
    let lines = slack_lines(&slack);
    assert_eq!(lines.first().unwrap(), "*ecs-host run: 1 failed, 1 deployed*");
    assert_eq!(lines[1], "main/worker *failed*: <b>@team</b> `x` a|b (web:1)");
    let context = "master at 3f2a9c10d1e2 · [build 57](https://ci.example/57?a=1&b=2) · 1 min 20 s";
    assert_eq!(lines.last().unwrap(), context);
    assert_eq!(
        slack["text"],
        "ecs-host run: 1 failed, 1 deployed\n• main/worker failed\n• main/web deployed"
    );
}

/// The lines of a message in Slack. What is bold is between `*`, and a link is written as in Markdown. Every element is one
/// of rich text, which has no markup.
fn slack_lines(message: &serde_json::Value) -> Vec<String> {
    let mut lines = Vec::new();
    let line = |element: &serde_json::Value| -> String {
        let parts = element["elements"].as_array().unwrap().iter().map(|part| {
            let text = part["text"].as_str().unwrap();
            assert!(!text.is_empty(), "Slack rejects an empty text: {element}");
            match part["type"].as_str().unwrap() {
                "text" if part["style"]["bold"] == true => format!("*{text}*"),
                "text" if part["style"]["code"] == true => format!("`{text}`"),
                "text" => text.to_owned(),
                "link" => format!("[{text}]({})", part["url"].as_str().unwrap()),
                other => panic!("{other}"),
            }
        });
        parts.collect()
    };
    let [block] = message["blocks"].as_array().unwrap().as_slice() else { panic!("{message}") };
    assert_eq!(block["type"], "rich_text");
    for element in block["elements"].as_array().unwrap() {
        match element["type"].as_str().unwrap() {
            "rich_text_list" => lines.extend(element["elements"].as_array().unwrap().iter().map(line)),
            "rich_text_section" => lines.extend(line(element).lines().map(str::to_owned)),
            "rich_text_quote" => lines.extend(line(element).lines().map(|line| format!("> {line}"))),
            other => panic!("{other}"),
        }
    }
    lines
}

#[test]
fn a_stranger_s_text_mentions_nobody_in_slack_and_forges_no_link() {
    let reason = "<!channel> <@U1> <https://evil.example|page> & @here *b* _i_ ~s~ `c`\n*ecs-host run: done*"
        .to_owned();
    let mut run = summary(&[("web", Verdict::Failed { reason: reason.clone() })]);
    run.observe(&build("<!here>/<https://evil.example|x>"), Duration::ZERO);
    run.observe(&Event::Error { message: reason }, Duration::ZERO);
    let [_, slack] = bodies(&run, Exit::Failed, Some("javascript:alert(1)"));
    let lines = slack_lines(&slack);
    // In an element without markup, whatever it contains.
    assert_eq!(
        lines,
        [
            "*ecs-host run: 1 failed*",
            "main/web *failed*: <!channel> <@U1> <https://evil.example|page> & @here *b* _i_ ~s~ `c`\\n*ecs-host run: \
             done* (web:0)",
            "→ `ecs-host rollback main/web` restores the revision before",
            "> <!channel> <@U1> <https://evil.example|page> & @here *b* _i_ ~s~ `c`",
            "> *ecs-host run: done*",
            "<!here>/<https://evil.example|x> at 3f2a9c10d1e2 · build 57 · 1 min 20 s",
        ]
    );
    // The text for notifications contains none of it, and has no markup.
    assert_eq!(
        (&slack["text"], &slack["mrkdwn"]),
        (&"ecs-host run: 1 failed\n• main/web failed".into(), &false.into())
    );
    assert_eq!((&slack["link_names"], &slack["unfurl_links"]), (&false.into(), &false.into()));
}

#[test]
fn a_notification_is_bounded() {
    let long = || Verdict::Failed { reason: "&<ü".repeat(20_000) };
    let names: Vec<String> = (0..500).map(|number| format!("web-{number}")).collect();
    let verdicts: Vec<(&str, Verdict)> = names.iter().map(|name| (name.as_str(), long())).collect();
    let mut run = summary(&verdicts);
    run.observe(&Event::Error { message: "x\n".repeat(100_000) }, Duration::ZERO);
    let [json, slack] = bodies(&run, Exit::Failed, None);
    let listed = json["targets"].as_array().unwrap().len() as u64;
    assert_eq!(listed + json["omitted_targets"].as_u64().unwrap(), 500);
    let lines = slack_lines(&slack);
    assert!(lines.iter().map(|line| line.chars().count()).sum::<usize>() < 4000, "{lines:#?}");
    assert!(lines.contains(&"…".to_owned()), "{lines:#?}");
}

#[test]
fn a_build_that_the_policy_skips_notifies_nobody() {
    let mut run = Summary::default();
    let skip = Event::DecisionMade(Decision::Skip { reason: "no".to_owned() });
    run.observe(&skip, Duration::ZERO);
    let started_at = model::time::Time::from_unix_seconds(0);
    let ending = |exit| Ending { verb: "run", exit, started_at, page: None };
    assert!(run.to_notification(&ending(Exit::Success), Duration::ZERO).is_none());
    assert!(run.to_notification(&ending(Exit::Preflight), Duration::ZERO).is_some());
}
