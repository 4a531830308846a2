use super::*;
use model::decision::Destination;
use model::event::DockerStep;
use model::names::{Place, Region};
use model::plan::TargetName;
use model::verdict::Verdict;

const NOW: Duration = Duration::from_millis(1_767_225_600_500);

fn log(variables: &[(&str, &str)]) -> CiLog {
    CiLog::of(&variables.iter().copied().collect())
}

/// What the log receives of these events, with ESC as `^`.
fn written(mut log: CiLog, events: &[(Event, &str)]) -> String {
    let mut now = NOW;
    let mut text = String::new();
    for (event, line) in events {
        text.push_str(&log.dress_at(event, (*line).to_owned(), now));
        now += Duration::from_secs(2);
    }
    text.replace('\u{1b}', "^")
}

fn docker(line: &str) -> Event {
    Event::DockerOutput { line: line.to_owned() }
}

/// Docker builds and prints, and the run fails.
fn events() -> Vec<(Event, &'static str)> {
    vec![
        (
            Event::DockerStarted { step: DockerStep::Build, command: String::new() },
            "Docker    $ docker build .\n",
        ),
        (Event::Heartbeat { activity: String::new() }, "  60 s  still running\n"),
        (Event::Warning { message: String::new() }, "^warning:^ 100 % slow\n"),
        (Event::Error { message: String::new() }, "error: it failed\n- here\n"),
    ]
}

#[test]
fn a_log_without_a_provider_is_plain() {
    let text: String = events().into_iter().map(|(_, line)| line).collect();
    for variables in [&[][..], &[("CI", "woodpecker")], &[("TRAVIS_BRANCH", "master")]] {
        assert_eq!(written(log(variables), &events()), text);
    }
}

#[test]
fn github_folds_and_annotates() {
    assert_eq!(
        written(log(&[("GITHUB_ACTIONS", "true")]), &events()),
        "::group::docker build and push\n\
         Docker    $ docker build .\n\
         \x20 60 s  still running\n\
         ::warning title=ecs-host::^warning:^ 100 %25 slow\n\
         ::endgroup::\n\
         ::error title=ecs-host::it failed%0A- here\n"
    );
}

#[test]
fn a_verdict_that_needs_a_person_is_annotated_beside_its_line() {
    let region = Region::parse("eu-west-1").unwrap();
    let place = Place { region: region.clone(), role: None };
    let target = TargetName::new(&Destination::Family("web".to_owned()), &place, &region);
    let judged = |verdict| {
        let (target, task_definition, next) = (target.clone(), String::new(), Vec::new());
        let event = Event::VerdictReached { target, verdict, task_definition, next };
        written(log(&[("GITHUB_ACTIONS", "true")]), &[(event, "Verdict   web failed: it\n")])
    };
    let failed = judged(Verdict::Failed { reason: String::new() });
    assert_eq!(failed, "Verdict   web failed: it\n::error title=ecs-host::web failed: it\n");
    assert_eq!(judged(Verdict::Unchanged), "Verdict   web failed: it\n");
}

#[test]
fn azure_folds_and_annotates() {
    assert_eq!(
        written(log(&[("TF_BUILD", "True")]), &events()),
        "##[group]docker build and push\n\
         Docker    $ docker build .\n\
         \x20 60 s  still running\n\
         ##vso[task.logissue type=warning]^warning:^ 100 %AZP25 slow\n\
         ##[endgroup]\n\
         ##vso[task.logissue type=error]it failed%0A- here\n"
    );
}

#[test]
fn travis_folds_and_times() {
    let text = written(log(&[("TRAVIS", "true")]), &events());
    let start = "travis_fold:start:ecs-host.docker.1\r^[0Ktravis_time:start:ecs-host.docker.1\r^[0Kdocker build and push\n";
    assert!(text.starts_with(start), "{text}");
    let end = "travis_time:end:ecs-host.docker.1:start=1767225600500000000,finish=1767225606500000000,\
               duration=6000000000\r^[0Ktravis_fold:end:ecs-host.docker.1\r^[0Kerror: it failed\n";
    assert!(text.contains(end), "{text}");
}

#[test]
fn gitlab_folds() {
    let text = written(log(&[("GITLAB_CI", "true")]), &events());
    let start = "^[0Ksection_start:1767225600:ecs_host_docker_1[collapsed=true]\r^[0Kdocker build and push\n";
    assert!(text.starts_with(start), "{text}");
    assert!(
        text.contains("^[0Ksection_end:1767225606:ecs_host_docker_1\r^[0K\nerror: it failed\n"),
        "{text}"
    );
}

#[test]
fn buildkite_opens_the_group_that_fails() {
    let text = written(log(&[("BUILDKITE", "true")]), &events());
    assert!(text.starts_with("--- docker build and push\nDocker    $ docker build .\n"), "{text}");
    assert!(text.ends_with("^^^ +++\nerror: it failed\n- here\n"), "{text}");
}

#[test]
fn each_docker_command_in_a_row_is_in_one_section() {
    let pushed = Event::RevisionsDeregistered { task_definitions: Vec::new() };
    let events = [(docker(""), "a\n"), (docker(""), "b\n"), (pushed, "c\n"), (docker(""), "d\n")];
    let text = written(log(&[("GITHUB_ACTIONS", "true")]), &events);
    assert_eq!(
        text,
        "::group::docker build and push\na\nb\n::endgroup::\nc\n::group::docker build and push\nd\n"
    );
}
