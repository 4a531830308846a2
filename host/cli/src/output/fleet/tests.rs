use super::*;
use console::measure_text_width;
use model::decision::{Destination, ServiceName};
use model::names::{Place, Region};
use model::plan::Stamp;
use model::progress::Progress;
use model::status::{DeployedRevision, Drift, DriftKind, EndedRollout, RolloutStatus, TaskCounts};

const NOW: i64 = 1_767_225_600;

fn arn(number: u32) -> String {
    format!("arn:aws:ecs:eu-west-1:1:task-definition/web:{number}")
}

fn stamp() -> Stamp {
    Stamp {
        repository: Some("example/simple-todo".to_owned()),
        commit: "3f2a9c10d1e2f30415263748596a7b8c9d0e1f20".to_owned(),
        commit_time: None,
        number: Some(57),
        number_scope: None,
        policy: "travis@sha256:0".to_owned(),
        guards: Vec::new(),
    }
}

fn revision(age: i64, build: Option<Stamp>) -> DeployedRevision {
    DeployedRevision {
        task_definition: arn(7),
        tasks: Some(TaskCounts { running: 2, desired: 2 }),
        since: Some(Time::from_unix_seconds(NOW - age)),
        rolled_back: false,
        containers: Vec::new(),
        build,
        read_error: None,
    }
}

fn service(cluster: &str, name: &str, age: i64) -> ServiceStatus {
    let place = Place { region: Region::parse("eu-west-1").unwrap(), role: None };
    let service = ServiceName { cluster: cluster.to_owned(), service: name.to_owned() };
    ServiceStatus {
        service: TargetName::new(&Destination::Service(service), &place, &place.region),
        status: "ACTIVE".to_owned(),
        condition: ServiceCondition::Steady,
        desired: 2,
        running: 2,
        pending: 0,
        runs: Some(revision(age, Some(stamp()))),
        rollout: None,
        ended: None,
        drift: None,
    }
}

fn rollout(running: i32, failed: i32) -> RolloutStatus {
    let progress = Progress { desired: 4, running, failed, ..Progress::default() };
    let revision = revision(30, Some(stamp()));
    RolloutStatus { revision, deployment: None, has_failed: false, progress, reason: None }
}

fn drift(kind: DriftKind, path: &str) -> Drift {
    Drift {
        kind,
        task_definition: arn(8),
        registered_by: Some("arn:aws:iam::1:user/eve".to_owned()),
        stamped: arn(7),
        build: stamp(),
        changes: vec![path.to_owned()],
    }
}

/// Services in every condition.
fn services() -> Vec<ServiceStatus> {
    let with = |name: &str, edit: &dyn Fn(&mut ServiceStatus)| {
        let mut status = service("production", name, 7200);
        edit(&mut status);
        status
    };
    vec![
        service("main", "web", 59),
        service("main", "worker", 86_400 * 40),
        with("api", &|it| (it.condition, it.rollout) = (ServiceCondition::RollingOut, Some(rollout(1, 2)))),
        with("drifted", &|it| {
            it.drift = Some(drift(DriftKind::Unstamped, "containerDefinitions[web].image"));
            it.runs = Some(revision(600, None));
        }),
        with("copied-and-changed", &|it| {
            it.drift = Some(drift(DriftKind::Copied, "containerDefinitions[web].environment"));
        }),
        with("failed", &|it| (it.condition, it.rollout) = (ServiceCondition::Failed, Some(rollout(0, 4)))),
        with("rolled-back", &|it| {
            it.ended = Some(EndedRollout {
                outcome: "ROLLBACK_SUCCESSFUL".to_owned(),
                task_definition: Some(arn(9)),
                ended_at: None,
                reason: None,
            });
        }),
        with("short", &|it| (it.condition, it.running) = (ServiceCondition::Unsteady, 1)),
    ]
}

fn view(services: Vec<ServiceStatus>, layout: FleetLayout, is_watched: bool) -> FleetView {
    let mut view = FleetView::new(layout, is_watched, false, Some(COLUMNS));
    read(&mut view, services);
    view
}

