//! The lines of the live view, for terminals of several sizes.

use std::time::Duration;

use console::{measure_text_width, strip_ansi_codes};

use super::screen::Screen;
use super::view::{Docker, Stage, Target, View};
use model::decision::{Destination, ServiceName};
use model::event::{DockerStep, Event};
use model::lifecycle::{Hook, HookAction, HookKind};
use model::names::{Place, Region};
use model::plan::TargetName;
use model::progress::Progress;
use model::time::Time;

const SCREEN: Screen = Screen { columns: 80, rows: 24, is_unicode: true };

pub(in crate::output) fn name(service: &str) -> TargetName {
    let region = Region::parse("eu-west-1").unwrap();
    let service = ServiceName { cluster: "main".into(), service: service.into() };
    let place = Place { region: region.clone(), role: None };
    TargetName::new(&Destination::Service(service), &place, &region)
}

fn progress(running: i32, pending: i32, failed: i32, state: &str) -> Option<Progress> {
    Some(Progress { desired: 4, running, pending, failed, state: state.to_owned(), hooks: Vec::new() })
}

fn target(service: &str, stage: Stage, since: u64, progress: Option<Progress>) -> Target {
    Target { name: name(service), stage, since: Some(Duration::from_secs(since)), progress }
}

pub(in crate::output) fn pause() -> Hook {
    Hook {
        id: "hook".to_owned(),
        kind: HookKind::Pause,
        stage: Some("POST_TEST_TRAFFIC_SHIFT".to_owned()),
        since: None,
        expires_at: Some(Time::from_unix_seconds(1_767_225_600)),
        timeout_action: HookAction::RollBack,
    }
}

/// A view with a target in each stage.
fn view() -> View {
    let lambda = Hook {
        kind: HookKind::Lambda { function: "arn:aws:lambda:eu-west-1:1:function:smoke".into() },
        ..pause()
    };
    let mut waiting = progress(4, 0, 0, "IN_PROGRESS, POST_SCALE_UP");
    waiting.as_mut().unwrap().hooks.push(lambda);
    let baking = Stage::Baking(Time::from_unix_seconds(1_767_225_600));
    View {
        targets: vec![
            target("done", Stage::Done, 1, progress(4, 0, 0, "SUCCESSFUL")),
            target("starting", Stage::RollingOut, 59, None),
            target("web", Stage::RollingOut, 7, progress(1, 2, 0, "IN_PROGRESS")),
            target("failing", Stage::RollingOut, 7, progress(0, 1, 12, "IN_PROGRESS")),
            target(
                "shifting",
                Stage::RollingOut,
                7,
                progress(4, 0, 0, "IN_PROGRESS, PRODUCTION_TRAFFIC_SHIFT"),
            ),
            target("probed", Stage::RollingOut, 7, waiting),
            target("paused", Stage::Paused(pause()), 7, progress(4, 0, 0, "IN_PROGRESS")),
            target("baking", baking, 7, progress(4, 0, 0, "COMPLETED")),
            target("back", Stage::RollingBack, 7, progress(4, 0, 3, "ROLLBACK_IN_PROGRESS")),
            target("migrated", Stage::Task("`migrate` is RUNNING (task 1a2b)".into()), 7, None),
            target(
                "a-service-with-a-very-long-name-of-its-own",
                Stage::RollingOut,
                0,
                progress(3, 0, 0, "IN_PROGRESS"),
            ),
            target("waiting", Stage::Waiting, 0, None),
        ],
        rollout_since: Some(Duration::from_secs(5)),
        ..View::default()
    }
}

fn text(view: &View, screen: Screen) -> String {
    let lines = view.lines(screen, Duration::from_secs(67));
    for line in &lines {
        assert!(measure_text_width(line) < screen.columns, "{line}");
    }
    strip_ansi_codes(&lines.join("\n")).into_owned()
}