/// A reading of services, as the verb emits it.
fn read(view: &mut FleetView, services: Vec<ServiceStatus>) {
    for service in services {
        assert!(view.observe(&Event::ServiceDescribed(Box::new(service))));
    }
    let mut counts = ServiceCounts { clusters: 2, ..ServiceCounts::default() };
    view.services.values().for_each(|service| counts.add(service));
    view.observe(&Event::ServicesCounted(counts));
}

fn plain(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    assert!(text.lines().all(|line| measure_text_width(line) <= 80), "{text}");
    text
}

fn drawn(view: &mut FleetView) -> String {
    plain(&view.draw(Time::from_unix_seconds(NOW)).unwrap())
}

#[test]
fn a_table_has_a_line_a_service_and_ends_with_the_counts() {
    assert_eq!(
        drawn(&mut view(services(), FleetLayout::Table, false)),
        "\
SERVICE              COMMIT   BUILD  AGE     POLICY  ROLLOUT           DRIFT
main/web             3f2a9c1  57     59 s    travis  steady 2/2        -
main/worker          3f2a9c1  57     40 d    travis  steady 2/2        -
production/api       3f2a9c1  57     2 h     travis  rolling out 1/4…  -
productio…d-changed  3f2a9c1  57     2 h     travis  steady 2/2        changed
production/drifted   -        -      10 min  -       steady 2/2        no stamp…
production/failed    3f2a9c1  57     2 h     travis  failed 0/4, 4 f…  -
productio…lled-back  3f2a9c1  57     2 h     travis  steady 2/2, rol…  -
production/short     3f2a9c1  57     2 h     travis  unsteady 1/2      -
8 services in 2 clusters: 5 steady, 1 rolling out, 1 failed, 1 unsteady; 2
drifted
"
    );
}

#[test]
fn a_pipe_gets_only_the_lines_that_changed() {
    let mut view = view(services(), FleetLayout::Table, true);
    assert_eq!(drawn(&mut view).lines().count(), 1 + 8 + 2);
    assert_eq!(drawn(&mut view), "");
    let mut web = service("main", "web", 59);
    web.running = 1;
    web.condition = ServiceCondition::Unsteady;
    read(&mut view, vec![web]);
    let text = drawn(&mut view);
    assert!(text.starts_with("main/web  ") && text.contains("unsteady 1/2"), "{text}");
    assert!(text.contains(", 2 unsteady; 2\ndrifted (2026") && !text.contains("main/worker"), "{text}");
    let removed = service("main", "worker", 1).service;
    view.observe(&Event::ServiceRemoved { service: removed });
    assert!(drawn(&mut view).starts_with("main/worker was deleted\n8 services"));
}

/// A pipe, in which a line has any length.
fn pipe(services: Vec<ServiceStatus>, layout: FleetLayout) -> FleetView {
    let mut view = FleetView::new(layout, true, false, None);
    read(&mut view, services);
    view
}

fn drawn_at(view: &mut FleetView, seconds: i64) -> String {
    anstream::adapter::strip_str(&view.draw(Time::from_unix_seconds(seconds)).unwrap()).to_string()
}

#[test]
fn a_service_of_which_only_the_age_changes_is_not_written_again() {
    for layout in [FleetLayout::Table, FleetLayout::Details] {
        let mut view = pipe(vec![service("main", "web", 59), service("main", "worker", 7)], layout);
        assert!(drawn_at(&mut view, NOW).contains("59 s"));
        // ECS reports another number of pending tasks, which neither layout shows.
        let mut web = service("main", "web", 59);
        web.pending = 1;
        read(&mut view, vec![web.clone()]);
        assert_eq!(drawn_at(&mut view, NOW + 600), "");
        // What was not readable meanwhile is written again.
        let error =
            |subject: &str| Event::StatusUnavailable { subject: subject.to_owned(), reason: String::new() };
        for subject in ["main/web", "main"] {
            view.observe(&error(subject));
            read(&mut view, vec![web.clone()]);
            assert!(drawn_at(&mut view, NOW + 600).contains("main/web"), "{subject}");
        }
        view.observe(&error("main/worker"));
        read(&mut view, vec![web.clone()]);
        assert_eq!(drawn_at(&mut view, NOW + 600), "");
    }
}

#[test]
fn the_columns_of_a_pipe_stay() {
    let mut view = pipe(vec![service("main", "web", 59), service("main", "worker", 7)], FleetLayout::Table);
    let first = drawn_at(&mut view, NOW);
    let column = |text: &str, what: &str| text.lines().next().and_then(|line| line.find(what));
    let drift = column(&first, "DRIFT");
    let mut web = service("main", "web", 0);
    (web.condition, web.rollout) = (ServiceCondition::RollingOut, Some(rollout(1, 2)));
    web.drift = Some(drift_of_image());
    read(&mut view, vec![web]);
    let rolling = drawn_at(&mut view, NOW + 3500);
    assert!(rolling.starts_with("main/web "), "{rolling}");
    assert_eq!((column(&rolling, "image"), drift.is_some()), (drift, true), "{first}{rolling}");
    read(&mut view, vec![service("main", "web", 0)]);
    assert_eq!(column(&drawn_at(&mut view, NOW + 3600), "steady"), column(&first, "ROLLOUT"));
    // A wider name moves them, so the headings are written again.
    read(&mut view, vec![service("main", "a-service-with-a-long-name", 1)]);
    let wider = drawn_at(&mut view, NOW + 3600);
    assert!(wider.starts_with("SERVICE  ") && wider.lines().count() == 3, "{wider}");
}

fn drift_of_image() -> Drift {
    drift(DriftKind::Copied, "containerDefinitions[web].image")
}

/// The lines of a terminal of this size.
fn screen(view: &mut FleetView, size: (usize, usize)) -> Vec<String> {
    (view.is_in_place, view.is_drawn) = (true, true);
    let lines = view.lines(size, Time::from_unix_seconds(NOW));
    assert!(lines.iter().all(|line| measure_text_width(line) < size.0) && lines.len() < size.1, "{lines:#?}");
    lines.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect()
}

#[test]
fn a_small_terminal_shows_first_what_needs_a_person() {
    let many = (0..50).map(|number| service("main", &format!("web-{number:02}"), 59));
    let mut view = view(many.chain(services()).collect(), FleetLayout::Table, true);
    let lines = screen(&mut view, (80, 12));
    assert_eq!(lines.len(), 11, "{lines:#?}");
    assert!(lines[1].contains("failed 0/4"), "{lines:#?}");
    assert_eq!(lines[8], "… 51 more lines do not fit");
    assert!(lines[9].starts_with("58 services in 2 clusters: 55 steady"), "{lines:#?}");
    for size in [(45, 12), (26, 8), (10, 3), (200, 100)] {
        screen(&mut view, size);
    }
}

#[test]
fn a_wide_terminal_shows_more() {
    let mut view = view(services(), FleetLayout::Table, true);
    let text = screen(&mut view, (120, 40)).join("\n");
    assert!(text.contains("3f2a9c10d1e2") && text.contains("rolling out 1/4, 2 failed  -"), "{text}");
    // What is left when it ends is the whole.
    assert_eq!(view.to_text(Time::from_unix_seconds(NOW)).unwrap().lines().count(), 10);
}

#[test]
fn an_error_in_a_terminal_is_below_the_table_until_it_is_over() {
    let mut view = view(services(), FleetLayout::Table, true);
    view.is_in_place = true;
    let (subject, reason) = ("main".to_owned(), "access denied".to_owned());
    assert!(view.observe(&Event::StatusUnavailable { subject: subject.clone(), reason }));
    let counts = ServiceCounts { unread: vec![subject], ..ServiceCounts::default() };
    view.observe(&Event::ServicesCounted(counts));
    assert_eq!(screen(&mut view, (80, 24)).last().unwrap(), "error: access denied");
    view.observe(&Event::ServicesCounted(ServiceCounts::default()));
    assert!(!screen(&mut view, (80, 24)).join(" ").contains("error"));
    // A warning is written above.
    assert!(!view.observe(&Event::Warning { message: "x".to_owned() }));
}