#[test]
fn every_stage_has_its_line() {
    insta::assert_snapshot!(text(&view(), SCREEN), @r#"
      main/starting                     ··········  starting                   0:08
      main/web                          ██▒▒▒▒▒···  1/4 running, 2 pending     1:00
      main/failing                      ▒▒××××××××  0/4, 1 pending, 12 failed  1:00
      main/shifting                     ██████████  PRODUCTION_TRAFFIC_SHIFT   1:00
      main/probed                       ██████████  4/4, waiting for smoke     1:00
      main/paused                       ██████████  paused until 00:00:00      1:00
      main/baking                       ██████████  baking until 00:00:00 UTC  1:00
      main/back                         ··········  rolling back               1:00
      main/migrated                     ··········  `migrate` is RUNNING (tas… 1:00
      a-service-with-…-name-of-its-own  ███████···  3/4 running                1:07
      1 of 12 done, 8 in progress, 1 rolling back, 1 paused, 1 waiting         1:02
    "#);
}

#[test]
fn a_narrow_terminal_shows_the_counts() {
    insta::assert_snapshot!(text(&view(), Screen { columns: 50, is_unicode: false, ..SCREEN }), @r#"
      main/starting     starting                 0:08
      main/web          1/4 running, 2 pending   1:00
      main/failing      0/4, 12 failed           1:00
      main/shifting     PRODUCTION_TRAFFIC_SHIFT 1:00
      main/probed       4/4, waiting for smoke   1:00
      main/paused       paused until 00:00:00    1:00
      main/baking       baking                   1:00
      main/back         rolling back             1:00
      main/migrated     `migrate` is RUNNING ... 1:00
      a-serv...its-own  3/4 running              1:07
      1 of 12 done, 8 in progress, 1 rolling ... 1:02
    "#);
}

#[test]
fn a_short_terminal_shows_what_needs_a_person() {
    insta::assert_snapshot!(text(&view(), Screen { rows: 8, ..SCREEN }), @r#"
      main/starting  ··········  starting                                      0:08
      main/failing   ▒▒××××××××  0/4 running, 1 pending, 12 failed             1:00
      main/paused    ██████████  paused at POST_TEST_TRAFFIC_SHIFT             1:00
      main/back      ··········  rolling back                                  1:00
      … and 6 more: 16/20 running
      1 of 12 done, 8 in progress, 1 rolling back, 1 paused, 1 waiting         1:02
    "#);
}

#[test]
fn no_terminal_is_too_small() {
    for (columns, rows) in [(0, 0), (1, 1), (5, 2), (20, 3)] {
        let lines = view().lines(Screen { columns, rows, is_unicode: true }, Duration::from_secs(67));
        assert!(lines.len() <= 3, "{lines:?}");
        assert!(lines.iter().all(|line| measure_text_width(line) < columns.max(1)), "{lines:?}");
    }
}

#[test]
fn a_bar_is_full_only_if_all_tasks_run() {
    let bar = |running, desired| {
        let progress = Progress { desired, running, pending: desired - running, ..Progress::default() };
        let target = target("web", Stage::RollingOut, 0, Some(progress));
        let view = View { targets: vec![target], rollout_since: Some(Duration::ZERO), ..View::default() };
        let text = text(&view, SCREEN);
        text.chars().filter(|c| *c == '█').count()
    };
    assert_eq!([bar(0, 100), bar(1, 100), bar(99, 100), bar(100, 100), bar(3, 0)], [0, 1, 9, 10, 0]);
}

#[test]
fn docker_shows_its_last_lines_while_it_runs() {
    let mut view = View {
        docker: Some(Docker {
            step: DockerStep::Build,
            since: Duration::from_secs(60),
            lines: Default::default(),
        }),
        ..View::default()
    };
    for number in 1..=20 {
        let line = format!("#{number} \u{1b}[31mRUN\u{1b}[0m step\t{number} \u{7} {}", "x".repeat(70));
        view.observe(&Event::DockerOutput { line }, Duration::from_secs(61));
    }
    insta::assert_snapshot!(text(&view, SCREEN), @r#"
      #13 RUN step    13  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      #14 RUN step    14  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      #15 RUN step    15  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      #16 RUN step    16  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      #17 RUN step    17  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      #18 RUN step    18  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      #19 RUN step    19  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      #20 RUN step    20  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      building                                                                 0:07
    "#);
    view.observe(&Event::RunFinished { exit: model::exit::Exit::Success }, Duration::from_secs(62));
    assert_eq!(text(&view, SCREEN), "");
}
